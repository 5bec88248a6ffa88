//! Dates and times in place of others, up to a year away: as PostgreSQL writes them with `DateStyle` ISO.

use super::key::Key;

/// How far a date goes at most, in days.
const REACH: i64 = 366;
const DAY: i64 = 24 * 60 * 60;
/// What PostgreSQL holds: 4714-11-24 BC, the first day; and the last of a `date` and of a `timestamp`.
const FIRST: i64 = -2_440_588;
const LAST_DATE: i64 = 2_145_042_905;
const LAST_TIMESTAMP: i64 = 106_762_939;

/// A date, or a time of a date, in parts.
#[derive(Debug, PartialEq, Eq)]
struct Moment<'t> {
    /// Since 1970-01-01.
    day: i64,
    /// The time: seconds of the day, the digits behind the point, and the time zone as it is written. None: a date.
    time: Option<(i64, &'t str, &'t str)>,
}

/// A date in place of a date, or a timestamp in place of a timestamp. `infinity` stays.
pub(super) fn shifted(key: &Key, text: &str) -> Option<String> {
    if matches!(text, "infinity" | "-infinity") {
        return Some(text.to_owned());
    }
    let moment = parse(text)?;
    let mut draws = key.draws("moment", text.as_bytes());
    let far = 1 + i64::try_from(draws.below(REACH as u64)).ok()?;
    let days = if draws.below(2) == 0 { far } else { -far };
    let last = moment.time.map_or(LAST_DATE, |_| LAST_TIMESTAMP);
    // A margin of a day: a time zone may put the moment into the next one.
    let is_held = |day: i64| (FIRST + 1..last - 1).contains(&day);
    let day = if is_held(moment.day + days) {
        moment.day + days
    } else {
        moment.day - days
    };
    let day = if is_held(day) { day } else { return None };
    let time = moment.time.map(|(_, fraction, zone)| {
        let second = draws.below(DAY as u64);
        let fraction = draws.digits(fraction.len());
        (i64::try_from(second).unwrap_or_default(), fraction, zone)
    });
    Some(write(day, time))
}

/// A date of somebody's birth, in place of any date or timestamp; of a timestamp with the time.
pub(super) fn birthday(key: &Key, with_time: bool, text: &[u8]) -> String {
    let mut draws = key.draws("fake.date", text);
    // 1950-01-01 to 2009-12-31.
    let first = day_of(1950, 1, 1);
    let days = u64::try_from(day_of(2010, 1, 1) - first).unwrap_or(1);
    let day = first + i64::try_from(draws.below(days)).unwrap_or_default();
    let second = i64::try_from(draws.below(DAY as u64)).unwrap_or_default();
    write(day, with_time.then(|| (second, String::new(), "")))
}

fn parse(text: &str) -> Option<Moment<'_>> {
    let (text, is_bc) = match text.strip_suffix(" BC") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (date, time) = match text.split_once(' ') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let mut part = || number(parts.next()?);
    let (year, month, day) = (part()?, part()?, part()?);
    if parts.next().is_some() || year == 0 || !(1..=12).contains(&month) || !(1..=31).contains(&day)
    {
        return None;
    }
    let year = if is_bc { 1 - year } else { year };
    Some(Moment {
        day: day_of(year, month, day),
        time: match time {
            Some(time) => Some(parse_time(time)?),
            None => None,
        },
    })
}

fn parse_time(text: &str) -> Option<(i64, &str, &str)> {
    let end = text.find(['+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(end);
    if !zone
        .bytes()
        .all(|it| it.is_ascii_digit() || b"+-:".contains(&it))
    {
        return None;
    }
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.split(':');
    let mut part = || number(parts.next()?);
    let (hour, minute, second) = (part()?, part()?, part()?);
    if parts.next().is_some() || !fraction.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    Some(((hour * 60 + minute) * 60 + second, fraction, zone))
}

fn number(text: &str) -> Option<i64> {
    let is_short = (1..=7).contains(&text.len());
    (is_short && text.bytes().all(|it| it.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn write(day: i64, time: Option<(i64, String, &str)>) -> String {
    let (year, month, day) = date_of(day);
    let (year, era) = if year < 1 {
        (1 - year, " BC")
    } else {
        (year, "")
    };
    let date = format!("{year:04}-{month:02}-{day:02}");
    let Some((second, fraction, zone)) = time else {
        return format!("{date}{era}");
    };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    // PostgreSQL writes no zeros at the end.
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{date} {hour:02}:{minute:02}:{second:02}{point}{fraction}{zone}{era}")
}

/// The number of a day, where the year 0 is 1 BC; 1970-01-01 is 0. The calendar is today's for all times, as the server's.
fn day_of(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the day that is added to some is their last.
    let year = if month > 2 { year } else { year - 1 };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date_of(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> Key {
        Key::chosen("the key of the tests").unwrap()
    }

    #[test]
    fn days_are_counted_as_the_server_counts_them() {
        assert_eq!(day_of(1970, 1, 1), 0);
        assert_eq!(day_of(2000, 2, 29), 11_016);
        // 4714-11-24 BC, 5874897-12-31 and 294276-12-31.
        assert_eq!(day_of(-4713, 11, 24), FIRST);
        assert_eq!(day_of(5_874_897, 12, 31), LAST_DATE);
        assert_eq!(day_of(294_276, 12, 31), LAST_TIMESTAMP);
    }

    #[test]
    fn dates_and_times_go_no_further_than_a_year() {
        for text in [
            "2024-02-29",
            "0044-03-15 BC",
            "0001-01-01",
            "5874897-12-31",
            "4713-01-01 BC",
            "4714-11-26 BC",
        ] {
            let other = shifted(&key(), text).unwrap();
            let (one, two) = (parse(text).unwrap().day, parse(&other).unwrap().day);
            assert!(
                one != two && (one - two).abs() <= REACH,
                "{text} became {other}"
            );
        }
        for text in [
            "2024-02-29 12:34:56.789012+00",
            "2024-02-29 12:34:56",
            "0044-03-15 09:00:00-05:30 BC",
            "294276-12-31 23:59:59.999999",
        ] {
            let other = shifted(&key(), text).unwrap();
            assert_ne!(other, text);
            let (one, two) = (parse(text).unwrap(), parse(&other).unwrap());
            assert!((one.day - two.day).abs() <= REACH, "{text} became {other}");
            assert_eq!(one.time.unwrap().2, two.time.unwrap().2);
        }
        assert_eq!(shifted(&key(), "infinity").as_deref(), Some("infinity"));
    }

    #[test]
    fn what_is_written_in_another_style_is_not_taken_for_a_date() {
        for text in [
            "",
            "29.02.2024",
            "Thu Feb 29 12:34:56 2024 CET",
            "2024-13-01",
            "2024-02-29 12:34:56 CET",
            "02/29/2024",
        ] {
            assert_eq!(shifted(&key(), text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn days_and_dates_are_each_others_inverse(day in FIRST..LAST_DATE) {
            let (year, month, of_month) = date_of(day);
            prop_assert_eq!(day_of(year, month, of_month), day);
            prop_assert_eq!(parse(&write(day, None)).unwrap().day, day);
        }

        #[test]
        fn any_text_is_a_moment_or_none(text in "\\PC{0,30}") {
            shifted(&key(), &text);
        }
    }
}
