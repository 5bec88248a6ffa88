use super::super::error::SnapshotError;
use super::super::table::{Ancestor, Check, Column, Values};
use super::{ByOid, ask, quoted};
use crate::session::Connection;

/// What is known of a table's columns.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// Those whose values are saved.
    pub(super) saved: Vec<Column>,
    /// Those of the primary key.
    pub(super) key: Vec<String>,
    /// The same as an order, in SQL, where the table is `t`.
    pub(super) key_order: Vec<String>,
    pub(super) unique: Vec<Vec<String>>,
    pub(super) checks: Vec<Check>,
    /// Those by which its rows are told to partitions, on all levels.
    pub(super) partition_key: Vec<String>,
    /// The tables that it inherits from, the nearest first.
    pub(super) ancestors: Vec<Ancestor>,
}

/// The columns of all tables.
pub(super) fn read(connection: &mut Connection) -> Result<ByOid<Columns>, SnapshotError> {
    let mut all: ByOid<Columns> = ByOid::new();
    // From a domain to what it is made of, as far down as it goes.
    let query = "
        WITH RECURSIVE below (relation, place, type, modifier, is_not_null) AS (
            SELECT a.attrelid, a.attnum, a.atttypid, a.atttypmod, a.attnotnull
              FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
             WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
               AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
            UNION ALL
            SELECT b.relation, b.place, t.typbasetype, t.typtypmod, b.is_not_null OR t.typnotnull
              FROM below b JOIN pg_type t ON t.oid = b.type WHERE t.typtype = 'd'
        )
        SELECT b.relation, a.attname, format_type(a.atttypid, a.atttypmod), t.typname, t.typnamespace = 'pg_catalog'::regnamespace,
               b.modifier, bool_or(b.is_not_null) OVER (PARTITION BY b.relation, b.place), t.typtype
          FROM below b
          JOIN pg_attribute a ON a.attrelid = b.relation AND a.attnum = b.place
          JOIN pg_type t ON t.oid = b.type
         ORDER BY b.relation, b.place";
    for mut row in ask(connection, "columns", query)? {
        let relation = row.text();
        let (name, data_type, base) = (row.text(), row.text(), row.text());
        let (is_built_in, modifier, not_null) = (row.is_true(), row.number(), row.is_true());
        if row.text() == "d" {
            continue;
        }
        all.entry(relation).or_default().saved.push(Column {
            name,
            data_type,
            values: values(&base, is_built_in, modifier),
            not_null,
        });
    }
    // Numbers of objects differ between databases, and the objects' names do not.
    let query = "
        SELECT i.indrelid, i.indisprimary AND i.indisvalid,
               json_agg(a.attname ORDER BY k.place),
               json_agg(CASE WHEN base.typname LIKE 'reg%' AND base.typcategory = 'N' THEN '::pg_catalog.text COLLATE pg_catalog.\"C\"'
                             WHEN a.attcollation <> 0 THEN ' COLLATE pg_catalog.\"C\"'
                             ELSE '' END ORDER BY k.place)
          FROM pg_index i
         CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
          JOIN pg_class c ON c.oid = i.indrelid
          JOIN pg_type base ON base.oid = a.atttypid
         WHERE i.indisunique AND NOT 0 = ANY (i.indkey::int2[]) AND k.place <= i.indnkeyatts
           AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
         GROUP BY i.indexrelid, i.indrelid, i.indisprimary, i.indisvalid
         ORDER BY i.indrelid, min(i.indexrelid::regclass::text COLLATE \"C\")";
    for mut row in ask(connection, "keys", query)? {
        let its = all.entry(row.text()).or_default();
        let is_primary = row.is_true();
        let (names, orders) = (row.list(), row.list());
        if is_primary {
            let order = names.iter().zip(&orders);
            its.key_order = order
                .map(|(name, suffix)| format!("t.{}{suffix}", quoted(name)))
                .collect();
            its.key.clone_from(&names);
        }
        its.unique.push(names);
    }
    let query = "
        SELECT o.conrelid, o.conname, json_agg(a.attname ORDER BY a.attnum)
          FROM pg_constraint o
          JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = ANY (o.conkey)
         WHERE o.contype = 'c' AND o.conrelid <> 0
           AND o.connamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
         GROUP BY o.oid, o.conrelid, o.conname
         ORDER BY o.conrelid, o.conname::text COLLATE \"C\"";
    for mut row in ask(connection, "check constraints", query)? {
        let its = all.entry(row.text()).or_default();
        its.checks.push(Check {
            name: row.text(),
            columns: row.list(),
        });
    }
    let query = "
        WITH RECURSIVE tree (root, relation) AS (
            SELECT c.oid, c.oid FROM pg_class c WHERE c.relkind = 'p'
            UNION ALL
            SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relation
        )
        SELECT t.root, json_agg(DISTINCT a.attname)
          FROM tree t
          JOIN pg_partitioned_table p ON p.partrelid = t.relation
          JOIN pg_attribute a ON a.attrelid = t.relation AND a.attnum = ANY (p.partattrs::int2[])
         WHERE a.attnum > 0
         GROUP BY t.root";
    for mut row in ask(connection, "partition keys", query)? {
        all.entry(row.text()).or_default().partition_key = row.list();
    }
    ancestors(connection, &mut all)?;
    Ok(all)
}

/// Adds the tables that others inherit from.
fn ancestors(connection: &mut Connection, all: &mut ByOid<Columns>) -> Result<(), SnapshotError> {
    let query = "
        WITH RECURSIVE up (relation, ancestor, distance) AS (
            SELECT i.inhrelid, i.inhparent, 1
              FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relkind = 'r' AND NOT c.relispartition
            UNION
            SELECT u.relation, i.inhparent, u.distance + 1 FROM up u JOIN pg_inherits i ON i.inhrelid = u.ancestor
        ),
        nearest AS (SELECT relation, ancestor, min(distance) AS distance FROM up GROUP BY relation, ancestor)
        SELECT u.relation, n.nspname, c.relname, u.distance,
               (SELECT coalesce(json_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
          FROM nearest u JOIN pg_class c ON c.oid = u.ancestor JOIN pg_namespace n ON n.oid = c.relnamespace
         ORDER BY u.relation, u.distance, n.nspname::text COLLATE \"C\", c.relname::text COLLATE \"C\"";
    for mut row in ask(connection, "tables that inherit", query)? {
        let its = all.entry(row.text()).or_default();
        its.ancestors.push(Ancestor {
            name: row.name(),
            distance: row.number(),
            columns: row.list(),
        });
    }
    Ok(())
}

/// What the values of a type are. Of `modifier`, the server keeps four to itself.
fn values(name: &str, is_built_in: bool, modifier: i64) -> Values {
    let length = u32::try_from(modifier - 4).ok();
    let text = |longest, is_padded| Values::Text { longest, is_padded };
    if !is_built_in {
        return match name {
            "citext" => text(None, false),
            _ => Values::Other,
        };
    }
    match name {
        "text" => text(None, false),
        "varchar" => text(length, false),
        "bpchar" => text(length, true),
        "int2" => Values::Integer(2),
        "int4" => Values::Integer(4),
        "int8" => Values::Integer(8),
        "float4" | "float8" => Values::Number { digits: None },
        "numeric" => Values::Number {
            digits: length.map(|length| {
                // Eleven bits with a sign.
                let scale = i32::try_from(length & 0x7ff).unwrap_or(0);
                (length >> 16, (scale ^ 0x400) - 0x400)
            }),
        },
        "bool" => Values::Boolean,
        "uuid" => Values::Uuid,
        "date" => Values::Date,
        "timestamp" | "timestamptz" => Values::Timestamp,
        "bytea" => Values::Bytes,
        "json" | "jsonb" => Values::Json,
        "inet" | "cidr" => Values::Address,
        _ => Values::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modifier_is_read_as_the_server_means_it() {
        // varchar(10), char(3), numeric(10,2), numeric(3,-2)
        let of = |name, modifier| values(name, true, modifier);
        assert_eq!(
            of("varchar", 14),
            Values::Text {
                longest: Some(10),
                is_padded: false
            }
        );
        assert_eq!(
            of("bpchar", 7),
            Values::Text {
                longest: Some(3),
                is_padded: true
            }
        );
        assert_eq!(
            of("text", -1),
            Values::Text {
                longest: None,
                is_padded: false
            }
        );
        assert_eq!(
            of("numeric", (10 << 16 | 2) + 4),
            Values::Number {
                digits: Some((10, 2))
            }
        );
        assert_eq!(
            of("numeric", (3 << 16 | 0x7fe) + 4),
            Values::Number {
                digits: Some((3, -2))
            }
        );
        assert_eq!(of("numeric", -1), Values::Number { digits: None });
        assert_eq!(values("text", false, -1), Values::Other);
    }
}
