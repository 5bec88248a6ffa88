//! Quoting values for SQL, as libpq's `PQescapeLiteral` and `PQescapeIdentifier` do it.

/// A value as an SQL literal, the same under either setting of `standard_conforming_strings`: a value with
/// backslashes becomes ` E'…'`, with a blank before it so that it cannot run into a word.
pub fn quote_literal(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 4);
    quoted.push_str(if value.contains('\\') { " E'" } else { "'" });
    for character in value.chars() {
        if matches!(character, '\'' | '\\') {
            quoted.push(character);
        }
        quoted.push(character);
    }
    quoted.push('\'');
    quoted
}

/// A value as a quoted SQL identifier.
pub fn quote_identifier(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}
