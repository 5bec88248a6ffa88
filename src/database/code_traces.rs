//! What the functions and views of a template may leave in a session, or see of the use of their database.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::DatabaseError;
use crate::script::traces;
use crate::session::Connection;

/// What the code in a template may leave or see. Members of extensions are not read; of their languages it is known.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is independent of the others"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeTraces {
    /// Some of it may leave in a session what `DISCARD ALL` does not clear.
    pub marks_session: bool,
    /// Some of it may see what else the server is doing.
    pub sees_cluster: bool,
    /// Some of it may set a sequence by hand.
    pub sets_sequences: bool,
    /// Triggers, rules, defaults, checks or policies may see that their database was used before.
    pub triggers_see_use: bool,
    /// The functions and views that may see that their database was used before, by name in lower case.
    pub names_that_see_use: BTreeSet<String>,
}

/// Language, whether it runs by itself, name, and text of all functions, views, rules, defaults, checks and policies
/// of one's own.
const CODE: &str = "
    SELECT l.lanname, (p.prorettype IN ('trigger'::pg_catalog.regtype, 'event_trigger'::pg_catalog.regtype))::text,
           p.proname,
           CASE WHEN p.prosrc <> '' THEN p.prosrc
                ELSE pg_catalog.regexp_replace(pg_catalog.pg_get_functiondef(p.oid),
                         '^CREATE OR REPLACE (FUNCTION|PROCEDURE)', '')
           END || coalesce((SELECT pg_catalog.string_agg(' set ' || c, '') FROM pg_catalog.unnest(p.proconfig) c), '')
      FROM pg_catalog.pg_proc p
      JOIN pg_catalog.pg_language l ON l.oid = p.prolang
     WHERE p.prokind IN ('f', 'p') AND p.oid >= 16384
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
                          AND d.deptype = 'e')
    UNION ALL
    SELECT 'sql', 'false', c.relname, pg_catalog.pg_get_viewdef(c.oid)
      FROM pg_catalog.pg_class c
     WHERE c.relkind IN ('v', 'm') AND c.oid >= 16384
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                          AND d.deptype = 'e')
    UNION ALL
    SELECT 'sql', 'true', '', pg_catalog.pg_get_ruledef(r.oid)
      FROM pg_catalog.pg_rewrite r WHERE r.oid >= 16384 AND r.rulename <> '_RETURN'
    UNION ALL
    SELECT 'sql', 'true', '', pg_catalog.pg_get_expr(d.adbin, d.adrelid)
      FROM pg_catalog.pg_attrdef d WHERE d.oid >= 16384
    UNION ALL
    SELECT 'sql', 'true', '', pg_catalog.pg_get_constraintdef(k.oid)
      FROM pg_catalog.pg_constraint k WHERE k.contype = 'c' AND k.oid >= 16384
    UNION ALL
    SELECT 'sql', 'true', '', pg_catalog.concat_ws(' ', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
               pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
      FROM pg_catalog.pg_policy p
    UNION ALL
    SELECT lanname, 'false', '', '' FROM pg_catalog.pg_language";

/// The libraries of functions in C, and whether a trigger waits for sessions to begin.
const LIBRARIES: &str = "
    SELECT DISTINCT pg_catalog.regexp_replace(p.probin, '^.*/|[.]so$', '', 'g')
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
     WHERE l.lanname = 'c' AND p.probin IS NOT NULL AND p.oid >= 16384
    UNION ALL
    SELECT 'event trigger on login' FROM pg_catalog.pg_event_trigger WHERE evtevent = 'login' AND evtenabled <> 'D'";

/// Those of [`FORGETFUL`] that bring settings along, with the first of their functions that a session calls.
const WITH_SETTINGS: [&str; 2] = ["pg_trgm", "pgcrypto"];

/// Libraries of PostgreSQL's own that keep nothing in a session but settings, or caches of what they have computed.
const FORGETFUL: &[&str] = &[
    "plpgsql",
    "amcheck",
    "autoinc",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "file_fdw",
    "fuzzystrmatch",
    "hstore",
    "insert_username",
    "intarray",
    "_int",
    "lo",
    "ltree",
    "moddatetime",
    "pageinspect",
    "pg_stat_statements",
    "pg_trgm",
    "pgcrypto",
    "pgrowlocks",
    "pgstattuple",
    "pgxml",
    "seg",
    "tablefunc",
    "tcn",
    "unaccent",
    "uuid-ossp",
    "tsm_system_rows",
    "tsm_system_time",
];

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
        let libraries = session
            .rows(LIBRARIES)
            .map_err(DatabaseError::query("read the libraries of functions"))?;
        let libraries: Vec<String> = libraries.into_iter().flatten().flatten().collect();
        let is_in = |known: &[&str], library: &String| known.contains(&library.as_str());
        let brings_settings = libraries.iter().any(|it| is_in(&WITH_SETTINGS, it));
        let mut found = Self {
            marks_session: !libraries.iter().all(|it| is_in(FORGETFUL, it)),
            ..Self::default()
        };
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
                name: name.unwrap_or_default().to_lowercase(),
                text: text.unwrap_or_default().to_lowercase(),
            });
        }
        let mut others = Vec::new();
        for code in all {
            let traces = traces(&code.text);
            found.marks_session |= traces.marks_session || brings_settings && traces.sees_session;
            found.sets_sequences |= traces.sets_sequences;
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
        if !code.name.is_empty() {
            self.names_that_see_use.insert(code.name.clone());
        }
    }

    /// Whether a text may see the use of its database by way of this code.
    pub fn lets_see(&self, text: &str) -> bool {
        if self.triggers_see_use {
            return true;
        }
        let text = text.to_lowercase();
        let mut names = self.names_that_see_use.iter();
        names.any(|name| text.contains(name.as_str()))
    }
}
