//! psql's variables, with the rules of those that psql itself looks at.

use std::collections::BTreeMap;

use crate::script::Variables;

/// The variables of one session.
#[derive(Debug, Clone)]
pub struct VariableStore {
    values: BTreeMap<String, String>,
}

/// What a variable that psql looks at may hold.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A boolean; empty is on.
    Boolean,
    /// A boolean (empty is on) or one further word.
    BooleanOr(&'static str, &'static str),
    /// One of these words.
    Words(&'static [&'static str]),
    /// An integer.
    Integer,
    /// Seconds.
    Seconds,
    /// Anything.
    Text,
}

use Kind::{Boolean, BooleanOr, Integer, Seconds, Text, Words};

/// The variables at which psql itself looks whenever they are set, with what they are when they are unset.
const WATCHED: [(&str, Kind, &str); 22] = [
    ("AUTOCOMMIT", Boolean, "off"),
    (
        "COMP_KEYWORD_CASE",
        Words(&["lower", "upper", "preserve-lower", "preserve-upper"]),
        "preserve-upper",
    ),
    ("ECHO", Words(&["none", "errors", "queries", "all"]), "none"),
    ("ECHO_HIDDEN", BooleanOr("noexec", "on, off, noexec"), "off"),
    ("FETCH_COUNT", Integer, "0"),
    ("HIDE_TABLEAM", Boolean, "off"),
    ("HIDE_TOAST_COMPRESSION", Boolean, "off"),
    (
        "HISTCONTROL",
        Words(&["none", "ignorespace", "ignoredups", "ignoreboth"]),
        "none",
    ),
    ("HISTSIZE", Integer, "500"),
    ("IGNOREEOF", Integer, "0"),
    (
        "ON_ERROR_ROLLBACK",
        BooleanOr("interactive", "on, off, interactive"),
        "off",
    ),
    ("ON_ERROR_STOP", Boolean, "off"),
    ("PROMPT1", Text, ""),
    ("PROMPT2", Text, ""),
    ("PROMPT3", Text, ""),
    ("QUIET", Boolean, "off"),
    ("SHOW_ALL_RESULTS", Boolean, "off"),
    (
        "SHOW_CONTEXT",
        Words(&["never", "errors", "always"]),
        "errors",
    ),
    ("SINGLELINE", Boolean, "off"),
    ("SINGLESTEP", Boolean, "off"),
    (
        "VERBOSITY",
        Words(&["default", "verbose", "terse", "sqlstate"]),
        "default",
    ),
    ("WATCH_INTERVAL", Seconds, "2"),
];

/// What is set at the beginning besides: as `psql --quiet --set ON_ERROR_STOP=1` begins.
const AT_THE_BEGINNING: [(&str, &str); 13] = [
    ("AUTOCOMMIT", "on"),
    ("ENCODING", "UTF8"),
    ("LAST_ERROR_MESSAGE", ""),
    ("LAST_ERROR_SQLSTATE", "00000"),
    ("ON_ERROR_STOP", "1"),
    ("PROMPT1", "%/%R%x%# "),
    ("PROMPT2", "%/%R%x%# "),
    ("PROMPT3", ">> "),
    ("QUIET", "on"),
    ("SHOW_ALL_RESULTS", "on"),
    (
        "VERSION",
        concat!(
            "pgassay ",
            env!("CARGO_PKG_VERSION"),
            ", with the meaning of psql 18"
        ),
    ),
    ("VERSION_NAME", "18.0"),
    ("VERSION_NUM", "180000"),
];

/// What is repeated on the output before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Echo {
    /// Nothing, or nothing that goes to the output.
    Nothing,
    /// Each statement.
    Queries,
    /// Each line that is read.
    All,
}

fn watched(name: &str) -> Option<(Kind, &'static str)> {
    WATCHED
        .iter()
        .find(|(known, _, _)| *known == name)
        .map(|(_, kind, unset)| (*kind, *unset))
}

/// Whether psql treats a variable specially, so that `\gset` may not set it.
pub(super) fn is_special(name: &str) -> bool {
    watched(name).is_some()
}

impl Default for VariableStore {
    fn default() -> Self {
        let unset = WATCHED.iter().map(|(name, _, unset)| (*name, *unset));
        let all = unset.chain(AT_THE_BEGINNING);
        Self {
            values: all
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        }
    }
}

impl Variables for VariableStore {
    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

impl Kind {
    /// The value that is kept for one that is set.
    ///
    /// # Errors
    /// psql's message.
    fn taken<'v>(self, name: &str, value: &'v str) -> Result<&'v str, String> {
        let word = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(value));
        let expected = match self {
            Boolean | BooleanOr(..) if value.is_empty() => return Ok("on"),
            Boolean if parse_boolean(value).is_none() => ": Boolean expected".to_owned(),
            BooleanOr(other, all) if parse_boolean(value).is_none() && !word(&[other]) => {
                format!("\nAvailable values are: {all}.")
            }
            Words(words) if !word(words) => {
                format!("\nAvailable values are: {}.", words.join(", "))
            }
            Integer if parse_integer(value).is_none() => {
                return Err(format!(
                    "invalid value \"{value}\" for \"{name}\": integer expected"
                ));
            }
            Seconds if !value.parse::<f64>().is_ok_and(|seconds| seconds >= 0.0) => {
                return Err(format!("invalid value \"{value}\" for variable \"{name}\""));
            }
            _ => return Ok(value),
        };
        Err(format!(
            "unrecognized value \"{value}\" for \"{name}\"{expected}"
        ))
    }
}

impl VariableStore {
    /// Sets a variable.
    ///
    /// # Errors
    /// psql's message, when the name is no name or the variable takes only certain values.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let is_name_character = |character: char| {
            character.is_ascii_alphanumeric() || character == '_' || !character.is_ascii()
        };
        if name.is_empty() || !name.chars().all(is_name_character) {
            return Err(format!("invalid variable name: \"{name}\""));
        }
        let value = match watched(name) {
            Some((kind, _)) => kind.taken(name, value)?,
            None => value,
        };
        if name == "SINGLELINE" && parse_boolean(value) == Some(true) {
            return Err("SINGLELINE is not supported: end statements with semicolons".into());
        }
        self.values.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// Unsets a variable; those that psql cannot be without fall back.
    pub fn unset(&mut self, name: &str) {
        match watched(name) {
            Some((Boolean | BooleanOr(..) | Words(_) | Integer | Seconds, unset)) => {
                self.values.insert(name.to_owned(), unset.to_owned())
            }
            Some((Text, _)) | None => self.values.remove(name),
        };
    }

    /// Whether a boolean variable is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).and_then(parse_boolean).unwrap_or(false)
    }

    /// What `ECHO` says.
    pub(super) fn echo(&self) -> Echo {
        match self.get("ECHO").map(str::to_ascii_lowercase).as_deref() {
            Some("queries") => Echo::Queries,
            Some("all") => Echo::All,
            _ => Echo::Nothing,
        }
    }

    /// All variables, sorted, as `\set` lists them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Reads a boolean as psql does: unambiguous prefixes of true, false, yes, no, on, off; and 1, 0.
pub(crate) fn parse_boolean(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    let is_prefix =
        |word: &str, least: usize| text.len() >= least && word.starts_with(text.as_str());
    match text.as_str() {
        "1" => Some(true),
        "0" => Some(false),
        _ if is_prefix("true", 1) || is_prefix("yes", 1) || is_prefix("on", 2) => Some(true),
        _ if is_prefix("false", 1) || is_prefix("no", 1) || is_prefix("off", 2) => Some(false),
        _ => None,
    }
}

/// Reads an integer as C's `strtol` does, all of it: decimal, or behind `0x` and `0`.
fn parse_integer(text: &str) -> Option<i32> {
    let text = text.trim_start_matches(|byte: char| byte.is_ascii_whitespace());
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|first: char| first.is_ascii_hexdigit()) {
        return None;
    }
    let value = i64::from_str_radix(digits, radix).ok()?;
    i32::try_from(if is_negative { -value } else { value }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_read_by_unambiguous_prefix() {
        for (text, value) in [
            ("t", Some(true)),
            ("TRUE", Some(true)),
            ("on", Some(true)),
            ("o", None),
            ("of", Some(false)),
            ("n", Some(false)),
            ("1", Some(true)),
            ("2", None),
            ("", None),
        ] {
            assert_eq!(parse_boolean(text), value, "{text}");
        }
    }

    #[test]
    fn integers_are_read_whole_and_with_their_base() {
        for (text, value) in [
            ("0", Some(0)),
            (" 12", Some(12)),
            ("-3", Some(-3)),
            ("0x1F", Some(31)),
            ("010", Some(8)),
            ("", None),
            ("1.5", None),
            ("1 ", None),
            ("0x", None),
            ("--1", None),
            ("99999999999", None),
        ] {
            assert_eq!(parse_integer(text), value, "{text}");
        }
    }

    #[test]
    fn a_variable_that_psql_looks_at_refuses_what_it_does_not_know_and_keeps_its_own() {
        let mut variables = VariableStore::default();
        for (name, value, complaint) in [
            ("ON_ERROR_STOP", "perhaps", "Boolean expected"),
            (
                "ECHO",
                "some",
                "Available values are: none, errors, queries, all.",
            ),
            ("FETCH_COUNT", "many", "integer expected"),
            ("VERBOSITY", "", "Available values are"),
            ("WATCH_INTERVAL", "-1", "invalid value"),
        ] {
            let before = variables.get(name).map(str::to_owned);
            let error = variables.set(name, value).unwrap_err();
            assert!(error.contains(complaint), "{error}");
            assert_eq!(variables.get(name), before.as_deref());
        }
        variables.set("VERBOSITY", "Terse").unwrap();
        variables.unset("VERBOSITY");
        assert_eq!(variables.get("VERBOSITY"), Some("default"));
        variables.unset("ON_ERROR_STOP");
        assert!(!variables.is_on("ON_ERROR_STOP"));
        variables.set("ON_ERROR_STOP", "").unwrap();
        assert!(variables.is_on("ON_ERROR_STOP"));
    }
}
