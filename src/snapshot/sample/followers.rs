//! The rows of tables without a filter that refer to kept ones: the greatest set of rows all of whose references are kept. Where
//! tables refer to one another in a circle, all rows are taken that could be kept, and those dropped that turn out not to be,
//! until none is.

use super::fill::{analyze, equal};
use super::{Binding, Sample, SampleError, kept};
use crate::script::quote_identifier;
use crate::session::Connection;

/// Adds them.
pub(super) fn add(sample: &Sample, connection: &mut Connection) -> Result<(), SampleError> {
    for group in groups(sample) {
        for number in &group {
            let outward = sample
                .references
                .iter()
                .filter(|it| it.from == *number && !group.contains(&it.to));
            let sql = candidates(sample, *number, &outward.collect::<Vec<_>>());
            sample.count(connection, *number, &sql)?;
            analyze(sample, connection, *number)?;
        }
        let inward: Vec<&Binding> = sample
            .references
            .iter()
            .filter(|it| group.contains(&it.from) && group.contains(&it.to))
            .collect();
        loop {
            let mut dropped = 0;
            for binding in &inward {
                let sql = unkept(sample, binding);
                dropped += sample.count(connection, binding.from, &sql)?;
            }
            if dropped == 0 {
                break;
            }
        }
    }
    Ok(())
}

/// The tables without a filter, in an order in which each comes behind those that it refers to. Those that refer to one another
/// in a circle are one group, with what refers to them.
fn groups(sample: &Sample) -> Vec<Vec<usize>> {
    let is_follower = |number: &usize| sample.tables[*number].filter.is_none();
    let mut left: Vec<usize> = (0..sample.tables.len()).filter(is_follower).collect();
    let mut groups = Vec::new();
    while !left.is_empty() {
        let waits = |number: usize| {
            sample
                .references
                .iter()
                .any(|it| it.from == number && it.to != number && left.contains(&it.to))
        };
        match left.iter().position(|number| !waits(*number)) {
            Some(at) => groups.push(vec![left.remove(at)]),
            None => groups.push(std::mem::take(&mut left)),
        }
    }
    groups
}

/// Adds the rows whose references out of their group are all kept.
fn candidates(sample: &Sample, number: usize, outward: &[&Binding]) -> String {
    let joins = outward.iter().enumerate();
    let joins: String = joins.map(|(at, it)| join(sample, it, at)).collect();
    let conditions: Vec<String> = outward
        .iter()
        .enumerate()
        .map(|(at, binding)| format!("({} OR {})", any_null(binding), is_kept(binding, at)))
        .collect();
    let conditions = match conditions.as_slice() {
        [] => String::new(),
        some => format!("WHERE {}", some.join(" AND ")),
    };
    format!(
        "INSERT INTO {} (part, place)
         SELECT referring.tableoid, referring.ctid FROM {} AS referring {joins} {conditions}
         ON CONFLICT DO NOTHING",
        kept(number),
        sample.tables[number].source(),
    )
}

/// Drops the rows that are not kept for themselves and one of whose references is not kept.
fn unkept(sample: &Sample, binding: &Binding) -> String {
    format!(
        "WITH dropped AS (
             DELETE FROM {kept} AS candidate
              USING {from} AS referring {join}
              WHERE candidate.generation IS NULL
                AND referring.tableoid = candidate.part AND referring.ctid = candidate.place
                AND NOT {null} AND NOT {is_kept}
             RETURNING 1)
         SELECT count(*) FROM dropped",
        kept = kept(binding.from),
        from = sample.tables[binding.from].source(),
        join = join(sample, binding, 0),
        null = any_null(binding),
        is_kept = is_kept(binding, 0),
    )
}

/// Joins what a row refers to, where it is kept; and, where it may be that there is no such row, what there is.
fn join(sample: &Sample, binding: &Binding, at: usize) -> String {
    let source = sample.tables[binding.to].source();
    let mut join = format!(
        "LEFT JOIN (SELECT target.*, kept.place AS pgassay_place FROM {source} AS target
                      JOIN {} AS kept ON kept.part = target.tableoid AND kept.place = target.ctid) AS kept_{at}
                ON {} ",
        kept(binding.to),
        equal(binding, &format!("kept_{at}")),
    );
    if !binding.is_valid {
        join.push_str(&format!(
            "LEFT JOIN {source} AS there_{at} ON {} ",
            equal(binding, &format!("there_{at}"))
        ));
    }
    join
}

/// That what the row refers to is kept, or was not there ever.
fn is_kept(binding: &Binding, at: usize) -> String {
    if binding.is_valid {
        format!("kept_{at}.pgassay_place IS NOT NULL")
    } else {
        format!("(kept_{at}.pgassay_place IS NOT NULL OR there_{at}.ctid IS NULL)")
    }
}

fn any_null(binding: &Binding) -> String {
    let nulls = binding
        .columns
        .iter()
        .map(|pair| format!("referring.{} IS NULL", quote_identifier(&pair.from)));
    format!("({})", nulls.collect::<Vec<_>>().join(" OR "))
}
