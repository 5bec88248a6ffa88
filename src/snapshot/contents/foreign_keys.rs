use super::super::error::SnapshotError;
use super::super::table::{Reference, TableName};
use super::{Source, ask, quoted};
use crate::session::Connection;

/// A foreign key that begins or ends at a table that is saved.
#[derive(Debug, Clone)]
pub struct ForeignKey {
    /// It, between the tables that stand for partitions.
    pub reference: Reference,
    /// Whether both tables are saved.
    pub is_inside: bool,
    /// The table that it is declared on, as SQL names it: it may be a partition.
    pub declared_on: String,
    /// What a query of it takes its rows from.
    pub from: String,
    /// What a query of those takes its rows from that it refers to.
    pub to: String,
    /// Whether its last column is a period, which those of several rows may cover together.
    pub is_period: bool,
    /// What becomes of its rows when one that they refer to is deleted: `a` for nothing.
    pub on_delete: char,
    /// Whether it may be checked at the end of the transaction, and whether it is unless told otherwise.
    pub deferral: (bool, bool),
}

/// Pairs of a source and one that it hangs on, by their places.
type Between = Vec<(usize, usize)>;

/// All of them by name, and which source hangs on which other.
pub(super) fn read(
    connection: &mut Connection,
    sources: &[Source],
) -> Result<(Vec<ForeignKey>, Between), SnapshotError> {
    // Of one that partitions inherit, the one that they have it from. A period came with version 18.
    let query = "
        SELECT o.conname, fn.nspname, fc.relname, tn.nspname, tc.relname,
               coalesce(pg_partition_root(o.conrelid)::oid, o.conrelid), coalesce(pg_partition_root(o.confrelid)::oid, o.confrelid),
               o.conrelid::regclass::text,
               CASE WHEN f.relkind = 'p' THEN '' ELSE 'ONLY ' END || o.conrelid::regclass::text,
               CASE WHEN t.relkind = 'p' THEN '' ELSE 'ONLY ' END || o.confrelid::regclass::text,
               (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(o.conkey) WITH ORDINALITY AS k (number, place)
                  JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number),
               (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(o.confkey) WITH ORDINALITY AS k (number, place)
                  JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.number),
               (SELECT json_agg(format('OPERATOR(%I.%s)', n.nspname, p.oprname) ORDER BY k.place)
                  FROM unnest(o.conpfeqop) WITH ORDINALITY AS k (operator, place)
                  JOIN pg_operator p ON p.oid = k.operator JOIN pg_namespace n ON n.oid = p.oprnamespace),
               o.convalidated, o.confmatchtype = 'f', coalesce((to_jsonb(o) ->> 'conperiod')::bool, false),
               o.confdeltype, o.condeferrable, o.condeferred
          FROM pg_constraint o
          JOIN pg_class f ON f.oid = o.conrelid
          JOIN pg_class t ON t.oid = o.confrelid
          JOIN pg_class fc ON fc.oid = coalesce(pg_partition_root(o.conrelid)::oid, o.conrelid)
          JOIN pg_class tc ON tc.oid = coalesce(pg_partition_root(o.confrelid)::oid, o.confrelid)
          JOIN pg_namespace fn ON fn.oid = fc.relnamespace
          JOIN pg_namespace tn ON tn.oid = tc.relnamespace
         WHERE o.contype = 'f' AND o.conparentid = 0
         ORDER BY fn.nspname::text COLLATE \"C\", fc.relname::text COLLATE \"C\", o.conname::text COLLATE \"C\", o.oid";
    let mut keys = Vec::new();
    let mut between = Vec::new();
    let place = |oid: &str| sources.iter().position(|source| source.oid == oid);
    for mut row in ask(connection, "foreign keys", query)? {
        let (name, from, to) = (row.text(), row.name(), row.name());
        let (begins, ends) = (place(&row.text()), place(&row.text()));
        if let (Some(begins), Some(ends)) = (begins, ends) {
            between.push((begins, ends));
        } else if begins.or(ends).is_none() {
            continue;
        }
        let (declared_on, from_rows, to_rows) = (row.text(), row.text(), row.text());
        let (columns, to_columns, operators) = (row.list(), row.list(), row.list());
        let (is_valid, is_full, is_period) = (row.is_true(), row.is_true(), row.is_true());
        keys.push(ForeignKey {
            reference: Reference {
                name,
                from,
                columns,
                to,
                to_columns,
                operators,
                is_valid,
                is_full,
            },
            is_inside: begins.is_some() && ends.is_some(),
            declared_on,
            from: from_rows,
            to: to_rows,
            is_period,
            on_delete: row.text().chars().next().unwrap_or('a'),
            deferral: (row.is_true(), row.is_true()),
        });
    }
    Ok((keys, between))
}

impl ForeignKey {
    /// The constraint as a statement names it behind its table.
    pub fn constraint(&self) -> String {
        quoted(&self.reference.name)
    }

    /// The table of the two that is saved where only one is, and the other one.
    pub fn outsider(&self, is_saved: impl Fn(&TableName) -> bool) -> Option<&TableName> {
        let (from, to) = (&self.reference.from, &self.reference.to);
        match (is_saved(from), is_saved(to)) {
            (false, true) => Some(from),
            (true, false) => Some(to),
            _ => None,
        }
    }

    /// A query for one row that the key does not hold for: the row's own columns of the key, as text. No row, where it holds.
    pub fn violation(&self) -> String {
        let reference = &self.reference;
        let columns: Vec<String> = reference
            .columns
            .iter()
            .map(|column| format!("f.{}", quoted(column)))
            .collect();
        let pairs: Vec<String> = (reference.to_columns.iter().zip(&columns))
            .zip(&reference.operators)
            .map(|((to, from), operator)| format!("t.{} {operator} {from}", quoted(to)))
            .collect();
        let there = match (
            self.is_period,
            &pairs[..],
            reference.to_columns.last(),
            columns.last(),
        ) {
            (true, [keys @ .., _], Some(period), Some(its)) => format!(
                "coalesce({its} OPERATOR(pg_catalog.<@) (SELECT pg_catalog.range_agg(t.{}) FROM {} AS t WHERE {}), false)",
                quoted(period),
                self.to,
                keys.join(" AND ")
            ),
            (_, pairs, ..) => format!(
                "EXISTS (SELECT FROM {} AS t WHERE {})",
                self.to,
                pairs.join(" AND ")
            ),
        };
        let nulls: Vec<String> = columns.iter().map(|it| format!("{it} IS NULL")).collect();
        // With MATCH FULL, a row that is NULL in part is none that refers to nothing.
        let refers = if reference.is_full {
            format!("NOT ({})", nulls.join(" AND "))
        } else {
            format!("NOT ({})", nulls.join(" OR "))
        };
        format!(
            "SELECT pg_catalog.concat_ws(', ', {}) FROM {} AS f WHERE {refers} AND NOT {there} LIMIT 1",
            columns
                .iter()
                .map(|it| format!("coalesce({it}::pg_catalog.text, 'NULL')"))
                .collect::<Vec<_>>()
                .join(", "),
            self.from
        )
    }
}
