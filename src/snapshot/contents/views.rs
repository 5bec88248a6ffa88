use super::super::error::SnapshotError;
use super::super::order::groups;
use super::super::table::TableName;
use super::ask;
use crate::session::Connection;

/// The materialized views that are populated, each behind those that it is made from, be it by way of other views.
pub(super) fn read(connection: &mut Connection) -> Result<Vec<TableName>, SnapshotError> {
    let query = "
        SELECT c.oid, n.nspname, c.relname, c.relkind = 'm' AND c.relispopulated
               AND NOT EXISTS (SELECT FROM pg_depend d
                                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'),
               (SELECT coalesce(json_agg(DISTINCT d.refobjid::text), '[]')
                  FROM pg_rewrite r
                  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                                  AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
                 WHERE r.ev_class = c.oid)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
         ORDER BY n.nspname::text COLLATE \"C\", c.relname::text COLLATE \"C\"";
    let mut oids = Vec::new();
    let mut views = Vec::new();
    let mut made_from = Vec::new();
    for mut row in ask(connection, "materialized views", query)? {
        oids.push(row.text());
        let name = row.name();
        views.push(row.is_true().then_some(name));
        made_from.push(row.list());
    }
    let place = |oid: &String| oids.iter().position(|it| it == oid);
    let mut edges = Vec::new();
    for (at, its) in made_from.iter().enumerate() {
        edges.extend(its.iter().filter_map(place).map(|to| (at, to)));
    }
    let order = groups(views.len(), &edges).concat();
    Ok(order
        .into_iter()
        .filter_map(|at| views[at].take())
        .collect())
}
