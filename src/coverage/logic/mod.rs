//! The logic of a routine: which of its statements and branches ran.
//!
//! What there is to see is read from its body, once, when the template is made; a probe tells of each by its number. In a
//! report, a routine's [`CoveredLogic`] has these points with the steps that reached them, and where they stand in the
//! scripts.

mod alike;
mod body;
mod covered;
mod passage;
mod plpgsql;

use serde::{Deserialize, Serialize};

pub use body::{Body, IndexedScript};
pub use covered::{CoveredLogic, Located};
pub(super) use plpgsql::telling;

/// What of a function's logic can be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logic {
    /// Statements and branches, in the order of the text.
    pub points: Vec<Point>,
    /// Whether a probe is only reached behind all those with lower numbers.
    pub is_in_a_row: bool,
    /// Why there are none, where that is known.
    pub unmeasured: Option<String>,
}

/// A statement or a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The line of the body, 1 for the first.
    pub line: usize,
    /// What is there.
    pub kind: PointKind,
    /// The probe that tells of it. A branch shares that of its first statement.
    pub probe: usize,
    /// The statement that a branch belongs to, as a place among the points; none of a handler of the outermost block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<usize>,
}

/// What a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PointKind {
    /// A statement begins.
    Statement,
    /// The condition of an `IF` or `ELSIF` is met, or an arm of a `CASE` is taken.
    Then,
    /// An `ELSE` is taken.
    Else,
    /// No condition of an `IF` without an `ELSE` is met.
    NoThen,
    /// A loop makes a turn.
    Turn,
    /// A loop ends without any.
    NoTurn,
    /// A handler catches an error.
    Caught,
    /// A block with handlers reaches its end.
    NotCaught,
}

impl PointKind {
    /// Whether it is a branch.
    pub fn is_branch(self) -> bool {
        self != Self::Statement
    }
}

impl Logic {
    /// The points of a body in which one statement follows another, each at its line: each has a probe of its own, the
    /// first one that of the call.
    pub(super) fn in_a_row(lines: impl IntoIterator<Item = usize>) -> Self {
        let lines = lines.into_iter().enumerate();
        let points = lines.map(|(probe, line)| Point {
            line,
            kind: PointKind::Statement,
            probe,
            of: None,
        });
        Self {
            points: points.collect(),
            is_in_a_row: true,
            unmeasured: None,
        }
    }

    /// That nothing can be seen, and why.
    pub fn unmeasured(why: impl Into<String>) -> Self {
        Self {
            unmeasured: Some(why.into()),
            ..Self::default()
        }
    }
}
