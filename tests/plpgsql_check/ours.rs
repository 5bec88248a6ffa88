//! What coverage saw of functions.

use std::collections::BTreeMap;

use pgassay::catalog::{self, Catalog, Place as Line};
use pgassay::coverage::{CoveredLogic, Logic, Measure, Touch};
use pgassay::database::{bundled_pgtap, let_schema_tell};
use pgassay::session::Connection;

use crate::profile::{SIGNATURE, whole};

/// A database whose functions tell.
pub(crate) struct Telling {
    pub(crate) catalog: Catalog,
    pub(crate) logic: BTreeMap<u32, Logic>,
    signatures: BTreeMap<u32, String>,
}

impl Telling {
    /// Makes the functions of a database tell.
    pub(crate) fn make(connection: &mut Connection) -> Self {
        let catalog = catalog::read(connection, &bundled_pgtap()).unwrap();
        let logic = let_schema_tell(connection, &catalog).unwrap().logic;
        let signatures = connection
            .rows(&format!("SELECT p.oid, {SIGNATURE} FROM pg_proc p"))
            .unwrap();
        let signatures = signatures.into_iter().map(|row| {
            let [oid, signature] = whole(row);
            (oid.parse().unwrap(), signature)
        });
        Self {
            signatures: signatures.collect(),
            catalog,
            logic,
        }
    }

    /// What these touches tell of the functions, by their signatures.
    pub(crate) fn covered<'t>(
        &self,
        touches: impl IntoIterator<Item = &'t Touch>,
    ) -> BTreeMap<String, CoveredLogic> {
        let mut measure = Measure::new(&self.catalog, &self.logic);
        let line = Line {
            file: "t.sql".into(),
            line: 1,
        };
        for touch in touches {
            measure.take(touch, &line);
        }
        let objects = measure.objects().into_iter();
        let covered = objects.filter_map(|it| {
            let signature = self.signatures.get(&it.object.address.oid)?;
            Some((signature.clone(), it.logic?))
        });
        covered.collect()
    }
}
