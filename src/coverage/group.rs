//! A group is what people look at in one view: a relation with its columns, constraints and triggers, a type with its
//! parts, the routines of one name, or all other objects of one kind.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::exclusion::schema_of;
use crate::catalog::{Kind, ObjectName};

/// What sort of view a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A schema itself.
    Schema,
    /// A table, view or sequence and what belongs to it.
    Relation,
    /// The functions, procedures and aggregates of one name.
    Routine,
    /// A type and what belongs to it.
    Type,
    /// All objects of another kind in one schema, or in none.
    Kind,
}

/// Which view an object belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// The schema; none for what lies in none.
    pub schema: Option<String>,
    /// What sort of view it is.
    pub class: Class,
    /// The relation's, type's, routine's or schema's name, or what several objects of the kind are called.
    pub name: String,
}

impl Group {
    /// The group of an object. A part belongs to what is called like its parent: to a type, if it is among `types`
    /// (schema and name).
    pub fn of(name: &ObjectName, types: &BTreeSet<(&str, &str)>) -> Self {
        let schema = schema_of(name);
        let owner = match (schema, name.parent.as_deref()) {
            (Some(schema), Some(parent)) if types.contains(&(schema, parent)) => {
                Some((Class::Type, parent))
            }
            (Some(_), Some(parent)) => Some((Class::Relation, parent)),
            _ if name.kind == Kind::Schema => Some((Class::Schema, name.name.as_str())),
            _ if name.kind.is_relation() => Some((Class::Relation, name.name.as_str())),
            _ if name.kind.is_routine() => Some((Class::Routine, name.name.as_str())),
            _ if is_type(name.kind) => Some((Class::Type, name.name.as_str())),
            _ => None,
        };
        let (class, own) = owner.unwrap_or((Class::Kind, name.kind.plural()));
        Self {
            schema: schema.map(str::to_owned),
            class,
            name: own.to_owned(),
        }
    }
}

/// Whether it is a type that has parts, or a view of its own.
pub(super) fn is_type(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Enum | Kind::Domain | Kind::CompositeType | Kind::RangeType | Kind::BaseType
    )
}
