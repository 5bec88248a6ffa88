//! Databases where pgTAP tells.

use pgassay::database::{Telling, let_pgtap_tell};

use crate::place::Place;

impl Place {
    /// A database where pgTAP tells.
    pub(crate) fn telling_database(&self, name: &str, schema: &str) -> Telling {
        let_pgtap_tell(&mut self.database_with_pgtap(name, schema)).unwrap()
    }
}
