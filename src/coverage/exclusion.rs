//! Exclusions: schema objects that are left out of the figures, each for a reason that people read. They stay in the
//! report.

use regex::Regex;

use crate::catalog::{Kind, ObjectName};

/// A pattern for an object's path (`app.orders.total`): `*` is any text, dots among it, `?` any one character; all
/// else stands for itself. Letter case matters.
#[derive(Debug, Clone)]
pub struct PathPattern {
    text: String,
    regex: Regex,
}

/// A pattern that is too long to be worked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the pattern is too long: {0} bytes")]
pub struct PatternError(usize);

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it is far longer than any path.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut regex = String::from("(?s)^");
        for character in text.chars() {
            match character {
                '*' => regex.push_str(".*"),
                '?' => regex.push('.'),
                other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
            }
        }
        regex.push('$');
        let regex = Regex::new(&regex).map_err(|_| PatternError(text.len()))?;
        Ok(Self {
            text: text.to_owned(),
            regex,
        })
    }

    /// Whether a path is meant.
    pub fn is_match(&self, path: &str) -> bool {
        self.regex.is_match(path)
    }

    /// The pattern as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for PathPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for PathPattern {}

/// Which schema objects are meant: those for which all that is given holds. With nothing given, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// The schema, by its name; the schema itself is meant too.
    pub schema: Option<String>,
    /// The kind.
    pub kind: Option<Kind>,
    /// The path. What matches a relation or type means its parts too: columns, constraints, indexes, triggers, policies.
    pub object: Option<PathPattern>,
}

impl Selector {
    /// Whether an object is meant.
    pub fn selects(&self, name: &ObjectName) -> bool {
        let is_path = |pattern: &PathPattern| {
            pattern.is_match(&name.path())
                || name.parent.as_ref().is_some_and(|parent| {
                    let owner = ObjectName {
                        kind: Kind::Table,
                        schema: name.schema.clone(),
                        parent: None,
                        name: parent.clone(),
                        signature: None,
                    };
                    pattern.is_match(&owner.path())
                })
        };
        self.kind.is_none_or(|kind| kind == name.kind)
            && (self.schema.as_deref()).is_none_or(|schema| schema_of(name) == Some(schema))
            && self.object.as_ref().is_none_or(is_path)
    }
}

impl std::fmt::Display for Selector {
    /// `functions of schema app`, `indexes that match app.old_*`, `all objects`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.kind {
            Some(kind) => kind.plural(),
            None if self.schema.is_some() || self.object.is_some() => "objects",
            None => "all objects",
        })?;
        if let Some(schema) = &self.schema {
            write!(f, " of schema {schema}")?;
        }
        if let Some(pattern) = &self.object {
            write!(f, " that match {}", pattern.text())?;
        }
        Ok(())
    }
}

/// Objects that are left out of the figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// Which.
    pub objects: Selector,
    /// Why, for people.
    pub reason: String,
}

/// The schema that an object counts for: the one that it lies in, or itself where it is one.
pub fn schema_of(name: &ObjectName) -> Option<&str> {
    match name.kind {
        Kind::Schema => Some(&name.name),
        _ => name.schema.as_deref(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn path(pattern: &str) -> Selector {
        Selector {
            object: Some(PathPattern::parse(pattern).unwrap()),
            ..Selector::default()
        }
    }

    #[test]
    fn a_path_means_its_parts_too_and_stars_go_over_dots() {
        let column = ObjectName::part(Kind::Column, "app", "orders", "total");
        let index = ObjectName::part(Kind::Index, "app", "orders", "orders_total");
        for (pattern, of_column, of_index) in [
            ("app.orders", true, true),
            ("app.orders.total", true, false),
            ("app.orders_total", false, true),
            ("app.*", true, true),
            ("*.total", true, false),
            ("app.order?", true, true),
            ("app", false, false),
            ("app.order", false, false),
            ("app_orders", false, false),
        ] {
            assert_eq!(path(pattern).selects(&column), of_column, "{pattern}");
            assert_eq!(path(pattern).selects(&index), of_index, "{pattern}");
        }
    }

    #[test]
    fn all_that_is_given_must_hold() {
        let selector = Selector {
            schema: Some("app".into()),
            kind: Some(Kind::Index),
            object: None,
        };
        assert!(selector.selects(&ObjectName::part(Kind::Index, "app", "t", "i")));
        assert!(!selector.selects(&ObjectName::part(Kind::Index, "other", "t", "i")));
        assert!(!selector.selects(&ObjectName::part(Kind::Column, "app", "t", "i")));
        assert_eq!(selector.to_string(), "indexes of schema app");
    }

    #[test]
    fn a_schema_is_among_the_objects_of_itself() {
        let selector = Selector {
            schema: Some("app".into()),
            ..Selector::default()
        };
        assert!(selector.selects(&ObjectName::new(Kind::Schema, "app")));
        assert!(!selector.selects(&ObjectName::new(Kind::Role, "app")));
    }
}
