//! Made-up values that look like the real ones: names, addresses, numbers. None can reach anybody: e-mail addresses and URLs
//! are of example.com and its kin, telephone numbers of those that are for fiction, card numbers and IBANs of no bank.
//!
//! The words are those of the crate `fake`. What is made of them is drawn here, so that another version of that crate's
//! way to draw changes no value.

use fake::locales::{Data, EN};

use super::address;
use super::key::{Draws, Key};
use super::moment;

/// What is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fake {
    /// An e-mail address. Different ones for different values.
    Email,
    /// A first name and a last name.
    Name,
    /// A first name.
    FirstName,
    /// A last name.
    LastName,
    /// A name that somebody logs in with.
    Username,
    /// A telephone number.
    Phone,
    /// A company.
    Company,
    /// A street with a number.
    Street,
    /// A city.
    City,
    /// A postcode of five digits.
    Postcode,
    /// A country.
    Country,
    /// The address of a host.
    Ip,
    /// A URL.
    Url,
    /// An IBAN with the right check digits.
    Iban,
    /// The number of a credit card with the right check digit.
    CardNumber,
    /// A date on which somebody could be born.
    Date,
    /// Words, about as long as what was there.
    Text,
}

impl Fake {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Email,
        Self::Name,
        Self::FirstName,
        Self::LastName,
        Self::Username,
        Self::Phone,
        Self::Company,
        Self::Street,
        Self::City,
        Self::Postcode,
        Self::Country,
        Self::Ip,
        Self::Url,
        Self::Iban,
        Self::CardNumber,
        Self::Date,
        Self::Text,
    ];

    /// As settings name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Email => "fake.email",
            Self::Name => "fake.name",
            Self::FirstName => "fake.first_name",
            Self::LastName => "fake.last_name",
            Self::Username => "fake.username",
            Self::Phone => "fake.phone",
            Self::Company => "fake.company",
            Self::Street => "fake.street",
            Self::City => "fake.city",
            Self::Postcode => "fake.postcode",
            Self::Country => "fake.country",
            Self::Ip => "fake.ip",
            Self::Url => "fake.url",
            Self::Iban => "fake.iban",
            Self::CardNumber => "fake.card_number",
            Self::Date => "fake.date",
            Self::Text => "fake.text",
        }
    }

    /// The least number of characters that a column must hold, for what cannot be cut.
    pub(super) fn least(self) -> usize {
        match self {
            Self::Email => DIGITS + HOSTS[0].len() + 1,
            Self::Phone => "+1-212-555-0123".len(),
            Self::Postcode => 5,
            Self::Ip => "198.19.255.255".len(),
            Self::Url => "https://www.example.com/".len() + DIGITS,
            Self::Iban => 22,
            Self::CardNumber => 16,
            Self::Date => 10,
            // What is cut still looks like one.
            _ => 3,
        }
    }

    /// Whether different values may come to the same.
    pub(super) fn repeats(self) -> bool {
        self != Self::Email
    }

    /// What takes the place of a value, in so many characters at most.
    pub(super) fn replaced(self, key: &Key, longest: usize, value: &[u8]) -> String {
        let mut other = String::new();
        // A made-up name may be the name that was there; then another one is.
        for attempt in 0..64_u8 {
            let tried = match attempt {
                0 => value.to_vec(),
                attempt => [value, &[0, attempt]].concat(),
            };
            other = self.draw(&mut key.draws(self.word(), &tried), longest, value);
            if other.as_bytes() != value {
                break;
            }
        }
        other
    }

    fn draw(self, draws: &mut Draws<'_>, longest: usize, value: &[u8]) -> String {
        let whole = match self {
            Self::Email => return email(draws, longest),
            Self::Name => format!("{} {}", first(draws), last(draws)),
            Self::FirstName => first(draws).to_owned(),
            Self::LastName => last(draws).to_owned(),
            Self::Username => format!("{}_{}{}", plain(first(draws)), word(draws), draws.digits(3)),
            Self::Phone => phone(draws),
            Self::Company => match draws.below(2) {
                0 => format!("{} {}", last(draws), draws.one_of(EN::COMPANY_SUFFIX)),
                _ => format!("{}, {} and {}", last(draws), last(draws), last(draws)),
            },
            Self::Street => format!(
                "{} {} {}",
                1 + draws.below(999),
                last(draws),
                draws.one_of(EN::ADDRESS_STREET_SUFFIX)
            ),
            Self::City => format!("{}{}", last(draws), draws.one_of(EN::ADDRESS_CITY_SUFFIX)),
            Self::Postcode => draws.digits(5),
            Self::Country => draws.one_of(EN::ADDRESS_COUNTRY).to_owned(),
            Self::Ip => address::drawn(draws),
            Self::Url => format!("https://www.example.com/{}", draws.hex(DIGITS)),
            Self::Iban => iban(draws),
            Self::CardNumber => card_number(draws),
            Self::Date => {
                let seed = draws.hex(32);
                moment::birthday(draws.key(), false, seed.as_bytes())
            }
            Self::Text => words(draws, value),
        };
        cut(&whole, longest)
    }
}

/// How many hexadecimal digits tell e-mail addresses apart.
const DIGITS: usize = 16;
/// Hosts that are nobody's (RFC 2606).
const HOSTS: [&str; 3] = ["example.com", "example.net", "example.org"];

fn first(draws: &mut Draws<'_>) -> &'static str {
    draws.one_of(EN::NAME_FIRST_NAME)
}

fn last(draws: &mut Draws<'_>) -> &'static str {
    draws.one_of(EN::NAME_LAST_NAME)
}

fn word(draws: &mut Draws<'_>) -> &'static str {
    draws.one_of(EN::LOREM_WORD)
}

/// In small letters, without what is none.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphabetic);
    letters.map(|it| it.to_ascii_lowercase()).collect()
}

fn email(draws: &mut Draws<'_>, longest: usize) -> String {
    let name = format!("{}.{}", plain(first(draws)), plain(last(draws)));
    let (digits, host) = (draws.hex(DIGITS), draws.one_of(&HOSTS));
    // The part before the `@` has 64 characters at most.
    let room = longest
        .saturating_sub(DIGITS + 2 + host.len())
        .min(63 - DIGITS);
    let name = cut(&name, room);
    match name.trim_end_matches('.') {
        "" => format!("{digits}@{host}"),
        name => format!("{name}.{digits}@{host}"),
    }
}

/// One of those that are kept for fiction in North America: 555-0100 to 555-0199 of any area.
fn phone(draws: &mut Draws<'_>) -> String {
    let area = loop {
        let area = 201 + draws.below(789);
        // No area ends like an emergency number.
        if area % 100 != 11 {
            break area;
        }
    };
    format!("+1-{area}-555-01{}", draws.digits(2))
}

/// A German one, of a bank whose number is zero.
fn iban(draws: &mut Draws<'_>) -> String {
    let account = format!("{}{}", "0".repeat(8), draws.digits(10));
    // D and E count 13 and 14; the check digits are first taken for 00.
    let remainder = format!("{account}131400")
        .bytes()
        .fold(0_u32, |rest, digit| {
            (rest * 10 + u32::from(digit - b'0')) % 97
        });
    format!("DE{:02}{account}", 98 - remainder)
}

/// With a beginning of no bank, and Luhn's check digit.
fn card_number(draws: &mut Draws<'_>) -> String {
    let digits = format!("400000{}", draws.digits(9));
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(
            |(at, digit)| match u32::from(digit - b'0') * (2 - u32::from(at % 2 == 1)) {
                sum @ 10.. => sum - 9,
                sum => sum,
            },
        )
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

fn words(draws: &mut Draws<'_>, value: &[u8]) -> String {
    let length = String::from_utf8_lossy(value).chars().count().max(3);
    let mut text = String::new();
    while text.len() < length {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word(draws));
    }
    cut(&text, length)
}

/// So many characters at most, without a blank at the end.
fn cut(text: &str, longest: usize) -> String {
    let cut: String = text.chars().take(longest).collect();
    cut.trim_end().to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn key() -> Key {
        Key::chosen("the key of the tests").unwrap()
    }

    fn some(fake: Fake, longest: usize) -> Vec<String> {
        let values = (0..500).map(|it| format!("value {it}"));
        values
            .map(|it| fake.replaced(&key(), longest, it.as_bytes()))
            .collect()
    }

    #[test]
    fn every_fake_fits_into_the_least_room_and_is_never_empty() {
        for fake in Fake::ALL {
            for longest in [fake.least(), 40, usize::MAX] {
                for made in some(fake, longest) {
                    assert!(!made.is_empty(), "{fake:?}");
                    assert!(made.chars().count() <= longest, "{fake:?}: {made}");
                }
            }
            let once: BTreeSet<String> = some(fake, 200).into_iter().collect();
            assert!(once.len() > 5, "{fake:?}");
        }
    }

    #[test]
    fn e_mail_addresses_do_not_repeat_and_are_of_hosts_that_are_nobodys() {
        let valid =
            regex::Regex::new(r"^[a-z]*\.?[a-z]*\.?[0-9a-f]{16}@example\.(com|net|org)$").unwrap();
        for longest in [Fake::Email.least(), 30, 64, 320] {
            let made: BTreeSet<String> = some(Fake::Email, longest).into_iter().collect();
            assert_eq!(made.len(), 500);
            assert!(made.iter().all(|it| valid.is_match(it)), "{made:?}");
        }
    }

    #[test]
    fn what_has_check_digits_has_the_right_ones() {
        for made in some(Fake::CardNumber, 16) {
            let digits: Vec<u32> = made
                .chars()
                .rev()
                .map(|it| it.to_digit(10).unwrap())
                .collect();
            let doubled = |(at, digit): (usize, &u32)| {
                if at % 2 == 1 {
                    digit * 2 / 10 + digit * 2 % 10
                } else {
                    *digit
                }
            };
            assert_eq!(
                digits.iter().enumerate().map(doubled).sum::<u32>() % 10,
                0,
                "{made}"
            );
            assert_eq!(made.len(), 16);
        }
        for made in some(Fake::Iban, 22) {
            let turned = format!("{}1314{}", &made[4..], &made[2..4]);
            assert_eq!(turned.parse::<u128>().unwrap() % 97, 1, "{made}");
        }
    }

    #[test]
    fn a_made_up_value_is_not_the_one_that_was_there() {
        for fake in Fake::ALL {
            for made in some(fake, 200) {
                assert_ne!(fake.replaced(&key(), 200, made.as_bytes()), made);
            }
        }
    }

    #[test]
    fn words_are_looked_up_by_those_of_settings() {
        let words: BTreeSet<&str> = Fake::ALL.into_iter().map(Fake::word).collect();
        assert_eq!(words.len(), Fake::ALL.len());
        assert!(words.iter().all(|it| it.starts_with("fake.")));
    }
}
