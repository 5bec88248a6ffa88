//! A connection string with places for variables of the environment: `${NAME}` and `${NAME:-default}`.

use std::ops::Range;

use super::document::Entry;
use super::environment::Environment;
use super::error::SettingsError;
use super::origin::{Origin, Said};
use crate::session::conninfo::{Secret, percent_encoded};

/// A connection string that may need variables. It is never shown: what stands in it may be a password.
#[derive(Debug, Clone)]
pub struct UrlTemplate {
    /// Where it stands.
    pub origin: Origin,
    text: Secret,
    places: Vec<Variable>,
}

/// A place for a variable.
#[derive(Clone)]
struct Variable {
    /// Where it stands in the text, in bytes.
    range: Range<usize>,
    name: String,
    default: Option<Secret>,
    /// Whether its value is a user or a password of a URL, in which other characters mean something.
    is_encoded: bool,
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "${{{}}}", self.name)
    }
}

impl UrlTemplate {
    /// Reads what an entry says.
    pub(super) fn read(entry: &Entry<'_>, said: Said<Secret>) -> Result<Self, SettingsError> {
        let text = said.value.expose();
        let places = variables(text).map_err(|reason| entry.refused("***", reason))?;
        Ok(Self {
            places,
            origin: said.origin,
            text: said.value,
        })
    }

    /// It with the values of its variables; an empty one counts as not set. `name` is the environment's.
    pub(super) fn fill(
        &self,
        name: &str,
        environment: &Environment,
    ) -> Result<Secret, SettingsError> {
        self.fill_or(name, environment, None)
    }

    /// The names of the variables that it needs and that are not set.
    pub(super) fn unset(&self, environment: &Environment) -> Vec<String> {
        let unset = self
            .places
            .iter()
            .filter(|place| place.default.is_none() && environment.variable(&place.name).is_none());
        unset.map(|place| place.name.clone()).collect()
    }

    /// Whether it begins with a variable that is not set, which then may hold all of the URL.
    pub(super) fn begins_unset(&self, environment: &Environment) -> bool {
        let first = self.places.first().filter(|place| place.range.start == 0);
        first.is_some_and(|place| {
            place.default.is_none() && environment.variable(&place.name).is_none()
        })
    }

    /// The same with `stand_in` for variables that are not set.
    pub(super) fn fill_or(
        &self,
        name: &str,
        environment: &Environment,
        stand_in: Option<&str>,
    ) -> Result<Secret, SettingsError> {
        let text = self.text.expose();
        let mut filled = String::new();
        let mut from = 0;
        for place in &self.places {
            filled.push_str(text.get(from..place.range.start).unwrap_or_default());
            from = place.range.end;
            let value = match (environment.variable(&place.name), &place.default) {
                (Some(value), _) => value.to_str().ok_or_else(|| SettingsError::Variable {
                    origin: self.origin.clone(),
                    variable: place.name.clone(),
                    environment: name.to_owned(),
                    reason: "is not UTF-8",
                    advice: String::new(),
                })?,
                (None, Some(default)) => default.expose(),
                (None, None) if stand_in.is_some() => stand_in.unwrap_or_default(),
                (None, None) => {
                    return Err(SettingsError::Variable {
                        origin: self.origin.clone(),
                        variable: place.name.clone(),
                        environment: name.to_owned(),
                        reason: "is not set",
                        advice: format!("; set it, or write a default: `${{{}:-…}}`", place.name),
                    });
                }
            };
            if place.is_encoded {
                filled.push_str(&percent_encoded(value));
            } else {
                filled.push_str(value);
            }
        }
        filled.push_str(text.get(from..).unwrap_or_default());
        Ok(Secret::new(filled))
    }
}

/// The places for variables; an error says what is wrong with one, without the text.
fn variables(text: &str) -> Result<Vec<Variable>, String> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(begin) = text[from..].find("${").map(|at| from + at) {
        let inner = begin + 2;
        let Some(end) = text[inner..].find('}').map(|at| inner + at) else {
            return Err("a `${` has no `}` behind it".to_owned());
        };
        let said = &text[inner..end];
        let (name, default) = match said.split_once(":-") {
            Some((name, default)) => (name, Some(Secret::new(default))),
            None => (said, None),
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty()
            || !name.chars().all(is_plain)
            || name.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(
                "between `${` and `}` stands the name of a variable (letters, digits and `_`), or `NAME:-default`".to_owned(),
            );
        }
        places.push(Variable {
            range: begin..end + 1,
            name: name.to_owned(),
            default,
            is_encoded: false,
        });
        from = end + 1;
    }
    let user = user_of_url(text, &places);
    for place in &mut places {
        place.is_encoded = user.contains(&place.range.start);
    }
    Ok(places)
}

/// Where the user and password of a URL stand: before the first `@` that is no part of a variable's default.
fn user_of_url(text: &str, places: &[Variable]) -> Range<usize> {
    let Some(begin) = text.find("://").map(|at| at + 3) else {
        return 0..0;
    };
    let is_of_variable = |at: usize| places.iter().any(|place| place.range.contains(&at));
    let first = text
        .match_indices(['@', '/', '?'])
        .find(|(at, _)| *at >= begin && !is_of_variable(*at));
    match first {
        Some((at, "@")) => begin..at,
        _ => 0..0,
    }
}
