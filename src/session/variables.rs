//! psql's variables, with the rules of those that psql itself looks at.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::backticks;
use crate::script::Variables;

/// The variables of one session.
#[derive(Debug, Clone)]
pub struct VariableStore {
    values: BTreeMap<String, String>,
    working_dir: PathBuf,
}

/// How `ON_ERROR_ROLLBACK` is set; `interactive` is off for scripts.
const TRISTATE: [&str; 1] = ["ON_ERROR_ROLLBACK"];

/// Variables that take only booleans. Setting them to anything else is an error in psql.
const BOOLEAN: [&str; 6] = [
    "AUTOCOMMIT",
    "ON_ERROR_STOP",
    "QUIET",
    "SINGLELINE",
    "SINGLESTEP",
    "HIDE_TABLEAM",
];

/// Further variables at which psql itself looks whenever they are set (`EstablishVariableSpace`).
const WATCHED: [&str; 11] = [
    "COMP_KEYWORD_CASE",
    "ECHO",
    "ECHO_HIDDEN",
    "FETCH_COUNT",
    "HISTCONTROL",
    "HISTSIZE",
    "IGNOREEOF",
    "PROMPT1",
    "PROMPT2",
    "PROMPT3",
    "HIDE_TOAST_COMPRESSION",
];

/// Whether psql treats a variable specially, so that `\gset` may not set it.
pub(super) fn is_special(name: &str) -> bool {
    BOOLEAN.contains(&name)
        || TRISTATE.contains(&name)
        || WATCHED.contains(&name)
        || ["VERBOSITY", "SHOW_CONTEXT", "SHOW_ALL_RESULTS"].contains(&name)
}

/// Variables that psql keeps when they are unset, at this value.
const KEPT: [(&str, &str); 4] = [
    ("AUTOCOMMIT", "off"),
    ("ON_ERROR_STOP", "off"),
    ("ON_ERROR_ROLLBACK", "off"),
    ("QUIET", "off"),
];

impl Default for VariableStore {
    /// As `psql --quiet --set ON_ERROR_STOP=1` begins.
    fn default() -> Self {
        let values = [
            ("AUTOCOMMIT", "on"),
            ("ECHO", "none"),
            ("ENCODING", "UTF8"),
            ("ERROR", "false"),
            ("FETCH_COUNT", "0"),
            ("LAST_ERROR_MESSAGE", ""),
            ("LAST_ERROR_SQLSTATE", "00000"),
            ("ON_ERROR_ROLLBACK", "off"),
            ("ON_ERROR_STOP", "1"),
            ("QUIET", "on"),
            ("ROW_COUNT", "0"),
            ("SHOW_CONTEXT", "errors"),
            ("SQLSTATE", "00000"),
            ("VERBOSITY", "default"),
        ];
        Self {
            values: values
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
            working_dir: PathBuf::from("."),
        }
    }
}

impl Variables for VariableStore {
    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    fn output(&self, command: &str) -> Result<String, String> {
        backticks::output(command, &self.working_dir)
    }
}

impl VariableStore {
    /// Those that a session begins with. Commands in backticks find files from `working_dir` on.
    pub fn new(working_dir: PathBuf) -> Self {
        Self {
            working_dir,
            ..Self::default()
        }
    }

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
        let tristate = TRISTATE.contains(&name);
        let mut value = value;
        if BOOLEAN.contains(&name) || tristate {
            // psql stores "on" for an empty value of its boolean variables.
            if value.is_empty() {
                value = "on";
            } else if parse_boolean(value).is_none()
                && !(tristate && value.eq_ignore_ascii_case("interactive"))
            {
                let expected = if tristate {
                    "Available values are: on, off, interactive."
                } else {
                    "Boolean expected"
                };
                return Err(format!(
                    "unrecognized value \"{value}\" for \"{name}\": {expected}"
                ));
            }
        }
        if name == "SINGLELINE" && parse_boolean(value) == Some(true) {
            return Err("SINGLELINE is not supported: end statements with semicolons".into());
        }
        self.values.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// Unsets a variable; those that psql cannot be without fall back to off.
    pub fn unset(&mut self, name: &str) {
        match KEPT.iter().find(|(kept, _)| *kept == name) {
            Some((_, value)) => self.values.insert(name.to_owned(), (*value).to_owned()),
            None => self.values.remove(name),
        };
    }

    /// Whether a boolean variable is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).and_then(parse_boolean).unwrap_or(false)
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
    fn a_boolean_variable_refuses_another_value_and_keeps_its_own() {
        let mut variables = VariableStore::default();
        assert!(variables.set("ON_ERROR_STOP", "perhaps").is_err());
        assert!(variables.is_on("ON_ERROR_STOP"));
        variables.unset("ON_ERROR_STOP");
        assert!(!variables.is_on("ON_ERROR_STOP"));
        variables.set("ON_ERROR_STOP", "").unwrap();
        assert!(variables.is_on("ON_ERROR_STOP"));
    }
}
