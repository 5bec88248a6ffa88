//! What is wrong with rules: found before a row is read.

use super::rule::{ColumnPattern, MaskRule};

/// Something that is wrong with the rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A rule is for no column.
    #[error("{}: \"{}\" is no column that is saved{}", .rule.said_at, .rule.columns, meant(nearest.as_deref()))]
    Idle {
        /// The rule.
        rule: Box<MaskRule>,
        /// The rule's name that was probably meant.
        nearest: Option<String>,
    },
    /// Two rules that differ are for the same column, and none is more exact.
    #[error(
        "{}: \"{}\" and \"{first}\" ({first_said_at}) are both for {column}, and say different things; say what holds: \"{column}\" = …",
        .rule.said_at, .rule.columns
    )]
    Rivals {
        /// One rule.
        rule: Box<MaskRule>,
        /// The other one's columns.
        first: Box<ColumnPattern>,
        /// Where that was said.
        first_said_at: String,
        /// The column.
        column: String,
    },
    /// A rule makes no value that the column's type takes.
    #[error("{}: {} cannot be for {column}: {reason}", .rule.said_at, .rule.rule)]
    Impossible {
        /// The rule.
        rule: Box<MaskRule>,
        /// The column.
        column: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A masked column that a foreign key binds to one that is not masked alike.
    #[error("{said_at}: \"{column}\" = {rule} breaks the foreign key {reference}: {advice}")]
    Reference {
        /// Where the rule of one side was said.
        said_at: String,
        /// The column that has it.
        column: String,
        /// The rule.
        rule: String,
        /// The foreign key, with its table.
        reference: String,
        /// What is wrong, and what to do.
        advice: String,
    },
}

fn meant(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("; did you mean \"{nearest}\"?"),
        None => "; a column that the server generates needs no rule".to_owned(),
    }
}
