use super::super::error::SnapshotError;
use super::{Source, ask};
use crate::session::Connection;

/// Refuses to leave out large objects that rows may refer to: their numbers would lead to nothing, or to others. Else it returns
/// what is to be known of them.
pub(super) fn check(
    connection: &mut Connection,
    sources: &[Source],
) -> Result<Option<String>, SnapshotError> {
    let query = "SELECT count(*) FROM (SELECT FROM pg_largeobject_metadata LIMIT 1000) AS found";
    let mut rows = ask(connection, "large objects", query)?;
    let count: u64 = rows.first_mut().map_or(0, super::Values::number);
    if count == 0 {
        return Ok(None);
    }
    let query = "
        WITH RECURSIVE below (relation, place, type) AS (
            SELECT attrelid, attnum, atttypid FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
            UNION ALL
            SELECT b.relation, b.place, t.typbasetype FROM below b JOIN pg_type t ON t.oid = b.type WHERE t.typtype = 'd'
        )
        SELECT b.relation, a.attname
          FROM below b JOIN pg_attribute a ON a.attrelid = b.relation AND a.attnum = b.place
         WHERE b.type = 'oid'::regtype
         ORDER BY b.relation, b.place";
    let mut columns = Vec::new();
    for mut row in ask(connection, "columns of large objects", query)? {
        let (relation, column) = (row.text(), row.text());
        if let Some(source) = sources.iter().find(|source| source.oid == relation) {
            columns.push(format!("{}.{column}", source.table.name));
        }
    }
    let there = match count {
        1 => "a large object".to_owned(),
        1000 => "1000 large objects or more".to_owned(),
        count => format!("{count} large objects"),
    };
    if columns.is_empty() {
        return Ok(Some(format!(
            "the database holds {there}, which a snapshot cannot hold; no table that is saved has a column that could refer to one"
        )));
    }
    columns.sort();
    Err(SnapshotError::Refused(format!(
        "the database holds {there}, which a snapshot cannot hold, and columns that may refer to them: {}; leave their tables out \
         (--exclude), or remove what nothing refers to any more (vacuumlo)",
        columns.join(", ")
    )))
}
