//! Tables, views, sequences, and their columns.

use super::selection::{Selection, sorted, words};
use crate::catalog::{Class, Property};

/// Relations. Their names and members of them decide what else is left out.
pub(super) fn relations(version: u32) -> Selection {
    let of_sequence = |sql: &str| format!("CASE WHEN s.seqrelid IS NOT NULL AND {sql} END");
    let first = "CASE WHEN s.seqincrement > 0 THEN 1 ELSE CASE s.seqtypid WHEN 21 THEN -32768
                 WHEN 23 THEN -2147483648 ELSE -9223372036854775808 END END";
    let last = "CASE WHEN s.seqincrement < 0 THEN -1 ELSE CASE s.seqtypid WHEN 21 THEN 32767
                WHEN 23 THEN 2147483647 ELSE 9223372036854775807 END END";
    Selection::of(Class::Relation, version)
        .kind(
            "CASE o.relkind WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
             WHEN 'S' THEN 'sequence' ELSE 'table' END",
        )
        .in_schema("o.relnamespace")
        .name("o.relname")
        .join("LEFT JOIN pg_catalog.pg_sequence s ON s.seqrelid = o.oid")
        .join("LEFT JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = o.oid")
        .only("o.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')")
        .own()
        .owner("o.relowner")
        .with(
            Property::Persistence,
            &words("o.relpersistence", &[("u", "unlogged")]),
        )
        .with(
            Property::Parents,
            "(SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)
                FROM pg_catalog.pg_inherits i WHERE i.inhrelid = o.oid)",
        )
        .with(
            Property::PartitionBound,
            "CASE WHEN o.relispartition THEN pg_get_expr(o.relpartbound, o.oid) END",
        )
        .with(
            Property::PartitionKey,
            "CASE o.relkind WHEN 'p' THEN pg_get_partkeydef(o.oid) END",
        )
        .with(
            Property::OfType,
            "CASE WHEN o.reloftype <> 0 THEN format_type(o.reloftype, NULL) END",
        )
        .with(
            Property::RowSecurity,
            "CASE WHEN o.relrowsecurity AND o.relforcerowsecurity THEN 'forced' WHEN o.relrowsecurity THEN 'enabled'
             WHEN o.relforcerowsecurity THEN 'forced once it is enabled' END",
        )
        .with(
            Property::ReplicaIdentity,
            "CASE WHEN o.relkind NOT IN ('r', 'p') THEN NULL WHEN o.relreplident = 'n' THEN 'nothing'
             WHEN o.relreplident = 'f' THEN 'full' WHEN o.relreplident = 'i' THEN (
                SELECT 'index ' || quote_ident(c.relname) FROM pg_catalog.pg_index i
                  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = o.oid AND i.indisreplident) END",
        )
        .with(Property::Tablespace, TABLESPACE)
        .with(
            Property::Method,
            "(SELECT a.amname FROM pg_catalog.pg_am a WHERE a.oid = o.relam AND a.amname <> 'heap')",
        )
        .with(
            Property::Server,
            "(SELECT s.srvname FROM pg_catalog.pg_foreign_server s WHERE s.oid = f.ftserver)",
        )
        .with(
            Property::Options,
            &sorted(
                "o.reloptions || f.ftoptions || (SELECT array_agg('toast.' || option) FROM pg_catalog.pg_class t,
                 unnest(t.reloptions) option WHERE t.oid = o.reltoastrelid)",
            ),
        )
        .with(
            Property::Query,
            r"CASE WHEN o.relkind IN ('v', 'm') THEN btrim(rtrim(pg_get_viewdef(o.oid), ';')) END",
        )
        .with(
            Property::Type,
            "CASE WHEN s.seqrelid IS NOT NULL THEN format_type(s.seqtypid, NULL) END",
        )
        .with(
            Property::Start,
            &of_sequence("s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END THEN s.seqstart"),
        )
        .with(Property::Increment, &of_sequence("s.seqincrement <> 1 THEN s.seqincrement"))
        .with(Property::Minimum, &of_sequence(&format!("s.seqmin <> {first} THEN s.seqmin")))
        .with(Property::Maximum, &of_sequence(&format!("s.seqmax <> {last} THEN s.seqmax")))
        .with(Property::Cache, &of_sequence("s.seqcache <> 1 THEN s.seqcache"))
        .with(Property::Cycle, &of_sequence("s.seqcycle THEN 'cycle'"))
        .with(
            Property::OwnedBy,
            "CASE o.relkind WHEN 'S' THEN (
                SELECT d.refobjid::regclass || '.' || quote_ident(a.attname)
                  FROM pg_catalog.pg_depend d
                  JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                 WHERE d.classid = 'pg_class'::regclass AND d.objid = o.oid AND d.refclassid = 'pg_class'::regclass
                   AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0) END",
        )
}

/// A relation's tablespace, where it is not the database's.
pub(super) const TABLESPACE: &str =
    "(SELECT t.spcname FROM pg_catalog.pg_tablespace t WHERE t.oid = o.reltablespace)";

/// Columns, of composite types too.
pub(super) fn columns(version: u32) -> Selection {
    Selection::of(Class::Relation, version)
        .kind("'column'")
        .in_schema("o.relnamespace")
        .parent("o.relname")
        .name("a.attname")
        .column("a.attnum")
        .join("JOIN pg_catalog.pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped")
        .join("JOIN pg_catalog.pg_type t ON t.oid = a.atttypid")
        .join("LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = o.oid AND d.adnum = a.attnum")
        .only("o.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')")
        .own()
        // A composite type's relation is no member by itself.
        .no_member(Class::Type, "o.reltype")
        .with(Property::Position, "row_number() OVER (PARTITION BY o.oid ORDER BY a.attnum)")
        .with(Property::Type, "format_type(a.atttypid, a.atttypmod)")
        .with(
            Property::Nullability,
            "CASE WHEN o.relkind NOT IN ('r', 'p', 'f') THEN NULL WHEN a.attnotnull THEN 'not null' ELSE 'nullable' END",
        )
        .with(
            Property::Default,
            "CASE a.attgenerated WHEN '' THEN pg_get_expr(d.adbin, d.adrelid) END",
        )
        .with(
            Property::Identity,
            &words("a.attidentity", &[("a", "always"), ("d", "by default")]),
        )
        .with(
            Property::Generated,
            "CASE a.attgenerated WHEN 's' THEN pg_get_expr(d.adbin, d.adrelid) || ' stored'
             WHEN 'v' THEN pg_get_expr(d.adbin, d.adrelid) || ' virtual' END",
        )
        .with(
            Property::Collation,
            "CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN a.attcollation::regcollation END",
        )
        .with(
            Property::Storage,
            "CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external'
             WHEN 'm' THEN 'main' ELSE 'extended' END END",
        )
        .with_since(
            14,
            Property::Compression,
            &words("a.attcompression", &[("p", "pglz"), ("l", "lz4")]),
        )
        .with(
            Property::StatisticsTarget,
            "CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END",
        )
        .with(Property::Options, &sorted("a.attoptions || a.attfdwoptions"))
        .with(
            Property::Inheritance,
            "CASE WHEN a.attinhcount = 0 THEN NULL WHEN a.attislocal THEN 'inherited and local' ELSE 'inherited' END",
        )
}
