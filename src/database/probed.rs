//! The template made to tell coverage what tests do with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::{DatabaseError, Preparation, bundled_pgtap, let_pgtap_tell, let_schema_tell};
use crate::catalog::{self, Catalog, Class, Place};
use crate::coverage::Logic;
use crate::event::Stage;
use crate::session::conninfo::ConnInfo;

/// What is known of a template that tells coverage what tests do with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// Its schema objects, as they were before the probes came in, with the lines of scripts that made them.
    pub catalog: Catalog,
    /// These scripts, as places name them, each with the SHA-256 of its contents in hexadecimal.
    pub scripts: BTreeMap<String, String>,
    /// What cannot be seen, in words.
    pub unseen: Vec<String>,
    /// What of each function and procedure in SQL and PL/pgSQL there is to see, by its row in `pg_proc`.
    pub logic: BTreeMap<u32, Logic>,
    /// The statements that may have given each of these its body, by the same rows, the last one first.
    pub changes: BTreeMap<u32, Vec<Place>>,
}

impl Preparation<'_> {
    /// Reads the catalog of the database, and makes pgTAP tell what it asserts and the schema what it does.
    pub(super) fn probe(
        &self,
        as_admin: &ConnInfo,
        stage: &mut dyn FnMut(Stage),
    ) -> Result<Probed, DatabaseError> {
        let began = Instant::now();
        let mut admin = self.connect(as_admin, "open the database that becomes the template")?;
        let is_superuser = admin
            .value("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user")
            .map_err(DatabaseError::query("ask whether coverage can be measured"))?;
        if is_superuser.as_deref() != Some("t") {
            return Err(DatabaseError::CoverageForbidden {
                role: self.admin.user.clone(),
            });
        }
        let pgtap = self.surroundings.pgtap.clone();
        let pgtap = pgtap.unwrap_or_else(|| Arc::new(bundled_pgtap()));
        let mut catalog = catalog::read(&mut admin, &pgtap)?;
        let mut scripts = BTreeMap::new();
        let mut changes = BTreeMap::new();
        if let Some(history) = self.history {
            let history = history.borrow();
            catalog.place(&history);
            scripts.clone_from(history.files());
            let routines = catalog.objects().iter().map(|it| it.address);
            let routines = routines.filter(|it| it.class == Class::Routine);
            changes.extend(routines.map(|it| (it.oid, history.statements(it))));
        }
        if !self.owner_login {
            catalog.drop_roles_of_others();
        }
        let telling = let_pgtap_tell(&mut admin).map_err(DatabaseError::query(
            "make pgTAP tell coverage of its calls",
        ))?;
        let exercising = let_schema_tell(&mut admin, &catalog).map_err(DatabaseError::query(
            "make the schema tell coverage what it does",
        ))?;
        let mut unseen = telling.unknown;
        let whys = exercising.unseen.iter();
        unseen.extend(whys.map(|(object, why)| format!("{object}: {why}")));
        if telling.told == 0 {
            unseen.push("no assertions: the template holds no pgTAP".to_owned());
        }
        stage(Stage {
            what: "coverage probes".to_owned(),
            elapsed: began.elapsed(),
        });
        Ok(Probed {
            catalog,
            scripts,
            unseen,
            logic: exercising.logic,
            changes,
        })
    }
}
