//! What differs between two catalogs.

use std::cmp::Ordering;

use super::{Catalog, Object, ObjectName, Property};

/// One difference between a catalog and a later or another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Only the other one has it.
    Added(ObjectName),
    /// The other one does not have it.
    Removed(ObjectName),
    /// Both have it, and a property has another value; none is that it has no value.
    Changed {
        /// The object.
        name: ObjectName,
        /// What of it is different.
        property: Property,
        /// The value.
        before: Option<String>,
        /// The other one's value.
        after: Option<String>,
    },
}

/// The differences between two catalogs, in the order of names. Addresses and places are no part of a schema.
pub fn differences(before: &Catalog, after: &Catalog) -> Vec<Difference> {
    let mut differences = Vec::new();
    let (mut left, mut right) = (before.objects().iter(), after.objects().iter());
    let (mut old, mut new) = (left.next(), right.next());
    loop {
        let order = match (old, new) {
            (None, None) => return differences,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.name.cmp(&new.name),
        };
        match (order, old, new) {
            (Ordering::Less, Some(it), _) => differences.push(Difference::Removed(it.name.clone())),
            (Ordering::Greater, _, Some(it)) => {
                differences.push(Difference::Added(it.name.clone()));
            }
            (_, Some(old), Some(new)) => differences.extend(changes(old, new)),
            _ => {}
        }
        if order.is_le() {
            old = left.next();
        }
        if order.is_ge() {
            new = right.next();
        }
    }
}

fn changes(old: &Object, new: &Object) -> Vec<Difference> {
    let mut properties: Vec<&Property> = old.properties.keys().collect();
    properties.extend(new.properties.keys());
    properties.sort();
    properties.dedup();
    let changed = properties
        .into_iter()
        .filter(|it| old.properties.get(it) != new.properties.get(it));
    changed
        .map(|property| Difference::Changed {
            name: new.name.clone(),
            property: property.clone(),
            before: old.properties.get(property).cloned(),
            after: new.properties.get(property).cloned(),
        })
        .collect()
}
