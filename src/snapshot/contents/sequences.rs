use std::collections::BTreeSet;

use super::super::error::SnapshotError;
use super::super::table::TableName;
use super::{Selection, Source, ask};
use crate::session::Connection;

/// The sequences by name: all that are nobody else's, or, where not all tables are saved, those that the saved ones take
/// their values from.
pub(super) fn read(
    connection: &mut Connection,
    sources: &[Source],
    selection: &Selection,
) -> Result<Vec<TableName>, SnapshotError> {
    let query = "
        SELECT n.nspname, c.relname,
               owner.relid, coalesce(pg_partition_root(owner.relid)::oid, owner.relid), rn.nspname, r.relname,
               (SELECT coalesce(json_agg(DISTINCT coalesce(pg_partition_root(d.adrelid)::oid, d.adrelid)::text), '[]')
                  FROM pg_depend u JOIN pg_attrdef d ON d.oid = u.objid
                 WHERE u.classid = 'pg_attrdef'::regclass AND u.refclassid = 'pg_class'::regclass AND u.refobjid = c.oid)
          FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
          LEFT JOIN LATERAL (SELECT d.refobjid AS relid FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
                  AND d.deptype IN ('a', 'i') LIMIT 1) AS owner ON true
          LEFT JOIN pg_class r ON r.oid = coalesce(pg_partition_root(owner.relid)::oid, owner.relid)
          LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
         WHERE c.relkind = 'S' AND c.relpersistence <> 't'
           AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
           AND (EXISTS (SELECT FROM pg_extension x WHERE c.oid = ANY (x.extconfig))
                OR NOT EXISTS (SELECT FROM pg_depend d
                                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
         ORDER BY n.nspname::text COLLATE \"C\", c.relname::text COLLATE \"C\"";
    let saved: BTreeSet<&str> = sources.iter().map(Source::oid).collect();
    let mut names = Vec::new();
    for mut row in ask(connection, "sequences", query)? {
        let name = row.name();
        let (owner, root, owner_name) = (row.maybe(), row.text(), row.name());
        let users = row.list();
        let is_of_saved =
            saved.contains(root.as_str()) || users.iter().any(|user| saved.contains(user.as_str()));
        let is_wanted = if selection.is_partial() {
            is_of_saved
        } else {
            // What only a history, or an extension's own table, takes its values from is theirs.
            let is_of_others = owner.is_some() && !saved.contains(root.as_str());
            is_of_saved || !is_of_others && !selection.is_never(&owner_name)
        };
        if is_wanted {
            names.push(name);
        }
    }
    Ok(names)
}
