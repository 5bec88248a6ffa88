//! Numbers in place of numbers: with as many digits, in the same range, and different ones for different ones.

use super::key::Key;
use super::permutation::{Permutation, Sign, replace};

/// A whole number of so many bytes in place of another. Negative ones stay negative. What fits into two bytes or four comes
/// to the same in all wider types, so that equal values stay equal.
pub(super) fn integer(key: &Key, bytes: u8, text: &str) -> Option<String> {
    let (sign, digits) = signed(text);
    let magnitude: u128 = digits.parse().ok()?;
    // -32768 is a value, 32768 is none: negative numbers are counted from -1.
    let counted = magnitude.checked_sub(u128::from(!sign.is_empty()))?;
    let (least, limit) = match bytes {
        2 => (0, 1 << 15),
        _ if counted < 1 << 31 => (0, 1 << 31),
        _ => (1 << 31, 1 << 63),
    };
    if counted >= limit || (bytes == 4 && limit > 1 << 31) {
        return None;
    }
    let kind = format!("integer {sign}{limit}");
    let permutation = Permutation::new(key, &[kind.as_bytes()], limit - least);
    let other = permutation.another(counted - least) + least + u128::from(!sign.is_empty());
    Some(format!("{sign}{other}"))
}

/// A whole number with as many digits as the other one has. What fits into four bytes comes to the same in eight.
pub(super) fn integer_of_same_length(key: &Key, bytes: u8, text: &str) -> Option<String> {
    let (sign, digits) = signed(text);
    let magnitude: u128 = digits.parse().ok()?;
    let length = u32::try_from(digits.len()).ok()?;
    // There is no -0.
    let mut least = match (length, sign) {
        (1, "") => 0,
        _ => 10_u128.checked_pow(length - 1)?,
    };
    let end_of = |bytes: u8| (1 << (u32::from(bytes) * 8 - 1)) + u128::from(!sign.is_empty());
    let mut limit: u128 = 10_u128.checked_pow(length)?.min(end_of(bytes));
    if bytes == 8 && (least..limit).contains(&end_of(4)) {
        if magnitude < end_of(4) {
            limit = end_of(4);
        } else {
            least = end_of(4);
        }
    }
    if magnitude < least || magnitude >= limit {
        return None;
    }
    let kind = format!("digits {sign}{length}.{limit}");
    let permutation = Permutation::new(key, &[kind.as_bytes()], limit - least);
    Some(format!(
        "{sign}{}",
        permutation.another(magnitude - least) + least
    ))
}

fn signed(text: &str) -> (&str, &str) {
    match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    }
}

/// A number with a point, as PostgreSQL writes it, in place of another: with as many digits before the point and behind it.
/// With `scale` below zero so many digits before the point are always zero. `NaN` and infinity stay.
pub(super) fn decimal(key: &Key, scale: Option<i32>, text: &str) -> Option<String> {
    if is_special(text) {
        return Some(text.to_owned());
    }
    let (sign, unsigned) = signed(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (before, behind) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: String = [before, behind].concat();
    if before.is_empty() || !all.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let zeros = usize::try_from(scale.unwrap_or(0).min(0).unsigned_abs()).ok()?;
    let end = all.len().saturating_sub(zeros).max(1);
    let (counting, rest) = all.split_at(end);
    let start = counting
        .bytes()
        .position(|it| it != b'0')
        .unwrap_or(counting.len() - 1);
    let (leading, significant) = counting.split_at(start);
    // A number of one digit may become 0; one of more does not become shorter, nor one with an exponent or a sign 0.
    let is_whole = significant.len() == 1 && exponent.is_none() && sign.is_empty();
    let mut signs: Vec<Sign> = Vec::new();
    for (at, digit) in significant.bytes().enumerate() {
        let value = u64::from(digit - b'0');
        signs.push(match at {
            0 if !is_whole && value > 0 => Sign {
                which: value - 1,
                of: 9,
            },
            _ => Sign {
                which: value,
                of: 10,
            },
        });
    }
    replace(key, b"decimal", &mut signs);
    let digits: String = signs
        .iter()
        .map(|sign| char::from(b'0' + u8::try_from(sign.which + 10 - sign.of).unwrap_or_default()))
        .collect();
    // -4 in -40, of numeric(2,-1), has but one digit that counts; -0 is 0.
    let all = format!("{leading}{digits}{rest}");
    let (before, behind) = all.split_at(before.len());
    let point = if behind.is_empty() { "" } else { "." };
    let exponent = match exponent {
        Some(exponent) => format!("e{}", within_reach(exponent)?),
        None => String::new(),
    };
    Some(format!("{sign}{before}{point}{behind}{exponent}"))
}

/// The exponent, a little nearer to zero where other digits could make the number too great or too small for its type.
fn within_reach(exponent: &str) -> Option<i32> {
    let exponent: i32 = exponent.parse().ok()?;
    Some(match exponent {
        // `double precision` ends at 1.8e+308 and loses digits from 2.2e-308 on.
        300.. => 300,
        ..=-300 => -300,
        // `real` ends at 3.4e+38 and loses digits from 1.2e-38 on. A `double precision` does not mind.
        38 => 37,
        -46..=-37 => -36,
        other => other,
    })
}

fn is_special(text: &str) -> bool {
    matches!(text, "NaN" | "Infinity" | "-Infinity")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn key() -> Key {
        Key::chosen("the key of the tests").unwrap()
    }

    #[test]
    fn every_smallint_gets_another_one_of_its_sign() {
        for masked in [integer, integer_of_same_length] {
            let mut seen = BTreeSet::new();
            for number in i16::MIN..=i16::MAX {
                let other = masked(&key(), 2, &number.to_string()).unwrap();
                let other: i16 = other.parse().unwrap();
                assert_ne!(other, number);
                assert_eq!(other < 0, number < 0, "{number} became {other}");
                assert!(seen.insert(other));
            }
        }
    }

    #[test]
    fn what_is_no_number_of_the_type_is_not_taken_for_one() {
        for text in [
            "",
            "-",
            "x",
            "1.5",
            "2147483648",
            "-2147483649",
            "99999999999",
        ] {
            assert_eq!(integer(&key(), 4, text), None, "{text}");
            assert_eq!(integer_of_same_length(&key(), 4, text), None, "{text}");
        }
        for text in ["", "-", ".", "1.2.3", "1,5", "abc", "1e", "0x10"] {
            assert_eq!(decimal(&key(), None, text), None, "{text}");
        }
    }

    #[test]
    fn decimals_keep_their_digits() {
        let outline = |text: &str| text.replace(|it: char| it.is_ascii_digit(), "9");
        for text in [
            "0",
            "7",
            "12.50",
            "-0.05",
            "100000000000000000000000000000000000000000000000.5",
        ] {
            let other = decimal(&key(), None, text).unwrap();
            assert_ne!(other, text);
            assert_eq!(outline(&other), outline(text), "{text} became {other}");
        }
        for text in ["12300", "100", "0", "-900"] {
            let other = decimal(&key(), Some(-2), text).unwrap();
            assert!(
                other == text || text == "0" || other.ends_with("00"),
                "{text} became {other}"
            );
            assert_eq!(other.len(), text.len());
        }
        for text in ["NaN", "Infinity", "-Infinity"] {
            assert_eq!(decimal(&key(), None, text).as_deref(), Some(text));
        }
    }

    #[test]
    fn decimals_that_differ_stay_different() {
        let texts: Vec<String> = (-5000..5000)
            .map(|it| {
                format!(
                    "{}{}.{:02}",
                    if it < 0 { "-" } else { "" },
                    i32::abs(it) / 100,
                    i32::abs(it) % 100
                )
            })
            .collect();
        let others: BTreeSet<String> = texts
            .iter()
            .map(|it| decimal(&key(), Some(2), it).unwrap())
            .collect();
        assert_eq!(others.len(), texts.len());
        assert!(
            texts
                .iter()
                .all(|it| decimal(&key(), Some(2), it).as_ref() != Some(it))
        );
    }

    proptest! {
        #[test]
        fn integers_stay_in_range_and_are_the_same_in_wider_types(number in any::<i32>()) {
            let text = number.to_string();
            let other = integer(&key(), 4, &text).unwrap();
            prop_assert!(other.parse::<i32>().unwrap() != number);
            prop_assert_eq!(integer(&key(), 8, &text).unwrap(), other);
            let other = integer_of_same_length(&key(), 4, &text).unwrap();
            prop_assert!(other.parse::<i32>().unwrap() != number);
            prop_assert_eq!(other.len(), text.len());
            prop_assert_eq!(integer_of_same_length(&key(), 8, &text).unwrap(), other);
        }

        #[test]
        fn great_integers_stay_in_range(number in any::<i64>()) {
            for masked in [integer, integer_of_same_length] {
                let other: i64 = masked(&key(), 8, &number.to_string()).unwrap().parse().unwrap();
                prop_assert!(other != number && (other < 0) == (number < 0));
            }
        }

        #[test]
        fn any_text_is_a_number_or_none(text in "\\PC{0,20}") {
            decimal(&key(), None, &text);
            integer(&key(), 8, &text);
        }
    }
}
