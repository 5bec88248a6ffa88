//! The catalog: every schema object of a project with its properties, as values.
//!
//! An [`Object`] has a [name](ObjectName) that stays the same over dumps, reloads and versions of the server, an
//! [address](Address) by which a running server knows it, and [properties](Property), each with its value as the server
//! writes it. A [`Catalog`] is all of them, found by name, by address, or by what an error of the server tells.
//!
//! Left out are the server's own objects, members of extensions (an extension itself is an object), whatever pgTAP
//! brings, temporary objects, and what belongs to these. The schema `public` counts as the project's.

mod kind;
mod name;
mod object;
mod property;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

pub use kind::{Kind, UnknownKind};
pub use name::ObjectName;
pub use object::{Address, Class, Object, Place};
pub use property::{Property, UnknownProperty};

/// The schema objects of a database, in the order of their names.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Object>", into = "Vec<Object>")]
pub struct Catalog {
    objects: Vec<Object>,
    addresses: HashMap<Address, usize>,
}

impl Catalog {
    /// All objects, in the order of their names: by kind, then by schema.
    pub fn objects(&self) -> &[Object] {
        &self.objects
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

    /// The constraint that an error of the server tells of, by schema, relation and constraint; for a unique index that
    /// is no constraint it tells the index.
    pub fn constraint(&self, schema: &str, relation: &str, constraint: &str) -> Option<&Object> {
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

impl From<Vec<Object>> for Catalog {
    fn from(mut objects: Vec<Object>) -> Self {
        objects.sort_by(|left, right| left.name.cmp(&right.name));
        let addresses = objects.iter().enumerate();
        let addresses = addresses.map(|(at, object)| (object.address, at)).collect();
        Self { objects, addresses }
    }
}

impl From<Catalog> for Vec<Object> {
    fn from(catalog: Catalog) -> Self {
        catalog.objects
    }
}
