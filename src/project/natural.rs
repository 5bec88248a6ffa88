use std::cmp::Ordering;

/// Compares names as people count: runs of digits by their value (`2_x.sql` before `10_x.sql`), all else by
/// character, and `/` before everything, so that what lies in one directory stays together. Names that differ
/// only in leading zeros are ordered as texts, so that only equal names are equal.
pub fn natural_cmp(left: &str, right: &str) -> Ordering {
    let (mut left_rest, mut right_rest) = (left, right);
    loop {
        let (left_number, right_number) = (digits(left_rest), digits(right_rest));
        let order = if left_number.is_empty() || right_number.is_empty() {
            let (left_char, right_char) = (pop(&mut left_rest), pop(&mut right_rest));
            if left_char.is_none() && right_char.is_none() {
                return left.cmp(right);
            }
            left_char.map(rank).cmp(&right_char.map(rank))
        } else {
            left_rest = &left_rest[left_number.len()..];
            right_rest = &right_rest[right_number.len()..];
            value_cmp(left_number, right_number)
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Compares two runs of ASCII digits, of any length, by their value.
pub(crate) fn value_cmp(left: &str, right: &str) -> Ordering {
    let left = left.trim_start_matches('0');
    let right = right.trim_start_matches('0');
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// The ASCII digits that a text begins with.
fn digits(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    &text[..end]
}

fn pop(text: &mut &str) -> Option<char> {
    let mut chars = text.chars();
    let first = chars.next();
    *text = chars.as_str();
    first
}

/// A character's place in the order.
fn rank(c: char) -> u32 {
    if c == '/' { 0 } else { u32::from(c) + 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_compared_by_their_value_and_directories_stay_together() {
        let sorted = [
            "",
            "1.sql",
            "2_x.sql",
            "010_x.sql",
            "10_x.sql",
            "10_y.sql",
            "99999999999999999999999.sql",
            "100000000000000000000000.sql",
            "a",
            "a/z.sql",
            "a-b/c.sql",
            "a.sql",
            "a1b2",
            "a1b10",
            "a01b11",
            "ä",
        ];
        for (index, left) in sorted.iter().enumerate() {
            for (other, right) in sorted.iter().enumerate() {
                assert_eq!(
                    natural_cmp(left, right),
                    index.cmp(&other),
                    "{left} and {right}"
                );
            }
        }
    }

    /// Names of few different characters, so that equal beginnings and equal values are common.
    fn name() -> impl Strategy<Value = String> {
        "[019/._ä-]{0,8}"
    }

    proptest! {
        #[test]
        fn the_order_is_total(a in name(), b in name(), c in name()) {
            prop_assert_eq!(natural_cmp(&a, &b), natural_cmp(&b, &a).reverse());
            prop_assert_eq!(natural_cmp(&a, &b).is_eq(), a == b);
            if natural_cmp(&a, &b).is_le() && natural_cmp(&b, &c).is_le() {
                prop_assert!(natural_cmp(&a, &c).is_le());
            }
        }

        #[test]
        fn numbers_in_the_same_surroundings_are_ordered_by_value(
            before in "[a-z_/]{0,4}", after in "[a-z_.]{0,4}", left: u64, right: u64,
        ) {
            let name = |number: u64| format!("{before}{number}{after}");
            prop_assert_eq!(natural_cmp(&name(left), &name(right)), left.cmp(&right));
        }
    }
}
