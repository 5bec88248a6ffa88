//! Whether a text can be put between parentheses and be nothing but a condition: what it means is for the server to say.

use crate::script::{TokenKind, Tokens};

/// Says why the text cannot stay within parentheses that are put around it.
pub(super) fn judge(condition: &str) -> Result<(), &'static str> {
    let mut open = Vec::new();
    let mut is_empty = true;
    for token in Tokens::of(condition) {
        is_empty = false;
        let TokenKind::Sign(sign) = token.kind else {
            continue;
        };
        match sign {
            ';' => return Err("it holds a `;`"),
            '(' => open.push(')'),
            '[' => open.push(']'),
            ')' | ']' if open.pop() != Some(sign) => {
                return Err("it closes a parenthesis that it has not opened");
            }
            _ => {}
        }
    }
    if is_empty {
        return Err("it is empty; leave it out to keep all rows");
    }
    if !open.is_empty() {
        return Err("it leaves a parenthesis open");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_condition_stays_within_its_parentheses() {
        for good in [
            "id < 100",
            "id IN (1, 2) AND note <> ');--'",
            "id = ANY (ARRAY[1, 2]) -- the first ones )",
            "note = $$;)$$ OR \"odd;)\" = E'\\');'",
            "EXISTS (SELECT FROM app.orders AS o WHERE o.customer = customers.id)",
        ] {
            assert_eq!(judge(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "  -- nothing",
            "true; DROP TABLE app.users",
            "true) OR (true",
            "true) UNION SELECT (1, 2, 3",
            "(id < 100",
            "id = ANY (ARRAY[1, 2)]",
        ] {
            assert!(judge(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged(text in "\\PC{0,40}") {
            let _ = judge(&text);
        }
    }
}
