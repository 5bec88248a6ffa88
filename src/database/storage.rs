//! What of tables and indexes changes in place, though the transaction that did it was rolled back: that they have, or had,
//! an index; what the planner knows of them; and their sizes.

use std::fs::File;
use std::path::Path;

use nix::fcntl::AtFlags;
use nix::sys::stat::fstatat;
use serde::{Deserialize, Serialize};

use super::DatabaseError;
use crate::session::{Connection, QueryError};

/// Files of relations are cut into pieces of so many bytes.
const PIECE: u64 = 1 << 30;
/// The size of a page, in bytes.
const PAGE: u64 = 8192;

/// What the tables and indexes of a database are like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    digest: String,
    /// Of which relations the sizes are part of the digest.
    elsewhere: Elsewhere,
    /// Of relations whose file lies in the database's directory.
    files: Vec<RelationFile>,
}

/// Which files of relations do not lie in the database's directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Elsewhere {
    /// None.
    #[default]
    Nowhere,
    /// Those of relations in tablespaces of their own.
    Tablespaces,
    /// All: the database has a tablespace of its own.
    Everywhere,
}

/// The file of a table or index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct RelationFile {
    /// Its name, which is the same in all copies of the template.
    node: u32,
    /// How many pages it has for the planner, which does not tell small sizes apart.
    pages: u64,
    /// So many pages it has at least for the planner.
    least: u64,
}

/// Of a table that was never vacuumed the planner thinks that it has ten pages, or more, and of such an index two.
const LEAST: &str = "CASE WHEN c.relpages > 0 THEN 0 WHEN c.relkind = 'i' THEN 2 ELSE 10 END";

/// Which relations have files.
const HAVE_FILES: &str = "c.relkind IN ('r', 'm', 'i')";

impl Storage {
    /// Reads that of a template, by any session in the database.
    ///
    /// # Errors
    /// The server's error.
    pub fn read(session: &mut Connection) -> Result<Self, DatabaseError> {
        let doing = || DatabaseError::query("look at the tables");
        let is_in_base = session
            .value(
                "SELECT t.spcname FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
                  WHERE d.datname = pg_catalog.current_database()",
            )
            .map_err(doing())?
            .is_some_and(|name| name == "pg_default");
        let files = session
            .rows(&format!(
                "SELECT c.relfilenode, pg_catalog.pg_relation_size(c.oid) / {PAGE}, {LEAST}
                   FROM pg_catalog.pg_class c
                  WHERE {is_in_base} AND c.oid >= 16384 AND c.reltablespace = 0 AND {HAVE_FILES} ORDER BY c.oid"
            ))
            .map_err(doing())?;
        let in_tablespaces = session
            .value(
                "SELECT true FROM pg_catalog.pg_class c WHERE c.oid >= 16384 AND c.reltablespace <> 0 LIMIT 1",
            )
            .map_err(doing())?;
        let elsewhere = match (is_in_base, in_tablespaces) {
            (false, _) => Elsewhere::Everywhere,
            (true, Some(_)) => Elsewhere::Tablespaces,
            (true, None) => Elsewhere::Nowhere,
        };
        let file = |row: &[Option<String>]| {
            let number = |at: usize| row.get(at)?.as_deref()?.parse::<u64>().ok();
            let least = number(2)?;
            Some(RelationFile {
                node: u32::try_from(number(0)?).ok()?,
                pages: number(1)?.max(least),
                least,
            })
        };
        let files: Option<Vec<RelationFile>> = files.iter().map(|row| file(row)).collect();
        Ok(Self {
            digest: digest(session, elsewhere).map_err(doing())?,
            elsewhere,
            files: files.ok_or_else(|| DatabaseError::Unreadable {
                what: "the sizes of tables".to_owned(),
            })?,
        })
    }

    /// Whether a copy of the template is still like it, by any session in it. `directory` is the copy's: `base/16400` in
    /// the data directory.
    ///
    /// # Errors
    /// The server's error.
    pub fn is_that_of(
        &self,
        session: &mut Connection,
        directory: &Path,
    ) -> Result<bool, QueryError> {
        // Of a directory that is open, a file is found sooner than by its whole path; there can be hundreds.
        let Ok(directory) = File::open(directory) else {
            return Ok(false);
        };
        let is_unchanged = |file: &RelationFile| {
            let pages = file.pages_in(&directory);
            pages.is_some_and(|pages| pages.max(file.least) == file.pages)
        };
        Ok(self.files.iter().all(is_unchanged) && digest(session, self.elsewhere)? == self.digest)
    }
}

impl RelationFile {
    /// How many pages it has in a database's directory; none where it is not there. The server lengthens files at once:
    /// it counts pages in the same way.
    fn pages_in(&self, directory: &File) -> Option<u64> {
        let size = |name: &str| {
            let file = fstatat(directory, name, AtFlags::empty()).ok()?;
            u64::try_from(file.st_size).ok()
        };
        let mut bytes = size(&self.node.to_string())?;
        let mut piece = 1;
        while bytes == piece * PIECE {
            bytes += size(&format!("{}.{piece}", self.node)).unwrap_or(0);
            piece += 1;
        }
        Some(bytes / PAGE)
    }
}

/// All but the sizes of files in the database's directory.
fn digest(session: &mut Connection, elsewhere: Elsewhere) -> Result<String, QueryError> {
    let is_elsewhere = match elsewhere {
        Elsewhere::Nowhere => None,
        Elsewhere::Tablespaces => Some("c.reltablespace <> 0"),
        Elsewhere::Everywhere => Some("true"),
    };
    let sizes = is_elsewhere.map_or_else(String::new, |is_elsewhere| {
        format!(
            ", CASE WHEN {is_elsewhere} AND {HAVE_FILES}
                    THEN GREATEST(pg_catalog.pg_relation_size(c.oid) / {PAGE}, {LEAST}) END"
        )
    });
    let digest = session.value(&format!(
        "SELECT pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', c.oid, c.relfilenode, c.relhasindex,
                   c.relhasrules, c.relhastriggers, c.relpages, c.reltuples, c.relallvisible{sizes}), ',' ORDER BY c.oid))
           FROM pg_catalog.pg_class c WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm', 'i', 'I')"
    ))?;
    Ok(digest.unwrap_or_default())
}
