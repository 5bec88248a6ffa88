//! Figures in words: counts with their noun, and times. Pure.

use std::time::Duration;

/// `1 file`, `12 files`, `10,000 files`.
pub(super) fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        let ending = if noun.ends_with("ch") { "es" } else { "s" };
        format!("{} {noun}{ending}", grouped(number))
    }
}

/// As [`count`], for a length.
pub(super) fn count_of(number: usize, noun: &str) -> String {
    count(number as u64, noun)
}

/// A number with commas between groups of three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time for people: `0.03s`, `12.3s`, `2m 05s`.
pub(super) fn time(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    if seconds < 9.995 {
        format!("{seconds:.2}s")
    } else if seconds < 59.95 {
        format!("{seconds:.1}s")
    } else {
        let whole = elapsed.as_secs() + u64::from(elapsed.subsec_millis() >= 500);
        format!("{}m {:02}s", grouped(whole / 60), whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_agree_with_their_noun() {
        assert_eq!(count(0, "file"), "0 files");
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(999, "file"), "999 files");
        assert_eq!(count(2, "branch"), "2 branches");
        assert_eq!(count(1_234_567, "file"), "1,234,567 files");
    }

    #[test]
    fn times_have_the_digits_that_people_read() {
        let of = |millis| time(Duration::from_millis(millis));
        assert_eq!(of(4), "0.00s");
        assert_eq!(of(34), "0.03s");
        assert_eq!(of(9_996), "10.0s");
        assert_eq!(of(59_940), "59.9s");
        assert_eq!(of(59_960), "1m 00s");
        assert_eq!(of(125_400), "2m 05s");
    }
}
