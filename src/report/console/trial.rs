//! What a migration did to rows that exist, in words, and what is lost when it is taken back. Pure.

use std::cmp::Ordering;

use crate::event::{Loss, TableChange, Trial};
use crate::report::figures::{count, grouped};
use crate::report::visible::one_line;

/// So many tables are named in a line.
const NAMED: usize = 3;

/// What it changed, in a few words; none where that is nothing.
pub(super) fn changes(trial: &Trial) -> Option<String> {
    let mut words: Vec<String> = trial.changes.iter().take(NAMED).map(change).collect();
    let more = trial.changes.len().saturating_sub(NAMED);
    if more > 0 {
        words.push(format!("{} more", count(more as u64, "table")));
    }
    (!words.is_empty()).then(|| words.join("; "))
}

fn change(change: &TableChange) -> String {
    let counted = [
        (change.inserted, "inserted"),
        (change.updated, "updated"),
        (change.deleted, "deleted"),
    ];
    let mut words: Vec<String> = counted
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{} {word}", grouped(*number)))
        .collect();
    if change.is_dropped {
        words.push("dropped".to_owned());
    }
    if change.is_rewritten {
        words.push(match change.rows {
            Some(0) => "rewritten, without rows".to_owned(),
            Some(rows) => format!("rewritten with {}", count(rows, "row")),
            None => "rewritten".to_owned(),
        });
    }
    format!("{} {}", one_line(&change.table()), words.join(", "))
}

/// What is lost, or another, as a line.
pub(super) fn loss(loss: &Loss) -> String {
    let table = one_line(&loss.table);
    let (before, after) = (grouped(loss.before), grouped(loss.after));
    let what = match &loss.column {
        None => table.into_owned(),
        Some(column) => format!("{table}.{}", one_line(column)),
    };
    let (one, noun) = match loss.column {
        None => ("row", "rows"),
        Some(_) => ("value", "values"),
    };
    let change = match loss.after.cmp(&loss.before) {
        Ordering::Less if loss.column.is_none() => {
            format!("{after} of {before} rows are left, whose values are not compared")
        }
        Ordering::Less => format!("{after} of {before} {noun} are left"),
        Ordering::Greater => {
            let more = count(loss.after - loss.before, one);
            format!("{more} more than the {before} before")
        }
        Ordering::Equal if loss.column.is_none() => {
            format!("its {before} rows hold the same values, but in other rows than before")
        }
        Ordering::Equal if loss.before == 1 => "its value is another than before".to_owned(),
        Ordering::Equal => format!("some of its {before} values are others than before"),
    };
    format!("{what}: {change}")
}

/// What happened there, in a word or two.
pub(super) fn loss_word(loss: &Loss) -> &'static str {
    if loss.after < loss.before {
        "lost by its down script:"
    } else {
        "changed by its down script:"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_migration_changed_is_told_by_table() {
        let table = |name: &str| TableChange {
            schema: "shop".into(),
            name: name.into(),
            ..TableChange::default()
        };
        let mut trial = Trial::default();
        assert_eq!(changes(&trial), None);
        trial.changes = vec![
            TableChange {
                inserted: 1,
                updated: 1_234_567,
                ..table("orders")
            },
            TableChange {
                is_rewritten: true,
                rows: Some(1),
                ..table("items")
            },
        ];
        assert_eq!(
            changes(&trial).as_deref(),
            Some("shop.orders 1 inserted, 1,234,567 updated; shop.items rewritten with 1 row")
        );
        trial
            .changes
            .extend(["a", "b", "c"].map(|name| TableChange {
                deleted: 2,
                ..table(name)
            }));
        let told = changes(&trial).unwrap_or_default();
        assert!(
            told.ends_with("; shop.a 2 deleted; 2 tables more"),
            "{told}"
        );
    }

    #[test]
    fn what_is_lost_is_told_in_numbers() {
        let told = |column: Option<&str>, before, after| {
            loss(&Loss {
                table: "shop.orders".into(),
                column: column.map(str::to_owned),
                before,
                after,
            })
        };
        assert_eq!(
            told(None, 3, 1),
            "shop.orders: 1 of 3 rows are left, whose values are not compared"
        );
        assert_eq!(
            told(None, 3, 4),
            "shop.orders: 1 row more than the 3 before"
        );
        assert_eq!(
            told(None, 3, 3),
            "shop.orders: its 3 rows hold the same values, but in other rows than before"
        );
        assert_eq!(
            told(Some("note"), 3, 0),
            "shop.orders.note: 0 of 3 values are left"
        );
        assert_eq!(
            told(Some("note"), 3, 3),
            "shop.orders.note: some of its 3 values are others than before"
        );
        assert_eq!(
            told(Some("note"), 3, 5),
            "shop.orders.note: 2 values more than the 3 before"
        );
    }
}
