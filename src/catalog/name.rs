use std::fmt;

use serde::{Deserialize, Serialize};

use super::Kind;

/// Which schema object: an identity that stays the same over dumps, reloads and versions of the server.
///
/// `Display` writes it as people do, with its kind; [`ObjectName::path`] without: `column app.policies.kind`,
/// `function app.quote(integer, text)`, `operator class app.by_length using btree`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectName {
    /// Of which kind it is.
    pub kind: Kind,
    /// The schema it lies in, which is its parent's where it has one; none for what lies in no schema.
    pub schema: Option<String>,
    /// The relation or type that it is a part of: of columns, constraints, indexes, triggers, rules and policies. Of a
    /// user mapping, the server.
    pub parent: Option<String>,
    /// Its own name, unquoted; empty for the database, of which there is one. A cast is called `from AS to`.
    pub name: String,
    /// What tells it from its namesakes: the types of a routine's input arguments or of an operator's operands
    /// (`integer, text`), the access method of an operator class or family, the language of a transform, the objects
    /// that default privileges are for. Types are written as the server does with an empty `search_path`.
    pub signature: Option<String>,
}

impl ObjectName {
    /// A name without schema, parent and signature.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self {
            kind,
            schema: None,
            parent: None,
            name: name.into(),
            signature: None,
        }
    }

    /// The name of something in a schema.
    pub fn in_schema(kind: Kind, schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: Some(schema.into()),
            ..Self::new(kind, name)
        }
    }

    /// The name of a part of a relation or type.
    pub fn part(
        kind: Kind,
        schema: impl Into<String>,
        parent: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        Self {
            parent: Some(parent.into()),
            ..Self::in_schema(kind, schema, name)
        }
    }

    /// The same with a signature: `integer, text` for a function.
    #[must_use]
    pub fn with_signature(self, signature: impl Into<String>) -> Self {
        Self {
            signature: Some(signature.into()),
            ..self
        }
    }

    /// The name without the kind: `app.policies.kind`, `app.quote(integer, text)`.
    pub fn path(&self) -> String {
        let signature = self.signature.as_deref();
        let mut path = match self.kind {
            Kind::Cast => return format!("({})", self.name),
            Kind::Transform => {
                return format!(
                    "for {} language {}",
                    self.name,
                    signature.unwrap_or_default()
                );
            }
            Kind::DefaultPrivileges => {
                let schema = self.schema.as_ref();
                let schema = schema.map(|schema| format!(" in schema {}", identifier(schema)));
                return format!(
                    "for {}{} on {}",
                    identifier(&self.name),
                    schema.unwrap_or_default(),
                    signature.unwrap_or_default()
                );
            }
            Kind::UserMapping => {
                return format!(
                    "for {} on {}",
                    identifier(&self.name),
                    identifier(self.parent.as_deref().unwrap_or_default())
                );
            }
            _ => String::new(),
        };
        // People know an index by its schema.
        let parent = self.parent.as_ref().filter(|_| self.kind != Kind::Index);
        for part in self.schema.iter().chain(parent) {
            path.push_str(&identifier(part));
            path.push('.');
        }
        match self.kind {
            // An operator's name is never quoted.
            Kind::Operator => path.push_str(&self.name),
            Kind::Database => {}
            _ => path.push_str(&identifier(&self.name)),
        }
        match (self.kind, signature) {
            (_, None) => {}
            (Kind::OperatorClass | Kind::OperatorFamily, Some(method)) => {
                path.push_str(" using ");
                path.push_str(&identifier(method));
            }
            (_, Some(types)) => path.push_str(&format!("({types})")),
        }
        path
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        let blank = if path.is_empty() { "" } else { " " };
        write!(f, "{}{blank}{path}", self.kind)
    }
}

/// An identifier as people write it: quoted where it holds something that would not stay as it is. A reserved word is
/// left as it is; nobody reads it amiss behind a schema or a kind.
pub(super) fn identifier(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next();
    let is_plain = first.is_some_and(|it| it.is_ascii_lowercase() || it == '_')
        && characters
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '_' | '$'));
    if is_plain {
        name.to_owned()
    } else {
        crate::script::quote_identifier(name)
    }
}
