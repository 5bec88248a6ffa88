//! Variables of the environment in a line of a file of goose, as the package that it uses replaces them: `$NAME`, `${NAME}`,
//! `${NAME:-otherwise}`, `${NAME-otherwise}`, `${NAME?reason}` and `${NAME:OFFSET:LENGTH}`; `$$` and `\$` are a `$`. Pure.

/// What gives a variable its value.
type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// A line with values for its variables.
///
/// # Errors
/// In words, what cannot be replaced.
pub(super) fn replace(line: &str, environment: Environment<'_>) -> Result<String, String> {
    let mut rest = line;
    expression(&mut rest, None, environment)
}

/// Reads up to `end` or the end of the text.
fn expression(
    rest: &mut &str,
    end: Option<char>,
    environment: Environment<'_>,
) -> Result<String, String> {
    let mut text = String::new();
    while let Some(first) = rest.chars().next().filter(|c| Some(*c) != end) {
        let escapes = [(r"\\", r"\\"), (r"\$", "$"), ("$$", "$"), ("$(", "$(")];
        let escape = (escapes.iter()).find(|(escape, _)| rest.starts_with(escape));
        if let Some((escape, meaning)) = escape {
            text.push_str(meaning);
            *rest = &rest[escape.len()..];
        } else if first == '$' && rest.len() > 1 {
            *rest = &rest[1..];
            text.push_str(&variable(rest, environment)?);
        } else {
            text.push(first);
            *rest = &rest[first.len_utf8()..];
        }
    }
    Ok(text)
}

/// Reads a variable behind its `$`.
fn variable(rest: &mut &str, environment: Environment<'_>) -> Result<String, String> {
    let Some(inside) = rest.strip_prefix('{') else {
        let name = identifier(rest)?;
        return Ok(environment(name).unwrap_or_default());
    };
    *rest = inside;
    let name = identifier(rest)?;
    let value = environment(name);
    let value = if rest.starts_with('}') {
        value.unwrap_or_default()
    } else if let Some(otherwise) = rest.strip_prefix(":-") {
        *rest = otherwise;
        let otherwise = expression(rest, Some('}'), environment)?;
        value.filter(|value| !value.is_empty()).unwrap_or(otherwise)
    } else if let Some(otherwise) = rest.strip_prefix('-') {
        *rest = otherwise;
        let otherwise = expression(rest, Some('}'), environment)?;
        value.unwrap_or(otherwise)
    } else if let Some(reason) = rest.strip_prefix('?') {
        *rest = reason;
        let reason = expression(rest, Some('}'), environment)?;
        value.ok_or_else(|| match reason.as_str() {
            "" => format!("the variable {name} of the environment is not set"),
            reason => format!("the variable {name} of the environment is not set: {reason}"),
        })?
    } else if let Some(numbers) = rest.strip_prefix(':') {
        let end = numbers.find('}').unwrap_or(numbers.len());
        *rest = &numbers[end..];
        part(&value.unwrap_or_default(), &numbers[..end])?
    } else {
        return Err(format!(
            "`${{{name}` is not closed by `}}`, or `{rest}` is no operator there"
        ));
    };
    match rest.strip_prefix('}') {
        Some(behind) => *rest = behind,
        None => return Err(format!("`${{{name}` is not closed by `}}`")),
    }
    Ok(value)
}

/// Reads a variable's name.
fn identifier<'t>(rest: &mut &'t str) -> Result<&'t str, String> {
    if !rest.starts_with(char::is_alphabetic) {
        return Err(format!(
            "`${rest}` names no variable of the environment; write `$$` for a `$`"
        ));
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    let (name, behind) = rest.split_at(end.unwrap_or(rest.len()));
    *rest = behind;
    Ok(name)
}

/// A part of a value by its offset and length, which count from the end where they are negative.
fn part(value: &str, numbers: &str) -> Result<String, String> {
    let number = |text: &str| {
        let number = text.trim().parse::<i64>();
        number.map_err(|_| format!("`{text}` must be a number"))
    };
    let (offset, length) = match numbers.split_once(':') {
        Some((offset, length)) => (number(offset)?, Some(number(length)?)),
        None => (number(numbers)?, None),
    };
    let size = i64::try_from(value.len()).unwrap_or(i64::MAX);
    let from_end = |number: i64| {
        if number < 0 {
            size.saturating_add(number)
        } else {
            number
        }
    };
    let begin = from_end(offset).clamp(0, size);
    let end = match length {
        None => size,
        Some(length) if length < 0 => from_end(length).clamp(begin, size),
        Some(length) => begin.saturating_add(length).min(size),
    };
    let place = |number: i64| usize::try_from(number).unwrap_or_default();
    let part = value.get(place(begin)..place(end));
    part.map(str::to_owned)
        .ok_or_else(|| format!("`{numbers}` cuts a character in two"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(line: &str) -> Result<String, String> {
        replace(line, &|name| match name {
            "NAME" => Some("value".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn variables_are_replaced_as_a_shell_would() {
        for (line, text) in [
            ("SELECT 1", "SELECT 1"),
            ("$NAME, ${NAME}_x, $UNSET.", "value, value_x, ."),
            ("${UNSET:-a b}${EMPTY:-c}${NAME:-d}", "a bcvalue"),
            ("${UNSET-a}${EMPTY-c}", "a"),
            ("${UNSET:-${EMPTY:-${NAME}}}", "value"),
            (
                "${NAME?why}${NAME:1:2}${NAME:-}${NAME: -2}",
                "valuealvalueue",
            ),
            ("${NAME:1:-1}${NAME:9}", "alu"),
            (r"\$NAME $$NAME \\ $( $", r"$NAME $NAME \\ $( $"),
            ("AS $$ BEGIN", "AS $ BEGIN"),
            ("ä${NAME}ö", "ävalueö"),
        ] {
            assert_eq!(replaced(line), Ok(text.to_owned()), "{line}");
        }
    }

    #[test]
    fn what_cannot_be_replaced_is_told() {
        for line in [
            "$1",
            "${NAME",
            "${1}",
            "${NAME!x}",
            "${UNSET?}",
            "${UNSET?no value}",
            "${NAME:x}",
            "${NAME:-a",
        ] {
            assert!(replaced(line).is_err(), "{line}");
        }
    }
}
