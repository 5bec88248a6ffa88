//! What the functions and views of a template may leave in a session, or see of the use of their database.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::DatabaseError;
use crate::script::traces;
use crate::session::Connection;

/// What the code in a template may leave or see. Members of extensions are not read; of their languages it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeTraces {
    /// Some of it may leave in a session what `DISCARD ALL` does not clear.
    pub marks_session: bool,
    /// Some of it may see what else the server is doing.
    pub sees_cluster: bool,
    /// Triggers may see that their database was used before.
    pub triggers_see_use: bool,
    /// The functions and views that may see that their database was used before, by name.
    pub names_that_see_use: BTreeSet<String>,
}

/// Language, whether it runs by itself, name, and definition of all functions and views of one's own.
const CODE: &str = "
    SELECT l.lanname, (p.prorettype IN ('trigger'::pg_catalog.regtype, 'event_trigger'::pg_catalog.regtype))::text,
           p.proname, pg_catalog.pg_get_functiondef(p.oid)
      FROM pg_catalog.pg_proc p
      JOIN pg_catalog.pg_language l ON l.oid = p.prolang
     WHERE p.prokind IN ('f', 'p') AND p.oid >= 16384
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
                          AND d.deptype = 'e')
    UNION ALL
    SELECT 'sql', 'false', c.relname, pg_catalog.pg_get_viewdef(c.oid)
      FROM pg_catalog.pg_class c
     WHERE c.relkind = 'v' AND c.oid >= 16384
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                          AND d.deptype = 'e')
    UNION ALL
    SELECT lanname, 'false', '', '' FROM pg_catalog.pg_language";

struct Code {
    is_trigger: bool,
    name: String,
    text: String,
}

impl CodeTraces {
    /// Reads them in a database, by a superuser's session in it.
    ///
    /// # Errors
    /// The server's error.
    pub fn read(session: &mut Connection) -> Result<Self, DatabaseError> {
        let rows = session
            .rows(CODE)
            .map_err(DatabaseError::query("read the functions and views"))?;
        let mut found = Self::default();
        let mut all = Vec::new();
        for row in rows {
            let Ok([language, is_trigger, name, text]) = <[_; 4]>::try_from(row) else {
                continue;
            };
            let language = language.unwrap_or_default();
            if !["internal", "c", "sql", "plpgsql"].contains(&language.as_str()) {
                // Its interpreter lives as long as the session.
                found.marks_session = true;
            }
            all.push(Code {
                is_trigger: is_trigger.is_some_and(|text| text.starts_with('t')),
                name: name.unwrap_or_default(),
                text: text.unwrap_or_default(),
            });
        }
        let mut others = Vec::new();
        for code in all {
            let traces = traces(&code.text);
            found.marks_session |= traces.marks_session;
            found.sees_cluster |= traces.sees_cluster;
            if traces.sees_use {
                found.take(&code);
            } else {
                others.push(code);
            }
        }
        // Who calls one of these sees what it sees.
        loop {
            let known = found.names_that_see_use.clone();
            let (calling, rest): (Vec<Code>, Vec<Code>) = others
                .into_iter()
                .partition(|code| known.iter().any(|name| code.text.contains(name.as_str())));
            if calling.is_empty() {
                return Ok(found);
            }
            for code in &calling {
                found.take(code);
            }
            others = rest;
        }
    }

    fn take(&mut self, code: &Code) {
        self.triggers_see_use |= code.is_trigger;
        self.names_that_see_use.insert(code.name.clone());
    }

    /// Whether a text may see the use of its database by way of this code.
    pub fn lets_see(&self, text: &str) -> bool {
        self.triggers_see_use
            || self
                .names_that_see_use
                .iter()
                .any(|name| text.to_lowercase().contains(&name.to_lowercase()))
    }
}
