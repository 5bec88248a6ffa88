use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::DatabaseError;
use crate::session::Pgtap;

/// The pgTAP that the tool carries (licence and origin: `THIRD-PARTY.md`).
pub fn bundled_pgtap() -> Pgtap {
    Pgtap {
        version: env!("BUNDLED_PGTAP_VERSION").into(),
        sql: include_str!(concat!(env!("OUT_DIR"), "/pgtap.sql")).into(),
    }
}

/// A pgTAP of one's own, from a file such as `pgtap--1.3.4.sql` or `pgtap.sql`.
///
/// # Errors
/// When the file cannot be read.
pub fn pgtap_from_file(path: &Path) -> Result<Pgtap, DatabaseError> {
    static VERSION: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"--([0-9][0-9A-Za-z.]*)\.sql$").ok());
    let sql = fs::read_to_string(path).map_err(|source| DatabaseError::PgtapFile {
        path: path.to_owned(),
        source,
    })?;
    // Extension files begin with a psql guard (`\echo Use "CREATE EXTENSION …`), which is no SQL.
    let sql: Vec<&str> = sql.lines().filter(|line| !line.starts_with('\\')).collect();
    let name = path.to_string_lossy();
    let version = VERSION
        .as_ref()
        .and_then(|pattern| pattern.captures(&name))
        .map_or_else(|| "unknown".into(), |captures| captures[1].to_owned());
    Ok(Pgtap {
        version: version.into(),
        sql: sql.join("\n").into(),
    })
}
