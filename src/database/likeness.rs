//! The likeness of a database: its schema objects and its rows, to be compared with what it is like later.

use std::sync::Arc;

use super::{DatabaseError, Digest};
use crate::catalog::{Catalog, Difference, Kind, Property, Reader, differences};
use crate::event::Loss;
use crate::session::{Connection, Pgtap};

/// What a database is like at one moment.
#[derive(Debug, Clone)]
pub struct Likeness {
    catalog: Arc<Catalog>,
    digest: Arc<Digest>,
}

impl Likeness {
    /// Takes it.
    ///
    /// # Errors
    /// The server's error.
    pub fn take(
        session: &mut Connection,
        reader: &mut Reader,
        pgtap: &Pgtap,
    ) -> Result<Self, DatabaseError> {
        Ok(Self {
            catalog: Arc::new(reader.read(session, pgtap)?),
            digest: Arc::new(Digest::take(session)?),
        })
    }

    /// What of the schema is not as it was, a line each; `self` is what it was. The order of columns counts for nothing: a column
    /// that was dropped comes back as the last one. Neither do blanks in the bodies of functions.
    pub fn schema_differences(&self, later: &Self) -> Vec<String> {
        differences(&self.catalog, &later.catalog)
            .iter()
            .filter_map(in_words)
            .collect()
    }

    /// What of the rows is lost, or another, later.
    pub fn losses(&self, later: &Self) -> Vec<Loss> {
        self.digest.losses(&later.digest)
    }
}

fn in_words(difference: &Difference) -> Option<String> {
    Some(match difference {
        Difference::Added(name) => format!("there is {name}, which was not there"),
        Difference::Removed(name) => format!("{name} is not there any more"),
        Difference::Changed {
            name,
            property: Property::Position,
            ..
        } if name.kind == Kind::Column => return None,
        Difference::Changed {
            name,
            property: Property::Body,
            before: Some(before),
            after: Some(after),
        } => {
            if before.split_whitespace().eq(after.split_whitespace()) {
                return None;
            }
            format!("{name}: its body is another")
        }
        Difference::Changed {
            name,
            property,
            before,
            after,
        } => {
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".into());
            format!(
                "{name}: {property} was {}, and is {}",
                value(before),
                value(after)
            )
        }
    })
}
