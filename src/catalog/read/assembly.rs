//! From rows to objects: what a row is, it says by itself.

use std::collections::{BTreeMap, HashMap};

use super::ReadError;
use super::selection::FIRST_PROPERTY;
use crate::catalog::{Address, Catalog, Class, Kind, Object, ObjectName, Property};
use crate::session::Row;

/// The word in the place of a kind for something that has a name and is no object: its signature is the OID of what it
/// stands for.
const ALIAS: &str = "alias";

/// Makes a catalog of rows. Rows without a kind bring properties of objects that have a row of their own; of those that
/// have none, because they are left out, nobody asks.
pub(super) fn catalog(rows: Vec<Row>) -> Result<Catalog, ReadError> {
    let words = Words::new();
    let mut catalog = Catalog::default();
    let mut additions = Vec::new();
    let mut aliases = Vec::new();
    for row in rows {
        match words.item(&row) {
            Some(Item::Object(object)) => catalog.objects.push(*object),
            Some(Item::Alias(alias)) => aliases.push(alias),
            Some(Item::Addition(address, properties)) => additions.push((address, properties)),
            Some(Item::Unknown) => {}
            None => return Err(ReadError::Row(row)),
        }
    }
    let places: HashMap<Address, usize> = (catalog.objects.iter())
        .enumerate()
        .map(|(place, object)| (object.address, place))
        .collect();
    for (address, properties) in additions {
        if let Some(place) = places.get(&address) {
            catalog.objects[*place].properties.extend(properties);
        }
    }
    let origins: HashMap<Address, Address> =
        aliases.iter().map(|it| (it.address, it.origin)).collect();
    for alias in aliases {
        let mut origin = alias.origin;
        while let Some(further) = origins.get(&origin) {
            origin = *further;
        }
        if let Some(place) = places.get(&origin) {
            let name = catalog.objects[*place].name.clone();
            catalog.aliases.push((alias.constraint, name));
        }
    }
    Ok(catalog)
}

/// A constraint that stands for another one of its table.
struct Alias {
    address: Address,
    origin: Address,
    constraint: (String, String, String),
}

enum Item {
    Object(Box<Object>),
    Alias(Alias),
    Addition(Address, BTreeMap<Property, String>),
    /// Of a catalog whose rows are no objects.
    Unknown,
}

/// What the words in rows mean.
struct Words {
    classes: HashMap<&'static str, Class>,
    kinds: HashMap<&'static str, Kind>,
    properties: HashMap<&'static str, Property>,
}

impl Words {
    fn new() -> Self {
        let classes = Class::ALL.iter().map(|class| (class.table(), *class));
        let kinds = Kind::ALL.iter().map(|kind| (kind.singular(), *kind));
        let properties = Property::PLAIN.iter().map(|it| (it.word(), it.clone()));
        Self {
            classes: classes.collect(),
            kinds: kinds.collect(),
            properties: properties.collect(),
        }
    }

    /// Takes a row apart; none where it makes no sense.
    fn item(&self, row: &Row) -> Option<Item> {
        let [
            class,
            oid,
            column,
            kind,
            schema,
            parent,
            name,
            signature,
            definition,
        ] = row.get(..FIRST_PROPERTY)?
        else {
            return None;
        };
        let Some(class) = self.classes.get(class.as_deref()?) else {
            return Some(Item::Unknown);
        };
        let address = Address {
            class: *class,
            oid: oid.as_deref()?.parse().ok()?,
            column: column.as_deref()?.parse().ok()?,
        };
        let properties = self.properties(row.get(FIRST_PROPERTY..)?)?;
        let Some(kind) = kind else {
            return Some(Item::Addition(address, properties));
        };
        if kind == ALIAS {
            let origin = signature.as_deref()?.parse().ok()?;
            return Some(Item::Alias(Alias {
                address,
                origin: Address::new(*class, origin),
                constraint: (schema.clone()?, parent.clone()?, name.clone()?),
            }));
        }
        Some(Item::Object(Box::new(Object {
            name: ObjectName {
                kind: *self.kinds.get(kind.as_str())?,
                schema: schema.clone(),
                parent: parent.clone(),
                name: name.clone()?,
                signature: signature.clone(),
            },
            address,
            properties,
            definition: definition.clone(),
            made_at: None,
            changed_at: None,
        })))
    }

    fn properties(&self, cells: &[Option<String>]) -> Option<BTreeMap<Property, String>> {
        let mut properties = BTreeMap::new();
        for pair in cells.chunks(2) {
            let [word, value] = pair else { return None };
            let word = word.as_deref()?;
            if let Some(value) = value {
                let property = match self.properties.get(word) {
                    Some(property) => property.clone(),
                    // About one role.
                    None => word.parse().ok()?,
                };
                properties.insert(property, value.clone());
            }
        }
        Some(properties)
    }
}
