//! Masking: other values in place of those that are nobody's business, before they leave the process that reads them. Pure:
//! what rules come to for the tables at hand is found out before a row is read, and rows come and go as bytes.
//!
//! Equal values come to equal ones under the same rule, in all columns and tables, so that joins still hold; without the
//! [`Key`] nobody finds out by trying what was there.

mod address;
mod check;
mod copy_text;
mod fake;
mod key;
mod moment;
mod number;
mod permutation;
mod personal;
mod problem;
mod replacement;
mod row;
mod rule;
mod shape;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use fake::Fake;
pub use key::{Key, KeyError};
pub use personal::PersonalColumn;
pub use problem::Problem;
pub use row::{MaskError, MaskedRows, RowMask};
pub use rule::{ColumnPattern, MaskRule, Rule, column_path, parse_table, table_path};

use replacement::Replacement;
use row::MaskedColumn;

use super::{Column, ColumnName, Reference, Table, TableName};
use crate::script::quote_literal;

/// What is masked of the tables that are saved.
#[derive(Debug)]
pub struct Masking {
    tables: BTreeMap<TableName, RowMask>,
    remarks: Vec<String>,
    key: Key,
}

/// A question for the server: whether a fixed text is a value of its column's type. It is when the query succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The query, which reads no table.
    pub sql: String,
    column: String,
    rule: MaskRule,
}

impl Question {
    /// The problem where the query fails, with what the server says.
    pub fn problem(self, said: &str) -> Problem {
        Problem::Impossible {
            rule: Box::new(self.rule),
            column: self.column,
            reason: format!("the server says: {said}"),
        }
    }
}

/// A column with the rule that holds for it, and what that comes to.
struct Ruled<'r> {
    column: &'r Column,
    rule: Option<&'r MaskRule>,
    replacement: Option<Replacement>,
}

impl Masking {
    /// Finds out what the rules come to for the tables that are saved. `others` are tables that are there and are not saved:
    /// a rule for one of them is for nothing now, but no mistake. `references` are those between tables that are saved.
    ///
    /// # Errors
    /// All that is wrong with the rules.
    pub fn new(
        rules: &[MaskRule],
        tables: &[Table],
        others: &[Table],
        references: &[Reference],
        key: &Key,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = check::idle(rules, tables, others);
        let mut by_table: BTreeMap<&TableName, Vec<Ruled<'_>>> = BTreeMap::new();
        for table in tables {
            let of_table = by_table.entry(&table.name).or_default();
            for column in &table.columns {
                let rule = check::rule_for(rules, table, &column.name).unwrap_or_else(|problem| {
                    problems.push(problem);
                    None
                });
                let replacement = match rule.map(|rule| (rule, Replacement::of(&rule.rule, column)))
                {
                    None => None,
                    Some((_, Ok(replacement))) => replacement,
                    Some((rule, Err(reason))) => {
                        problems.push(Problem::Impossible {
                            rule: Box::new(rule.clone()),
                            column: column_path(&table.name, &column.name),
                            reason,
                        });
                        None
                    }
                };
                of_table.push(Ruled {
                    column,
                    rule,
                    replacement,
                });
            }
        }
        let mut remarks = Vec::new();
        for table in tables {
            let of_table = by_table.get(&table.name).map_or(&[][..], Vec::as_slice);
            problems.extend(check::of_table(table, of_table, &mut remarks));
        }
        for reference in references {
            problems.extend(check::of_reference(reference, &by_table));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            remarks,
            key: key.clone(),
            tables: by_table
                .iter()
                .filter(|(_, columns)| columns.iter().any(|it| it.replacement.is_some()))
                .map(|(table, columns)| ((*table).clone(), row_mask(table, columns, key)))
                .collect(),
        })
    }

    /// What is masked of a table's rows, read with the columns of its [`Table`] in their order; none where nothing is.
    pub fn for_table(&self, table: &TableName) -> Option<&RowMask> {
        self.tables.get(table)
    }

    /// What may go wrong when the rows are loaded.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// The columns whose values are replaced, by the names of their tables.
    pub fn columns(&self) -> impl Iterator<Item = ColumnName> {
        self.tables.iter().flat_map(|(table, mask)| {
            mask.replaced().map(|name| ColumnName {
                table: table.clone(),
                name: name.to_owned(),
            })
        })
    }

    /// A text for each table that only who has the key can tell: an order of rows that is made with it says nothing of their values.
    pub fn salt(&self, table: &TableName) -> String {
        let name = table_path(table);
        self.key.draws("order", name.as_bytes()).hex(64)
    }
}

/// What is to be asked of the server before anything is read, of the columns of tables that are saved, whatever else is wrong.
pub fn questions(rules: &[MaskRule], tables: &[Table]) -> Vec<Question> {
    let mut questions = Vec::new();
    for (table, column) in columns(tables) {
        let Ok(Some(rule)) = check::rule_for(rules, table, &column.name) else {
            continue;
        };
        if let Ok(Some(Replacement::Fixed(text))) = Replacement::of(&rule.rule, column) {
            questions.push(Question {
                sql: format!(
                    "SELECT CAST({} AS {})",
                    quote_literal(&text),
                    column.data_type
                ),
                column: column_path(&table.name, &column.name),
                rule: rule.clone(),
            });
        }
    }
    questions
}

/// The columns of tables that are saved that look personal and have no rule, not even `keep`.
pub fn personal_columns(rules: &[MaskRule], tables: &[Table]) -> Vec<PersonalColumn> {
    let without_rule = columns(tables)
        .filter(|(table, column)| matches!(check::rule_for(rules, table, &column.name), Ok(None)));
    without_rule
        .filter_map(|(table, column)| {
            Some(PersonalColumn {
                column: column_path(&table.name, &column.name),
                rule: format!("\"{}\"", personal::rule_for(column)?),
            })
        })
        .collect()
}

fn columns(tables: &[Table]) -> impl Iterator<Item = (&Table, &Column)> {
    tables
        .iter()
        .flat_map(|table| table.columns.iter().map(move |column| (table, column)))
}

fn row_mask(table: &TableName, columns: &[Ruled<'_>], key: &Key) -> RowMask {
    let columns: Arc<[MaskedColumn]> = columns
        .iter()
        .map(|it| MaskedColumn {
            name: it.column.name.clone(),
            replacement: it.replacement.clone(),
        })
        .collect();
    RowMask {
        table: table.clone(),
        columns,
        key: key.clone(),
    }
}
