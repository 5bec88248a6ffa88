//! What a migration did to rows that exist, in words, and what is lost when it is taken back. Pure.

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
    if change.is_rewritten {
        words.push(match change.rows {
            Some(0) => "rewritten, without rows".to_owned(),
            Some(rows) => format!("rewritten with {}", count(rows, "row")),
            None => "rewritten".to_owned(),
        });
    }
    format!("{} {}", one_line(&change.table()), words.join(", "))
}

/// What is lost, as a line.
pub(super) fn loss(loss: &Loss) -> String {
    let table = one_line(&loss.table);
    let (before, after) = (grouped(loss.before), grouped(loss.after));
    match &loss.column {
        None if loss.before == loss.after => {
            format!("{table}: its {before} rows are not the same")
        }
        None => format!("{table}: {after} of {before} rows are left"),
        Some(column) if loss.before == loss.after => {
            format!(
                "{table}.{}: its {before} values are not the same",
                one_line(column)
            )
        }
        Some(column) => format!(
            "{table}.{}: {after} of {before} values are left",
            one_line(column)
        ),
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
        assert_eq!(told(None, 3, 1), "shop.orders: 1 of 3 rows are left");
        assert_eq!(told(None, 3, 3), "shop.orders: its 3 rows are not the same");
        assert_eq!(
            told(Some("note"), 3, 0),
            "shop.orders.note: 0 of 3 values are left"
        );
        assert_eq!(
            told(Some("note"), 3, 3),
            "shop.orders.note: its 3 values are not the same"
        );
    }
}
