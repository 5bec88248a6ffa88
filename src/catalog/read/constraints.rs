//! Constraints and indexes.

use super::relations::TABLESPACE;
use super::selection::{Selection, columns, sorted, words};
use crate::catalog::{Class, Property};

/// What a foreign key does when what it refers to changes, by letter.
const ACTIONS: [(&str, &str); 5] = [
    ("a", "no action"),
    ("r", "restrict"),
    ("c", "cascade"),
    ("n", "set null"),
    ("d", "set default"),
];

/// Constraints of tables and domains; constraint triggers are triggers.
pub(super) fn constraints(version: u32) -> Selection {
    let keys = columns("o.conrelid", "o.conkey");
    let periods = if version >= 18 {
        "o.conperiod"
    } else {
        "false"
    };
    let enforced = if version >= 18 {
        "o.conenforced"
    } else {
        "true"
    };
    let on_delete = match version {
        15.. => format!(
            "{} || CASE WHEN o.confdelsetcols IS NULL THEN '' ELSE ' (' || {} || ')' END",
            words("o.confdeltype", &ACTIONS),
            columns("o.conrelid", "o.confdelsetcols")
        ),
        _ => words("o.confdeltype", &ACTIONS),
    };
    Selection::of(Class::Constraint, version)
        .kind(
            "CASE WHEN r.oid IS NOT NULL THEN 'alias' ELSE CASE o.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique key' WHEN 'f' THEN 'foreign key'
             WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclusion' WHEN 'n' THEN 'not-null constraint' END END",
        )
        .in_schema("o.connamespace")
        .parent("coalesce(c.relname, t.typname)")
        .name("o.conname")
        .signature("r.oid")
        .definition("CASE WHEN r.oid IS NULL THEN pg_get_constraintdef(o.oid) END")
        .join("LEFT JOIN pg_catalog.pg_class c ON c.oid = o.conrelid")
        .join("LEFT JOIN pg_catalog.pg_type t ON t.oid = o.contypid")
        // A foreign key to a partitioned table stands there once more for each partition.
        .join(
            "LEFT JOIN pg_catalog.pg_constraint r ON r.oid = o.conparentid AND o.contype = 'f' AND r.conrelid = o.conrelid",
        )
        // For a foreign key it is the index of what it refers to.
        .join("LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = o.conindid AND o.contype <> 'f'")
        .only("o.contype IN ('p', 'u', 'f', 'c', 'x', 'n')")
        .own()
        .no_member(Class::Relation, "o.conrelid")
        .no_member(Class::Type, "o.contypid")
        .with(
            Property::Columns,
            // Over periods, the last column is the one with ranges.
            &format!(
                r"CASE WHEN o.contype = 'x' THEN NULL WHEN NOT {periods} THEN {keys}
                  WHEN o.contype = 'f' THEN regexp_replace({keys}, '([^ ]+)$', 'PERIOD \1')
                  ELSE {keys} || ' WITHOUT OVERLAPS' END"
            ),
        )
        .with(Property::IncludedColumns, INCLUDED)
        .with(
            Property::References,
            &format!(
                "CASE o.contype WHEN 'f' THEN o.confrelid::regclass || ' (' || {} || ')' END",
                columns("o.confrelid", "o.confkey")
            ),
        )
        .with(
            Property::Match,
            &words("o.confmatchtype", &[("f", "full"), ("p", "partial")]),
        )
        .with(Property::OnUpdate, &words("o.confupdtype", &ACTIONS))
        .with(Property::OnDelete, &on_delete)
        .with(
            Property::Deferrability,
            "CASE WHEN o.condeferred THEN 'deferred' WHEN o.condeferrable THEN 'deferrable' END",
        )
        .with(
            Property::Validation,
            &format!("CASE WHEN {enforced} AND NOT o.convalidated THEN 'not valid' END"),
        )
        .with(
            Property::Enforcement,
            &format!("CASE WHEN NOT {enforced} THEN 'not enforced' END"),
        )
        .with(
            Property::Method,
            "CASE o.contype WHEN 'x' THEN (SELECT a.amname FROM pg_catalog.pg_class x
                JOIN pg_catalog.pg_am a ON a.oid = x.relam WHERE x.oid = o.conindid) END",
        )
        .with(
            Property::Expression,
            "CASE o.contype WHEN 'c' THEN pg_get_expr(o.conbin, o.conrelid) WHEN 'x' THEN (
                SELECT string_agg(pg_get_indexdef(o.conindid, operator.at::int, false) || ' WITH '
                           || CASE WHEN n.nspname = 'pg_catalog' THEN op.oprname::text
                                   ELSE 'OPERATOR(' || quote_ident(n.nspname) || '.' || op.oprname || ')' END,
                           ', ' ORDER BY operator.at)
                  FROM unnest(o.conexclop) WITH ORDINALITY operator (oid, at)
                  JOIN pg_catalog.pg_operator op ON op.oid = operator.oid
                  JOIN pg_catalog.pg_namespace n ON n.oid = op.oprnamespace) END",
        )
        .with(Property::Predicate, "pg_get_expr(i.indpred, i.indrelid)")
        .with_since(15, Property::Nulls, NULLS)
        .with(
            Property::Inheritance,
            "CASE WHEN o.coninhcount > 0 AND o.conislocal THEN 'inherited and local' WHEN o.coninhcount > 0 THEN 'inherited'
             WHEN o.connoinherit AND o.contype IN ('c', 'n') THEN 'no inherit' END",
        )
}

const INCLUDED: &str =
    "CASE WHEN i.indnatts > i.indnkeyatts THEN (SELECT string_agg(quote_ident(k.attname), ', ' ORDER BY key.at)
    FROM unnest(i.indkey) WITH ORDINALITY key (attnum, at)
    JOIN pg_catalog.pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = key.attnum
   WHERE key.at > i.indnkeyatts) END";
const NULLS: &str = "CASE WHEN i.indnullsnotdistinct THEN 'not distinct' END";

/// Indexes, those behind constraints among them.
pub(super) fn indexes(version: u32) -> Selection {
    Selection::of(Class::Relation, version)
        .kind("'index'")
        .in_schema("o.relnamespace")
        .parent("c.relname")
        .name("o.relname")
        .definition("pg_get_indexdef(o.oid)")
        .join("JOIN pg_catalog.pg_index i ON i.indexrelid = o.oid")
        .join("JOIN pg_catalog.pg_class c ON c.oid = i.indrelid")
        .join("JOIN pg_catalog.pg_am a ON a.oid = o.relam")
        .own()
        .no_member(Class::Relation, "i.indrelid")
        .with(Property::Method, "a.amname")
        .with(
            Property::Columns,
            // What is included has a number of a column only.
            "(SELECT string_agg(CASE WHEN key.attnum <> 0
                                 THEN (SELECT quote_ident(k.attname) FROM pg_catalog.pg_attribute k
                                        WHERE k.attrelid = i.indrelid AND k.attnum = key.attnum)
                                 ELSE pg_get_indexdef(o.oid, key.at::int, false) END
                    || CASE WHEN key.coll <> 0 AND key.coll <> coalesce(
                                 (SELECT k.attcollation FROM pg_catalog.pg_attribute k
                                   WHERE k.attrelid = i.indrelid AND k.attnum = key.attnum), 100)
                            THEN ' COLLATE ' || key.coll::regcollation ELSE '' END
                    || (SELECT CASE WHEN opc.opcdefault THEN ''
                                    ELSE ' ' || CASE n.nspname WHEN 'pg_catalog' THEN '' ELSE quote_ident(n.nspname) || '.' END
                                         || quote_ident(opc.opcname) END
                          FROM pg_catalog.pg_opclass opc JOIN pg_catalog.pg_namespace n ON n.oid = opc.opcnamespace
                         WHERE opc.oid = key.class)
                    || CASE key.option::int & 3 WHEN 1 THEN ' DESC NULLS LAST' WHEN 3 THEN ' DESC'
                            WHEN 2 THEN ' NULLS FIRST' ELSE '' END,
                    ', ' ORDER BY key.at)
                FROM unnest(i.indkey, i.indclass, i.indcollation, i.indoption) WITH ORDINALITY key (attnum, class, coll, option, at)
               WHERE key.class IS NOT NULL)",
        )
        .with(Property::IncludedColumns, INCLUDED)
        .with(Property::Uniqueness, "CASE WHEN i.indisunique THEN 'unique' END")
        .with_since(15, Property::Nulls, NULLS)
        .with(Property::Predicate, "pg_get_expr(i.indpred, i.indrelid)")
        .with(Property::Clustering, "CASE WHEN i.indisclustered THEN 'clustered' END")
        .with(Property::Validity, "CASE WHEN NOT i.indisvalid THEN 'invalid' END")
        .with(
            Property::Constraint,
            "(SELECT quote_ident(k.conname) FROM pg_catalog.pg_constraint k
               WHERE k.conrelid = i.indrelid AND k.conindid = o.oid AND k.contype IN ('p', 'u', 'x'))",
        )
        .with(
            Property::Parents,
            "CASE WHEN o.relispartition THEN
                (SELECT string_agg(h.inhparent::regclass::text, ', ') FROM pg_catalog.pg_inherits h WHERE h.inhrelid = o.oid) END",
        )
        .with(Property::Options, &sorted("o.reloptions"))
        .with(Property::Tablespace, TABLESPACE)
}
