//! The rows that match filters, and all that they refer to: the least set that holds the ones and is closed under the other.
//! It is found generation by generation: what the rows found last refer to, as long as there is something new.

use super::{Binding, Sample, SampleError, kept};
use crate::script::quote_identifier;
use crate::session::Connection;

/// Fills the tables with them.
pub(super) fn matching(sample: &Sample, connection: &mut Connection) -> Result<(), SampleError> {
    let mut found = vec![0; sample.tables.len()];
    for (number, table) in sample.tables.iter().enumerate() {
        let Some(filter) = &table.filter else {
            continue;
        };
        // The condition has lines of its own, so that a comment at its end takes nothing with it.
        let sql = format!(
            "INSERT INTO {} (part, place, generation)\nSELECT tableoid, ctid, 0 FROM {}{} WHERE (\n{}\n)",
            kept(number),
            table.source(),
            filter.alias(),
            filter.condition
        );
        connection
            .execute_one(&sql)
            .map_err(|source| SampleError::Filter {
                filter: Box::new(filter.clone()),
                source,
            })?;
        analyze(sample, connection, number)?;
        // Whether there are any is not worth a question.
        found[number] = 1;
    }
    let mut generation = 0;
    while found.iter().any(|count| *count > 0) {
        let mut next = vec![0; sample.tables.len()];
        for binding in &sample.references {
            if found[binding.from] > 0 {
                let sql = referred_to(sample, binding, generation);
                next[binding.to] += sample.count(connection, binding.to, &sql)?;
            }
        }
        found = next;
        generation += 1;
    }
    for number in 0..sample.tables.len() {
        analyze(sample, connection, number)?;
    }
    Ok(())
}

/// Lets the planner know how many rows there are; nothing else does, of a temporary table.
pub(super) fn analyze(
    sample: &Sample,
    connection: &mut Connection,
    number: usize,
) -> Result<(), SampleError> {
    let sql = format!("ANALYZE {}", kept(number));
    sample.count(connection, number, &sql).map(drop)
}

/// Adds what the rows of a generation refer to.
fn referred_to(sample: &Sample, binding: &Binding, generation: u32) -> String {
    format!(
        "WITH found AS (
             INSERT INTO {kept_to} (part, place, generation)
             SELECT DISTINCT target.tableoid, target.ctid, {next}
               FROM {kept_from} AS kept
               JOIN {from} AS referring ON referring.tableoid = kept.part AND referring.ctid = kept.place
               JOIN {to} AS target ON {columns}
              WHERE kept.generation = {generation}
             ON CONFLICT DO NOTHING
             RETURNING 1)
         SELECT count(*) FROM found",
        kept_to = kept(binding.to),
        kept_from = kept(binding.from),
        from = sample.tables[binding.from].source(),
        to = sample.tables[binding.to].source(),
        columns = equal(binding, "target"),
        next = generation + 1,
    )
}

/// That a row called `referring` refers to one called `target`. A NULL refers to nothing.
pub(super) fn equal(binding: &Binding, target: &str) -> String {
    let pairs = binding.columns.iter().map(|pair| {
        format!(
            "{target}.{} {} referring.{}",
            quote_identifier(&pair.to),
            pair.operator,
            quote_identifier(&pair.from)
        )
    });
    pairs.collect::<Vec<_>>().join(" AND ")
}
