//! What is looked at before a row is masked: which rule holds for a column, and whether the rows will still keep what the
//! tables ask of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Ruled;
use super::problem::Problem;
use super::replacement::Replacement;
use super::rule::{MaskRule, Rule, column_path};
use crate::settings::nearest;
use crate::snapshot::{Reference, Table, TableName};

/// The rule for a column: of those that mean it, the most exact one. A rule for a table is one for those that inherit from it too,
/// unless it is `keep`; of two equally exact ones, that of the nearer table holds.
pub(super) fn rule_for<'r>(
    rules: &'r [MaskRule],
    table: &Table,
    column: &str,
) -> Result<Option<&'r MaskRule>, Problem> {
    let meant = rules.iter().filter_map(|rule| {
        let distance = distance(rule, table, column)?;
        Some(((rule.columns.exactness(), Reverse(distance)), rule))
    });
    let mut best: Option<((usize, Reverse<usize>), &MaskRule)> = None;
    let mut rivals = None;
    for (rank, rule) in meant {
        match best {
            Some((first, _)) if first > rank => {}
            Some((first, its)) if first == rank => {
                if its.rule != rule.rule {
                    rivals = Some((its, rule));
                }
            }
            _ => {
                best = Some((rank, rule));
                rivals = None;
            }
        }
    }
    match rivals {
        None => Ok(best.map(|(_, rule)| rule)),
        Some((first, rule)) => Err(Problem::Rivals {
            rule: Box::new(rule.clone()),
            first: Box::new(first.columns.clone()),
            first_said_at: first.said_at.clone(),
            column: column_path(&table.name, column),
        }),
    }
}

/// How far away the table is by which a rule means a column: 0 for the column's own, more for one that its table inherits the column
/// from. None where the rule does not mean it.
fn distance(rule: &MaskRule, table: &Table, column: &str) -> Option<usize> {
    if rule.columns.means(&table.name, column) {
        return Some(0);
    }
    // Who has looked at one table's values has not looked at another one's.
    if rule.rule == Rule::Keep {
        return None;
    }
    let mut ancestors = table.ancestors.iter();
    ancestors
        .find(|it| {
            it.columns.iter().any(|its| its == column) && rule.columns.means(&it.name, column)
        })
        .map(|it| it.distance)
}

/// The rules that are for no column.
pub(super) fn idle(rules: &[MaskRule], tables: &[Table], others: &[Table]) -> Vec<Problem> {
    let columns = || {
        let all = tables.iter().chain(others);
        all.flat_map(|table| {
            table
                .columns
                .iter()
                .map(move |column| (table, column.name.as_str()))
        })
    };
    let idle = rules
        .iter()
        .filter(|rule| !columns().any(|(table, column)| distance(rule, table, column).is_some()));
    idle.map(|rule| {
        let near: Vec<String> = columns()
            .map(|(table, column)| rule.columns.nearby(&table.name, column))
            .collect();
        let said = rule.columns.to_string();
        Problem::Idle {
            rule: Box::new(rule.clone()),
            nearest: nearest(&said, near.iter().map(String::as_str)).map(str::to_owned),
        }
    })
    .collect()
}

/// What is wrong with the rules of a table's columns, and what may be.
pub(super) fn of_table(
    table: &Table,
    columns: &[Ruled<'_>],
    remarks: &mut Vec<String>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for ruled in columns {
        let (Some(rule), Some(replacement)) = (ruled.rule, &ruled.replacement) else {
            continue;
        };
        let name = &ruled.column.name;
        let path = column_path(&table.name, name);
        let mut refuse = |reason: String| {
            problems.push(Problem::Impossible {
                rule: Box::new(rule.clone()),
                column: path.clone(),
                reason,
            });
        };
        if *replacement == Replacement::Null && ruled.column.not_null {
            refuse("the column is NOT NULL; use `fixed`, or another rule".to_owned());
        }
        let is_key = table.key.contains(name);
        for unique in table.unique.iter().filter(|it| it.contains(name)) {
            if !replacement.repeats(ruled.column) {
                continue;
            }
            match unique.as_slice() {
                [_] => refuse(format!(
                    "the column is {}, and values that differ may come to the same; use {}",
                    if is_key { "the primary key" } else { "unique" },
                    unique_rules(ruled)
                )),
                columns => remarks.push(format!(
                    "{path} is masked by {} ({}), by which values that differ may come to the same, and it is one of the columns of a unique key, ({}): \
                     where they do, loading fails",
                    rule.rule,
                    rule.said_at,
                    columns.join(", ")
                )),
            }
        }
        for check in table.checks.iter().filter(|it| it.columns.contains(name)) {
            remarks.push(format!(
                "{path} is masked by {} ({}), and the check {} is about it: where masked values do not keep it, loading fails",
                rule.rule, rule.said_at, check.name
            ));
        }
        if table.partition_key.contains(name) {
            remarks.push(format!(
                "{path} is masked by {} ({}), and decides in which partition a row is: where there is none for a masked value, loading fails",
                rule.rule, rule.said_at
            ));
        }
    }
    problems
}

/// The rules under which the values of a unique column stay unique.
fn unique_rules(ruled: &Ruled<'_>) -> String {
    let words = ["hash", "keep_length", "fake.email"];
    let good = words.into_iter().filter(|word| {
        let made = Rule::of_word(word).map(|rule| Replacement::of(&rule, ruled.column));
        matches!(made, Some(Ok(Some(made))) if !made.repeats(ruled.column))
    });
    let mut good: Vec<String> = good.map(|word| format!("`{word}`")).collect();
    if !ruled.column.not_null {
        good.push("`null`".to_owned());
    }
    good.push("`keep`".to_owned());
    match good.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// What is wrong with the rules on both sides of a foreign key.
pub(super) fn of_reference(
    reference: &Reference,
    ruled: &BTreeMap<&TableName, Vec<Ruled<'_>>>,
) -> Vec<Problem> {
    let find = |table: &TableName, column: &str| {
        let columns = ruled.get(table)?;
        columns.iter().find(|it| it.column.name == column)
    };
    let pairs: Vec<_> = reference
        .columns
        .iter()
        .zip(&reference.to_columns)
        .filter_map(|(from, to)| Some((find(&reference.from, from)?, find(&reference.to, to)?)))
        .collect();
    let is_null = |ruled: &Ruled<'_>| ruled.replacement == Some(Replacement::Null);
    let nulls = pairs.iter().filter(|(from, _)| is_null(from)).count();
    // A row with a NULL refers to nothing; `MATCH FULL` wants all of them or none.
    if nulls == pairs.len() || (nulls > 0 && !reference.is_full) {
        return Vec::new();
    }
    let name = format!("{} of {}", reference.name, reference.from);
    let problems = pairs.into_iter().filter_map(|(from, to)| {
        let from_path = column_path(&reference.from, &from.column.name);
        let to_path = column_path(&reference.to, &to.column.name);
        let differs =
            |one: &Ruled<'_>, other: &Ruled<'_>| match (&one.replacement, &other.replacement) {
                (Some(one), Some(other)) => !one.agrees_with(other),
                (None, None) => false,
                _ => true,
            };
        if !differs(from, to) {
            return None;
        }
        let (column, rule, advice) = match (masked(from), masked(to)) {
            (_, Some(two)) if is_null(to) => (
                to_path,
                two,
                format!(
                    "nothing refers to NULL; use another rule for it, and the same for {from_path}"
                ),
            ),
            (Some(one), Some(two)) if one.rule == two.rule => (
                from_path,
                one,
                format!(
                    "{} and {} ({to_path}) come to different values; use another rule for both",
                    from.column.data_type, to.column.data_type
                ),
            ),
            (Some(one), Some(two)) => (
                from_path,
                one,
                format!(
                    "the other side is {} ({}); both must have the same rule",
                    two.rule, two.said_at
                ),
            ),
            (Some(one), None) => {
                let advice = format!("add \"{to_path}\" = {}", one.rule);
                (from_path, one, advice)
            }
            (None, Some(two)) => {
                let advice = format!("add \"{from_path}\" = {}", two.rule);
                (to_path, two, advice)
            }
            (None, None) => return None,
        };
        Some(Problem::Reference {
            said_at: rule.said_at.clone(),
            column,
            rule: rule.rule.to_string(),
            reference: name.clone(),
            advice,
        })
    });
    problems.collect()
}

fn masked<'r>(ruled: &Ruled<'r>) -> Option<&'r MaskRule> {
    ruled.rule.filter(|_| ruled.replacement.is_some())
}
