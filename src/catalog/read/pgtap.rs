//! pgTAP where it is there as plain functions. As an extension, its parts are known as members.

use std::sync::LazyLock;

use regex::Regex;

use super::ReadError;
use crate::script::quote_literal;
use crate::session::{Connection, Pgtap};

/// Where pgTAP's functions lie, and whether the server knows them as an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Installed {
    pub(super) schema: String,
    is_extension: bool,
}

/// All pgTAPs that are there.
pub(super) fn installed(connection: &mut Connection) -> Result<Vec<Installed>, ReadError> {
    let rows = connection.rows(
        "SELECT DISTINCT n.nspname, EXISTS (
                    SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' AND e.objid = p.oid
                       AND e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass)
           FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
          WHERE p.proname = 'pgtap_version' AND p.pronargs = 0",
    )?;
    let installed = rows.into_iter().filter_map(|row| {
        let mut row = row.into_iter();
        Some(Installed {
            schema: row.next()??,
            is_extension: row.next()?.as_deref() == Some("t"),
        })
    });
    Ok(installed.collect())
}

/// A condition that leaves pgTAP's parts out, for the name of something in the schema `n`; none where all of them are
/// members of the extension.
pub(super) fn condition(installed: &[Installed], pgtap: &Pgtap, name: &str) -> Option<String> {
    static CREATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?im)^create\s+(?:or\s+replace\s+)?(?:function|type|view|table|sequence|aggregate)\s+"?([a-z0-9_]+)"#,
        )
        .ok()
    });
    let plain = installed.iter().filter(|it| !it.is_extension);
    let schemas: Vec<String> = plain.map(|it| quote_literal(&it.schema)).collect();
    if schemas.is_empty() {
        return None;
    }
    let created = CREATED.as_ref()?.captures_iter(&pgtap.sql);
    let mut names: Vec<String> = created.map(|it| quote_literal(&it[1])).collect();
    names.sort();
    names.dedup();
    Some(format!(
        "NOT (n.nspname IN ({}) AND {name} IN ({}))",
        schemas.join(", "),
        names.join(", ")
    ))
}
