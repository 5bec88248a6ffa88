//! What a rule comes to for a column: how a value of its type is made from the one that is there. Or why there is none.

use super::fake::Fake;
use super::key::Key;
use super::rule::Rule;
use super::{address, moment, number, shape};
use crate::snapshot::{Column, Values};

/// How many hexadecimal digits a hash has where there is room, and at least: so few that differ by chance are unlikely to be
/// the same.
const HASH: u32 = 32;
const SHORTEST_HASH: u32 = 16;
/// No made-up value is longer, but for text.
const LONGEST_FAKE: usize = 200;

/// How a value is made from the one that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Replacement {
    /// NULL.
    Null,
    /// Always this.
    Fixed(String),
    /// So many hexadecimal digits.
    Digest(usize, Text),
    /// A text of the same shape.
    Shape(Text),
    /// A whole number of so many bytes.
    Integer(u8),
    /// One with as many digits.
    IntegerOfLength(u8),
    /// A number with a point, with so many digits behind it.
    Decimal(Option<i32>),
    /// A UUID.
    Uuid,
    /// 32 bytes.
    Bytes,
    /// As many bytes.
    BytesOfLength,
    /// A date or time near it.
    Moment,
    /// Somebody's birthday, with a time or without.
    Birthday(bool),
    /// An address of the same kind.
    Address,
    /// A made-up text of so many characters at most.
    Fake(Fake, usize, Text),
}

/// How a type of text compares its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Text {
    /// To how many characters the server fills values up with blanks, which do not count.
    padded: Option<usize>,
    /// Whether capital and small letters are the same.
    folds: bool,
}

impl Replacement {
    /// What a rule comes to; none where values stay.
    ///
    /// # Errors
    /// Why it makes no value of the column's type, and what can be used instead.
    pub(super) fn of(rule: &Rule, column: &Column) -> Result<Option<Self>, String> {
        let other = |rules: &str| Err(format!("it makes no {}; use {rules}", column.data_type));
        let made = match (rule, column.values) {
            (Rule::Keep, _) => return Ok(None),
            (Rule::Null, _) => Self::Null,
            (
                Rule::Fixed(text),
                Values::Text {
                    longest: Some(longest),
                    ..
                },
            ) if text.chars().count() > longest as usize => {
                return Err(format!(
                    "the text is longer than {} holds",
                    column.data_type
                ));
            }
            (Rule::Fixed(text), _) => Self::Fixed(text.clone()),
            (rule, Values::Text { longest, is_padded }) => {
                Self::of_text(rule, column, longest, is_padded)?
            }
            (Rule::Hash, Values::Integer(bytes)) => Self::Integer(bytes),
            (Rule::KeepLength, Values::Integer(bytes)) => Self::IntegerOfLength(bytes),
            (Rule::Hash | Rule::KeepLength, Values::Number { digits }) => {
                Self::Decimal(digits.map(|(_, scale)| scale))
            }
            (_, Values::Integer(_) | Values::Number { .. }) => {
                return other("`hash`, `keep_length`, `null`, `keep` or `fixed`");
            }
            (Rule::Hash, Values::Uuid) => Self::Uuid,
            (_, Values::Uuid) => return other("`hash`, `null`, `keep` or `fixed`"),
            (Rule::Hash, Values::Bytes) => Self::Bytes,
            (Rule::KeepLength, Values::Bytes) => Self::BytesOfLength,
            (_, Values::Bytes) => return other("`hash`, `keep_length`, `null`, `keep` or `fixed`"),
            (Rule::Hash, Values::Date | Values::Timestamp) => Self::Moment,
            (Rule::Fake(Fake::Date), Values::Date) => Self::Birthday(false),
            (Rule::Fake(Fake::Date), Values::Timestamp) => Self::Birthday(true),
            (_, Values::Date | Values::Timestamp) => {
                return other("`hash`, `fake.date`, `null`, `keep` or `fixed`");
            }
            (Rule::Hash | Rule::Fake(Fake::Ip), Values::Address) => Self::Address,
            (_, Values::Address) => {
                return other("`hash`, `fake.ip`, `null`, `keep` or `fixed`");
            }
            (_, Values::Boolean | Values::Json | Values::Other) => {
                return other("`null`, `keep` or `fixed`");
            }
        };
        Ok(Some(made))
    }

    fn of_text(
        rule: &Rule,
        column: &Column,
        longest: Option<u32>,
        is_padded: bool,
    ) -> Result<Self, String> {
        let room = longest.map_or(usize::MAX, |it| it as usize);
        let type_name = column.data_type.as_str();
        let bare = type_name.rsplit('.').next().unwrap_or(type_name);
        let text = Text {
            padded: longest.filter(|_| is_padded).map(|it| it as usize),
            folds: bare.trim_matches('"') == "citext",
        };
        let too_short = |what: &str, least: usize, rules: &str| {
            Err(format!(
                "{what} needs {least} characters, and {type_name} has {room}; use {rules}"
            ))
        };
        match rule {
            Rule::Hash if longest.is_some_and(|it| it < SHORTEST_HASH) => too_short(
                "a hash",
                SHORTEST_HASH as usize,
                "`keep_length`, `null`, `keep` or `fixed`",
            ),
            Rule::Hash => Ok(Self::Digest(
                longest.unwrap_or(HASH).min(HASH) as usize,
                text,
            )),
            Rule::Fake(fake) if room < fake.least() => too_short(
                &format!("`{}`", fake.word()),
                fake.least(),
                "`keep_length`, `null`, `keep` or `fixed`",
            ),
            Rule::Fake(Fake::Text) => Ok(Self::Fake(Fake::Text, room, text)),
            Rule::Fake(fake) => Ok(Self::Fake(*fake, room.min(LONGEST_FAKE), text)),
            _ => Ok(Self::Shape(text)),
        }
    }

    /// Whether values that differ may come to the same.
    pub(super) fn repeats(&self, column: &Column) -> bool {
        match self {
            Self::Fixed(_)
            | Self::BytesOfLength
            | Self::Moment
            | Self::Birthday(_)
            | Self::Address => true,
            // Of 1.5 and 1.50, which are the same, the others may not be; and a float has no more digits than it has.
            Self::Decimal(_) => column.values == Values::Number { digits: None },
            Self::Fake(fake, ..) => fake.repeats(),
            _ => false,
        }
    }

    /// Whether the same value comes to the same by both.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(4 | 8), Self::Integer(4 | 8))
            | (Self::IntegerOfLength(4 | 8), Self::IntegerOfLength(4 | 8)) => true,
            (one, other) => one == other,
        }
    }

    /// What takes the place of a value, which is not NULL: none for NULL.
    ///
    /// # Errors
    /// The value is not written as it should be.
    pub(super) fn replaced(&self, key: &Key, value: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
        let text = || std::str::from_utf8(value).map_err(|_| Unreadable);
        let made = match self {
            Self::Null => return Ok(None),
            Self::Fixed(text) => Some(text.clone()),
            Self::Digest(length, text) => {
                let mut digest = key.draws("hash", &text.compared(value)).hex(*length);
                text.pad(&mut digest);
                Some(digest)
            }
            Self::Shape(text) => {
                let mut shaped =
                    shape::reshaped(key, &String::from_utf8_lossy(&text.compared(value)));
                text.pad(&mut shaped);
                Some(shaped)
            }
            Self::Fake(fake, longest, text) => {
                let mut made = fake.replaced(key, *longest, &text.compared(value));
                text.pad(&mut made);
                Some(made)
            }
            Self::Integer(bytes) => number::integer(key, *bytes, text()?),
            Self::IntegerOfLength(bytes) => number::integer_of_same_length(key, *bytes, text()?),
            Self::Decimal(scale) => number::decimal(key, *scale, text()?),
            Self::Uuid => Some(uuid(key, value)),
            Self::Bytes => Some(format!("\\x{}", key.draws("hash", value).hex(64))),
            Self::BytesOfLength => bytes_of_length(key, value),
            Self::Moment => moment::shifted(key, text()?),
            Self::Birthday(with_time) => Some(moment::birthday(key, *with_time, value)),
            Self::Address => address::replaced(key, text()?),
        };
        made.map(|made| Some(made.into_bytes())).ok_or(Unreadable)
    }
}

/// A value is not written as the server writes one of its type where the session is set up for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl Text {
    /// What counts of a value when it is compared.
    fn compared(self, value: &[u8]) -> Vec<u8> {
        let value = match self.padded {
            Some(_) => {
                let end = value.iter().rposition(|it| *it != b' ');
                &value[..end.map_or(0, |it| it + 1)]
            }
            None => value,
        };
        if self.folds {
            String::from_utf8_lossy(value).to_lowercase().into_bytes()
        } else {
            value.to_vec()
        }
    }

    fn pad(self, text: &mut String) {
        if let Some(width) = self.padded {
            let missing = width.saturating_sub(text.chars().count());
            text.push_str(&" ".repeat(missing));
        }
    }
}

/// A UUID of version 8, whose bits are the maker's own (RFC 9562).
fn uuid(key: &Key, value: &[u8]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&key.digest("hash", &value.to_ascii_lowercase())[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = |range: std::ops::Range<usize>| -> String {
        bytes[range].iter().map(|it| format!("{it:02x}")).collect()
    };
    [hex(0..4), hex(4..6), hex(6..8), hex(8..10), hex(10..16)].join("-")
}

fn bytes_of_length(key: &Key, value: &[u8]) -> Option<String> {
    let digits = value.strip_prefix(b"\\x")?;
    let mut draws = key.draws("keep_length", value);
    let mut made = draws.hex(digits.len());
    while !digits.is_empty() && made.as_bytes() == digits {
        made = draws.hex(digits.len());
    }
    Some(format!("\\x{made}"))
}
