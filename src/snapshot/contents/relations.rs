use super::super::error::SnapshotError;
use super::super::table::TableName;
use super::ask;
use crate::session::Connection;

/// A relation that has rows of its own, or whose partitions have.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) oid: String,
    pub(super) name: TableName,
    /// `r` for an ordinary table, `p` for a partitioned one, `f` for a foreign one.
    pub(super) kind: char,
    /// The foreign tables among its partitions.
    pub(super) foreign_partitions: Vec<String>,
    /// Which rows are saved, in SQL; none means all.
    pub(super) condition: Option<String>,
}

/// All of them by name, without partitions, without temporary ones, without what an extension made for itself. What an
/// extension's users fill is theirs: it says so, and which of the rows.
pub(super) fn read(connection: &mut Connection) -> Result<Vec<Relation>, SnapshotError> {
    let query = "
        SELECT c.oid, n.nspname, c.relname, c.relkind,
               coalesce((SELECT json_agg(p.relid::regclass::text ORDER BY p.relid::regclass::text COLLATE \"C\")
                           FROM pg_partition_tree(c.oid) p JOIN pg_class l ON l.oid = p.relid WHERE l.relkind = 'f'), '[]'),
               nullif(regexp_replace(config.condition, '^\\s*WHERE\\s', '', 'i'), '')
          FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
          LEFT JOIN LATERAL (
                SELECT k.condition
                  FROM pg_extension x, unnest(x.extconfig, x.extcondition) AS k (relation, condition)
                 WHERE k.relation = c.oid) AS config ON true
         WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND NOT c.relispartition
           AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
           AND (config.condition IS NOT NULL
                OR NOT EXISTS (SELECT FROM pg_depend d
                                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
         ORDER BY n.nspname::text COLLATE \"C\", c.relname::text COLLATE \"C\"";
    let rows = ask(connection, "tables", query)?;
    let relations = rows.into_iter().map(|mut row| Relation {
        oid: row.text(),
        name: row.name(),
        kind: row.text().chars().next().unwrap_or('r'),
        foreign_partitions: row.list(),
        condition: row.maybe(),
    });
    Ok(relations.collect())
}
