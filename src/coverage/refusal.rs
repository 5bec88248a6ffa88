//! What an error tells of the schema: which constraint, column or domain refused, and what a role had no right to.

use super::{Behaviour, Caught, Touch};
use crate::catalog::{Catalog, Kind, Object};
use crate::event::ServerMessage;

const INSUFFICIENT_PRIVILEGE: &str = "42501";

impl Touch {
    /// Reads an error that reached the client; none where it tells nothing of the schema.
    pub fn of_error(error: &ServerMessage) -> Option<Self> {
        let is_error = matches!(error.severity.as_str(), "ERROR" | "FATAL" | "PANIC");
        let is_refusal = error.code.starts_with("23") || error.code == INSUFFICIENT_PRIVILEGE;
        if !is_error || !is_refusal {
            return None;
        }
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        Some(Self::Caught(Caught {
            code: error.code.clone(),
            message: error.message.clone(),
            schema: part(&error.schema),
            table: part(&error.table),
            column: part(&error.column),
            datatype: part(&error.datatype),
            constraint: part(&error.constraint),
        }))
    }
}

impl Caught {
    /// The objects that refused, with what they did.
    pub fn refusals<'a>(&self, catalog: &'a Catalog) -> Vec<(&'a Object, Behaviour)> {
        let refused = [self.constraint(catalog), self.not_null(catalog)];
        let refused = refused.into_iter().flatten();
        let mut all: Vec<_> = refused.map(|it| (it, Behaviour::Rejects)).collect();
        all.extend(self.denied(catalog).map(|it| (it, Behaviour::Denies)));
        all
    }

    /// What a role was refused. The server's message has its kind and name, not its schema: none where the name fits
    /// several objects that somebody else than the owner may use.
    fn denied<'a>(&self, catalog: &'a Catalog) -> Option<&'a Object> {
        if self.code != INSUFFICIENT_PRIVILEGE {
            return None;
        }
        let words = self.message.strip_prefix("permission denied for ")?;
        let kinds = NAMED.iter().filter_map(|(kind, word)| {
            let name = words.strip_prefix(word)?.strip_prefix(' ')?;
            Some((*kind, name))
        });
        let mut found = kinds.flat_map(|(kind, name)| {
            // The server quotes nothing here.
            catalog
                .objects()
                .iter()
                .filter(move |it| it.name.kind == kind && it.name.name == name)
                .filter(|it| Behaviour::of(it).contains(&Behaviour::Denies))
        });
        found.next().filter(|_| found.next().is_none())
    }
}

/// How the server's messages call what has privileges.
const NAMED: [(Kind, &str); 9] = [
    (Kind::Table, "table"),
    (Kind::ForeignTable, "foreign table"),
    (Kind::View, "view"),
    (Kind::MaterializedView, "materialized view"),
    (Kind::Sequence, "sequence"),
    (Kind::Schema, "schema"),
    (Kind::Function, "function"),
    (Kind::Procedure, "procedure"),
    (Kind::Aggregate, "aggregate"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> Catalog {
        let object = |kind: &str, schema: &str, name: &str, oid: u32| {
            serde_json::json!({
                "name": {"kind": kind, "schema": schema, "parent": null, "name": name, "signature": null},
                "address": {"class": "pg_class", "oid": oid, "column": 0},
                "properties": {"privileges of reader": "SELECT"}, "definition": null, "made_at": null, "changed_at": null,
            })
        };
        let objects = [
            object("table", "a", "t", 1),
            object("table", "a", "u", 2),
            object("table", "b", "u", 3),
            object("view", "a", "two words", 4),
        ];
        serde_json::from_value(serde_json::json!({"aliases": [], "objects": objects})).unwrap()
    }

    fn refused(code: &str, message: &str) -> Vec<String> {
        let error = ServerMessage {
            severity: "ERROR".into(),
            code: code.into(),
            message: message.into(),
            ..ServerMessage::default()
        };
        let Some(Touch::Caught(caught)) = Touch::of_error(&error) else {
            return Vec::new();
        };
        let catalog = catalog();
        let refusals = caught.refusals(&catalog);
        let words = refusals
            .iter()
            .map(|(object, behaviour)| format!("{} {behaviour}", object.name));
        words.collect()
    }

    #[test]
    fn a_refused_privilege_is_the_objects_of_which_there_is_one() {
        let expected = ["table a.t denies"];
        assert_eq!(refused("42501", "permission denied for table t"), expected);
        let expected = [r#"view a."two words" denies"#];
        assert_eq!(
            refused("42501", "permission denied for view two words"),
            expected
        );
        for message in [
            "permission denied for table u",
            "permission denied for table nothing",
            "must be owner of table t",
            "new row violates row-level security policy for table \"t\"",
        ] {
            assert_eq!(refused("42501", message), Vec::<String>::new(), "{message}");
        }
        assert_eq!(
            refused("P0001", "permission denied for table t"),
            Vec::<String>::new()
        );
    }
}
