//! The catalog: every schema object of a project with its properties, as values.
//!
//! An [`Object`] has a [name](ObjectName) that stays the same over dumps, reloads and versions of the server, an
//! [address](Address) by which a running server knows it, and [properties](Property), each with its value as the server
//! writes it. A [`Catalog`] is all of them, found by name, by address, or by what an error of the server tells.
//!
//! Left out are the server's own objects, members of extensions (an extension itself is an object), whatever pgTAP
//! brings, temporary objects, and what belongs to these. The schema `public` counts as the project's.

mod compare;
mod history;
mod kind;
mod name;
mod object;
mod property;
mod read;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

pub use compare::{Difference, differences};
pub use history::History;
pub use kind::{Kind, UnknownKind};
pub use name::ObjectName;
pub use object::{Address, Class, Object, Place};
pub use property::{Property, UnknownProperty};
pub use read::{ReadError, Reader, read};

/// The schema objects of a database, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Catalog {
    objects: Vec<Object>,
    addresses: HashMap<Address, usize>,
    /// Constraints that errors tell of and that stand for others, by schema, relation and name.
    aliases: Vec<(Constraint, ObjectName)>,
}

/// What of a catalog is kept; the rest is made of it.
#[derive(Serialize, Deserialize)]
struct Stored {
    objects: Vec<Object>,
    aliases: Vec<(Constraint, ObjectName)>,
}

/// Schema, relation and name.
type Constraint = (String, String, String);

impl Catalog {
    /// All objects, in the order of their names: by kind, then by schema.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Drops the roles that no script is known to have made: those of a server that others use too.
    pub fn drop_roles_of_others(&mut self) {
        let mut stored = Stored::from(std::mem::take(self));
        stored
            .objects
            .retain(|it| it.name.kind != Kind::Role || it.made_at.is_some());
        *self = Self::from(stored);
    }

    /// The object of this name.
    pub fn get(&self, name: &ObjectName) -> Option<&Object> {
        let found = self
            .objects
            .binary_search_by(|object| object.name.cmp(name));
        found.ok().map(|at| &self.objects[at])
    }

    /// The object at this address.
    pub fn at(&self, address: Address) -> Option<&Object> {
        self.addresses.get(&address).map(|at| &self.objects[*at])
    }

    /// The constraint that an error of the server tells of, by schema, relation and constraint. For a unique index that
    /// is no constraint it tells the index, and where a partition is referred to, a name that the server made up.
    pub fn constraint(&self, schema: &str, relation: &str, constraint: &str) -> Option<&Object> {
        let alias = self.aliases.iter().find(|((in_schema, of, name), _)| {
            in_schema == schema && of == relation && name == constraint
        });
        if let Some((_, name)) = alias {
            return self.get(name);
        }
        let constraints = Kind::ALL.iter().filter(|kind| kind.is_constraint());
        constraints
            .chain([&Kind::Index])
            .find_map(|kind| self.get(&ObjectName::part(*kind, schema, relation, constraint)))
    }

    /// The objects of this kind, schema and name, whatever their parents and signatures: the overloads of a function, an
    /// index whose table one does not know.
    pub fn named<'a>(
        &'a self,
        kind: Kind,
        schema: Option<&'a str>,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Object> {
        let wanted =
            move |object: &ObjectName| (object.kind, object.schema.as_deref()).cmp(&(kind, schema));
        let begin = self.objects.partition_point(|it| wanted(&it.name).is_lt());
        let rest = self.objects[begin..].iter();
        rest.take_while(move |it| wanted(&it.name).is_eq())
            .filter(move |it| it.name.name == name)
    }

    /// The parts of a relation or type, its indexes among them.
    pub fn parts_of<'a>(
        &'a self,
        schema: &'a str,
        relation: &'a str,
    ) -> impl Iterator<Item = &'a Object> {
        self.objects.iter().filter(move |object| {
            !object.name.kind.is_relation() && object.relation() == Some((schema, relation))
        })
    }
}

impl Catalog {
    /// Puts the objects in order and notes where they are.
    fn index(&mut self) {
        self.objects
            .sort_by(|left, right| left.name.cmp(&right.name));
        let addresses = self.objects.iter().enumerate();
        self.addresses = addresses.map(|(at, object)| (object.address, at)).collect();
    }
}

impl From<Stored> for Catalog {
    fn from(stored: Stored) -> Self {
        let mut catalog = Self {
            objects: stored.objects,
            addresses: HashMap::new(),
            aliases: stored.aliases,
        };
        catalog.index();
        catalog
    }
}

impl From<Catalog> for Stored {
    fn from(catalog: Catalog) -> Self {
        Self {
            objects: catalog.objects,
            aliases: catalog.aliases,
        }
    }
}
