//! Probes around the expressions that the server keeps: of checks, policies, defaults and generated columns.

use super::oids;
use crate::catalog::{Catalog, Class, Kind};
use crate::session::{Connection, QueryError};

/// Puts them in place. What has one already keeps it.
pub(super) fn install(connection: &mut Connection, catalog: &Catalog) -> Result<(), QueryError> {
    let checks = oids(catalog, Class::Constraint, |it| it.name.kind == Kind::Check);
    let policies = oids(catalog, Class::Policy, |_| true);
    let relations = oids(catalog, Class::Relation, |it| it.name.kind == Kind::Column);
    let domains = oids(catalog, Class::Type, |it| it.name.kind == Kind::Domain);
    let probe = |name: &str| format!("'pg_assay.{name}'::regprocedure");
    // What is wrapped already begins so.
    let without = |tree: &str, probe: &str| {
        format!("NOT starts_with({tree}::text, '{{FUNCEXPR :funcid ' || {probe}::oid || ' ')")
    };
    let checked = probe("checked(boolean,oid)");
    let admitted = probe("admitted(boolean,oid)");
    let produced = probe("produced(anyelement,oid,oid)");
    let produced_of_type = probe("produced(anyelement,oid)");
    let policy = |column: &str| {
        format!(
            "UPDATE pg_policy p SET {column} = pg_assay.around({column}::text, {admitted}, 16, 0, p.oid)::pg_node_tree
              WHERE p.oid = ANY ({policies}) AND {column} IS NOT NULL AND {};",
            without(column, &admitted)
        )
    };
    connection.execute(&format!(
        "CREATE CAST (text AS pg_node_tree) WITHOUT FUNCTION;
         UPDATE pg_constraint k SET conbin = pg_assay.around(conbin::text, {checked}, 16, 0, k.oid)::pg_node_tree
          WHERE k.oid = ANY ({checks}) AND conbin IS NOT NULL AND {};
         {} {}
         UPDATE pg_attrdef d SET adbin = pg_assay.around(adbin::text, {produced}, a.atttypid, a.attcollation, d.adrelid, d.adnum::int::oid)::pg_node_tree
           FROM pg_attribute a
          WHERE a.attrelid = d.adrelid AND a.attnum = d.adnum AND d.adrelid = ANY ({relations}) AND {};
         UPDATE pg_type t SET typdefaultbin = pg_assay.around(typdefaultbin::text, {produced_of_type}, t.typbasetype, t.typcollation, t.oid)::pg_node_tree
          WHERE t.oid = ANY ({domains}) AND typdefaultbin IS NOT NULL AND {};
         DROP CAST (text AS pg_node_tree)",
        without("conbin", &checked),
        policy("polqual"),
        policy("polwithcheck"),
        without("adbin", &produced),
        without("typdefaultbin", &produced_of_type),
    ))
}
