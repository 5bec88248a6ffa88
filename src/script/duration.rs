use std::time::Duration;

/// The units, the longer name first where one begins like another.
const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Reads a duration: whole numbers with a unit (`d`, `h`, `m`, `s`, `ms`), such as `90s` or `1h30m`; `0` needs no unit.
///
/// # Errors
///
/// The reason in words, without the text itself.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    if text.trim().is_empty() {
        return Err("it is empty; say a number and a unit, such as `90s`".to_owned());
    }
    let mut milliseconds: u64 = 0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at(digits);
        let letters = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let unit = unit.trim();
        if number.is_empty() {
            return Err(format!(
                "there is no whole number before `{unit}`; write it like `90s` or `1h30m`"
            ));
        }
        if unit.is_empty() {
            return Err(format!("say the unit of {number}: d, h, m, s or ms"));
        }
        let factor = UNITS
            .iter()
            .find_map(|(name, factor)| (*name == unit).then_some(*factor));
        let Some(factor) = factor else {
            return Err(format!("`{unit}` is no unit; use d, h, m, s or ms"));
        };
        milliseconds = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(factor))
            .and_then(|part| milliseconds.checked_add(part))
            .ok_or_else(|| "it is too long; 0 means for ever".to_owned())?;
        rest = behind;
    }
    Ok(Duration::from_millis(milliseconds))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units_add_up() {
        for (text, milliseconds) in [
            ("0", 0),
            ("0s", 0),
            ("250ms", 250),
            ("90s", 90_000),
            ("10m", 600_000),
            ("1h30m", 5_400_000),
            ("1m5s20ms", 65_020),
            (" 1 m 5 s ", 65_000),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "it is empty"),
            ("5", "say the unit of 5"),
            ("1h30", "say the unit of 30"),
            ("s", "no whole number before `s`"),
            ("1.5s", "`.` is no unit"),
            ("-5s", "no whole number before `-`"),
            ("5 seconds", "`seconds` is no unit"),
            ("5 5", "say the unit of 5"),
            ("5x", "`x` is no unit"),
            ("99999999999999999999s", "too long"),
            ("9999999999999999999h", "too long"),
        ] {
            let refusal = parse_duration(text).unwrap_err();
            assert!(refusal.contains(reason), "{text}: {refusal}");
        }
    }
}
