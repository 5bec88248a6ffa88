//! Listings for people: `\d…`, `\sf`, `\sv`. None is printed here; but where psql fails because it does not find what is
//! to be listed, they fail as well.

use super::frame::Frame;
use super::interpreter::Interpreter;
use super::metacommand::{Trouble, unknown};
use super::rows::QueryError;
use super::wire::{Connection, TransactionStatus};
use crate::script::{ArgumentKind, Command, quote_literal};

/// What a listing looks for that fails where it finds nothing.
struct Sought {
    /// Its name in the singular; with an `s` behind it, that of several.
    noun: &'static str,
    catalog: &'static str,
    name: &'static str,
    /// The columns of its schema, and the function that tells whether it is found without naming that.
    schema: Option<(&'static str, &'static str)>,
}

impl Interpreter<'_> {
    /// Does all of a listing but to print it.
    pub(super) fn listing(&mut self, frame: &mut Frame, command: &Command) -> Result<(), Trouble> {
        let name = command.name.as_str();
        if name.starts_with('d') && !is_listing(name) {
            return Err(unknown(name));
        }
        let plain = name.trim_end_matches('+');
        let sql = if matches!(plain, "sf" | "sv") {
            // A semicolon belongs to the name here.
            let said = self.argument(frame, ArgumentKind::WholeLine)?;
            let said = said.as_deref().map(str::trim).unwrap_or_default();
            Some(definition(plain == "sf", said).map_err(Trouble::Error)?)
        } else if let Some(sought) = sought(name) {
            let pattern = self.argument_without_semicolons(frame, ArgumentKind::Normal)?;
            let database = self.connection.info().database();
            // psql lists all relations where no name is said, be there any or not.
            match (&pattern, sought.noun) {
                (None, "relation") => None,
                _ => Some(
                    sought
                        .sql(pattern.as_deref(), database)
                        .map_err(Trouble::Error)?,
                ),
            }
            .map(|sql| (sql, sought.missing(pattern.as_deref())))
        } else {
            None
        };
        frame.scanner.skip_command();
        // What asks the server nothing does not mind.
        let is_asked = !matches!(name, "timing" | "T") && !name.starts_with("conninfo");
        if is_asked && self.connection.status() == TransactionStatus::Failed {
            let text =
                "current transaction is aborted, commands ignored until end of transaction block";
            return Err(Trouble::Error(text.into()));
        }
        let Some((sql, missing)) = sql else {
            return Ok(());
        };
        match is_found(self.connection, &sql) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Trouble::Error(missing)),
            Err(QueryError::Server(message)) => Err(Trouble::Error(message.message)),
            Err(QueryError::Wire(error)) => Err(self.wire_failure(error, &command.location).into()),
        }
    }
}

fn is_found(connection: &mut Connection, sql: &str) -> Result<bool, QueryError> {
    Ok(connection.value(sql)?.as_deref() == Some("t"))
}

/// Whether psql 18 has a command of this name, which begins with `d`. As there, letters behind one that says enough do
/// not matter.
fn is_listing(name: &str) -> bool {
    let mut letters = name.chars().skip(1);
    let (first, second, third) = (letters.next(), letters.next(), letters.next());
    let second_is = |letters: &str| second.is_none_or(|letter| letters.contains(letter));
    match first {
        None => true,
        Some(letter) if "+SabcCdDgilLmnoOpstTuvExXy".contains(letter) => true,
        Some('A') => second_is("+xcfop"),
        Some('f') => second_is("+Sxanptw"),
        Some('F') => second_is("+xdpt"),
        Some('P') => second_is("+xitn"),
        Some('e') => second.is_some() && second_is("stuw"),
        Some('r') => second == Some('g') || second == Some('d') && third == Some('s'),
        Some('R') => second.is_some() && second_is("ps"),
        Some(_) => false,
    }
}

/// What a listing looks for, where it is one that fails if it finds nothing.
fn sought(name: &str) -> Option<Sought> {
    let details = name.contains('+');
    let begins = |start: &str| details && name.starts_with(start);
    let (noun, catalog, name, schema) = match name {
        "d" => RELATIONS,
        name if name.starts_with("d+") || name.starts_with("dS") => RELATIONS,
        _ if begins("dx") => ("extension", "pg_extension", "extname", None),
        _ if begins("dRp") => ("publication", "pg_publication", "pubname", None),
        _ if begins("dFp") => (
            "text search parser",
            "pg_ts_parser",
            "prsname",
            Some(("prsnamespace", "pg_ts_parser_is_visible")),
        ),
        _ if begins("dF+") || begins("dFx") => (
            "text search configuration",
            "pg_ts_config",
            "cfgname",
            Some(("cfgnamespace", "pg_ts_config_is_visible")),
        ),
        _ => return None,
    };
    Some(Sought {
        noun,
        catalog,
        name,
        schema,
    })
}

type Row = (
    &'static str,
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
);

const RELATIONS: Row = (
    "relation",
    "pg_class",
    "relname",
    Some(("relnamespace", "pg_table_is_visible")),
);

impl Sought {
    /// psql's complaint.
    fn missing(&self, pattern: Option<&str>) -> String {
        match pattern {
            Some(pattern) => format!("Did not find any {} named \"{pattern}\".", self.noun),
            None => format!("Did not find any {}s.", self.noun),
        }
    }

    /// The question whether there is any.
    fn sql(&self, pattern: Option<&str>, database: &str) -> Result<String, String> {
        let Self { catalog, name, .. } = self;
        let mut parts = pattern.map(parts).unwrap_or_default();
        let most = if self.schema.is_some() { 3 } else { 1 };
        let said = pattern.unwrap_or_default();
        if parts.len() > most {
            return Err(format!(
                "improper qualified name (too many dotted names): {said}"
            ));
        }
        let mut conditions = vec!["true".to_owned()];
        let mut matches = |column: &str, part: &Part| {
            if part.regex != ".*" {
                let regex = quote_literal(&format!("^({})$", part.regex));
                conditions.push(format!(
                    "{column} OPERATOR(pg_catalog.~) {regex} COLLATE pg_catalog.default"
                ));
            }
        };
        if let Some(part) = parts.pop() {
            matches(&format!("c.{name}"), &part);
        }
        let schema = parts.pop();
        if let Some(part) = &schema {
            matches("n.nspname::pg_catalog.text", part);
        }
        if parts.pop().is_some_and(|part| part.literal != database) {
            return Err(format!(
                "cross-database references are not implemented: {said}"
            ));
        }
        let join = match self.schema {
            Some((column, is_visible)) => {
                if schema.is_none() {
                    conditions.push(format!("pg_catalog.{is_visible}(c.oid)"));
                }
                format!(" LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.{column}")
            }
            None => String::new(),
        };
        Ok(format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.{catalog} c{join} WHERE {})",
            conditions.join(" AND ")
        ))
    }
}

/// A name in a pattern: as a regular expression, and as it stands without its quotes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Part {
    regex: String,
    literal: String,
}

/// The names of a pattern with dots between them, as psql's `patternToSQLRegex` reads them: `*` and `?` stand for
/// anything, and quotes take that from them, and keep capital letters.
fn parts(pattern: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut part = Part::default();
    let mut is_quoted = false;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                part.regex.push('"');
                part.literal.push('"');
            }
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => parts.push(std::mem::take(&mut part)),
            '*' if !is_quoted => {
                part.regex.push_str(".*");
                part.literal.push('*');
            }
            '?' if !is_quoted => {
                part.regex.push('.');
                part.literal.push('?');
            }
            _ => {
                let is_array = character == '[' && characters.peek() == Some(&']');
                let is_special = is_quoted && "|*+?()[]{}.^\\".contains(character);
                if character == '$' || is_special || is_array {
                    part.regex.push('\\');
                }
                let plain = if is_quoted {
                    character
                } else {
                    character.to_ascii_lowercase()
                };
                part.regex.push(plain);
                part.literal.push(plain);
            }
        }
    }
    parts.push(part);
    parts
}

/// The question whether there is a definition to be shown, and what to say where there is none. The server complains of
/// what is not there at all.
fn definition(is_function: bool, said: &str) -> Result<(String, String), String> {
    if said.is_empty() {
        let what = if is_function { "function" } else { "view" };
        return Err(format!("{what} name is required"));
    }
    let literal = quote_literal(said);
    Ok(if is_function {
        let kind = if said.contains('(') {
            "regprocedure"
        } else {
            "regproc"
        };
        (
            format!(
                "SELECT pg_catalog.pg_get_functiondef({literal}::pg_catalog.{kind}::pg_catalog.oid) IS NOT NULL"
            ),
            format!("\"{said}\" is not a function"),
        )
    } else {
        (
            format!(
                "SELECT relkind IN ('v', 'm') FROM pg_catalog.pg_class
                  WHERE oid = {literal}::pg_catalog.regclass::pg_catalog.oid"
            ),
            format!("\"{said}\" is not a view"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_those_of_psql() {
        for name in [
            "d", "d+", "dS+", "dt", "dtvS", "df", "dfw+", "dfx", "dconfig", "ddp", "drds", "drg",
            "dRp+", "dAc", "dFt", "dew+", "dPi", "dx", "dX", "dy", "dxx",
        ] {
            assert!(is_listing(name), "{name}");
        }
        for name in [
            "dq", "drop", "dr", "dR", "de", "dez", "dfo", "dAq", "dFs", "dPs", "dz", "dé",
        ] {
            assert!(!is_listing(name), "{name}");
        }
    }

    #[test]
    fn patterns_are_read_as_psql_reads_them() {
        let read = |pattern| -> Vec<(String, String)> {
            let parts = parts(pattern).into_iter();
            parts.map(|part| (part.regex, part.literal)).collect()
        };
        let part = |regex: &str, literal: &str| (regex.to_owned(), literal.to_owned());
        assert_eq!(
            read("Ab*.\"Ab*\""),
            [part("ab.*", "ab*"), part("Ab\\*", "Ab*")]
        );
        assert_eq!(read("a$?"), [part("a\\$.", "a$?")]);
        assert_eq!(read("\"a\"\".b\""), [part("a\"\\.b", "a\".b")]);
        assert_eq!(read("(a|b)[]"), [part("(a|b)\\[]", "(a|b)[]")]);
    }
}
