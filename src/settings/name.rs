use crate::session::{self, VariableStore};

/// Reads `NAME=VALUE`, a psql variable; the value may be empty and may hold further `=`.
///
/// # Errors
///
/// The reason in words, without the text itself.
pub fn parse_variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = split(text, "it must be NAME=VALUE")?;
    check_variable_name(name)?;
    check_variable(name, value)?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Reads `OPTION=VALUE`, one of psql's printing options.
///
/// # Errors
///
/// The reason in words, without the text itself.
pub fn parse_printing(text: &str) -> Result<(String, String), String> {
    let (name, value) = split(text, "it must be OPTION=VALUE")?;
    check_printing(name, value)?;
    Ok((name.to_owned(), value.to_owned()))
}

fn split<'t>(text: &'t str, otherwise: &str) -> Result<(&'t str, &'t str), String> {
    text.split_once('=').ok_or_else(|| otherwise.to_owned())
}

/// Whether psql would set a variable to this value: some, such as `ON_ERROR_STOP`, take certain ones.
pub(super) fn check_variable(name: &str, value: &str) -> Result<(), String> {
    VariableStore::default()
        .set(name, value)
        .map_err(|text| text.replace('\n', "; "))
}

/// Whether psql has this printing option, and it takes this value.
pub(super) fn check_printing(name: &str, value: &str) -> Result<(), String> {
    session::check_printing(name, value).map_err(|text| text.replace('\n', "; "))
}

/// Reads the ending of a file's name, with its dot or without.
///
/// # Errors
///
/// The reason in words, without the text itself.
pub fn parse_ending(text: &str) -> Result<String, String> {
    let ending = text.strip_prefix('.').unwrap_or(text);
    if ending.is_empty() || ending.contains('/') {
        return Err("it must be the ending of a file's name, such as `sql`".to_owned());
    }
    Ok(ending.to_owned())
}

/// Whether psql would take this for a variable's name (`valid_variable_name` in psql's `variables.c`: letters,
/// digits, `_` and every byte of a character outside ASCII).
pub(super) fn check_variable_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii();
    if !name.is_empty() && name.chars().all(allowed) {
        Ok(())
    } else {
        Err("a psql variable's name holds only letters, digits and `_`".to_owned())
    }
}

/// Whether this can be the name of a role, schema or database as it stands.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    /// `NAMEDATALEN - 1`: the server cuts off what is longer.
    const LONGEST: usize = 63;
    match name {
        "" => Err("it is empty".to_owned()),
        _ if name.len() > LONGEST => Err(format!(
            "a name in PostgreSQL has at most {LONGEST} bytes, and this has {}",
            name.len()
        )),
        _ if name.contains('\0') => Err("a name cannot hold the character NUL".to_owned()),
        _ => Ok(()),
    }
}

/// Whether a database can be made with this name on a new server.
pub(super) fn check_database_name(name: &str) -> Result<(), String> {
    match name {
        "template0" | "template1" | "postgres" => {
            Err("every server has a database of that name that must stay as it is".to_owned())
        }
        "pgassay_template" => Err(
            "that is the name of the template that the tests' databases are copied from".to_owned(),
        ),
        _ => check_name(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_that_the_run_itself_needs_are_not_named() {
        for name in ["template0", "template1", "postgres", "pgassay_template"] {
            assert!(check_database_name(name).is_err(), "{name}");
        }
        assert_eq!(check_database_name("pgassay"), Ok(()));
    }
}
