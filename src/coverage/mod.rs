//! Coverage: what a run really asserted and exercised of the schema, told by probes in the database.
//!
//! [`PgtapFunction`] says how a function of pgTAP is made to tell of its calls; `database` does it in the template that
//! coverage uses. What comes back are notices, of which [`Touch`] is made, and against a [`Catalog`](crate::catalog)
//! each touch comes to [`Claim`]s: this property of this object is pinned down.
//!
//! What was found is a [`CoverageReport`]. An [`Account`] of it has the figures, without what [`Exclusion`]s leave out;
//! [gates](gate) hold it to what a project asks for.
//!
//! Nothing here is seen by tests: neither verdicts nor what is printed depend on it.

mod behaviour;
mod body;
mod changed;
pub mod exclusion;
mod function;
pub mod gate;
mod gathered;
pub mod group;
mod hidden;
mod insertions;
mod kin;
mod logic;
mod looks;
mod measure;
mod parts;
mod refusal;
mod routine;
mod shape;
mod statements;
mod subject;
pub mod totals;
mod touch;

pub use behaviour::{Behaviour, UnknownBehaviour};
pub use body::UnknownBody;
pub use changed::{ChangedLines, Unfollowed};
pub use exclusion::{Exclusion, PathPattern, PatternError, Selector};
pub use function::{PgtapFunction, Treatment, silent_functions, statements};
pub use gate::{Baseline, BaselineError, Blamed, Complaint, Threshold, thresholds};
pub use gathered::{Gathered, Touches};
pub use group::Group;
pub use hidden::hide_probes;
pub use logic::{Body, CoveredLogic, IndexedScript, Located, Logic, Point, PointKind};
pub use looks::Looks;
pub use measure::{
    Assertion, CoverageReport, CoveredObject, Level, Measure, REPORT_FORMAT, Sources,
    UnreadableReport,
};
pub use parts::Discord;
pub use routine::{Routine, TellingBody, UnseenRoutine};
pub use shape::Shape;
pub use statements::Statement;
pub use subject::Subject;
pub use totals::{Account, Counted, Figures, Gauge, Share, Totals};
pub use touch::{Asserted, Caught, Claim, Exercised, Hit, Touch, Unseen};

/// The functions in the schema `pg_assay` that the probes of assertions call.
pub const PROBES: &str = include_str!("asserted.sql");

/// The functions there that the probes of behaviour call; they need those of assertions.
pub const BEHAVIOUR_PROBES: &str = include_str!("exercised.sql");

/// The functions there that the probes of logic call; they need those of behaviour.
pub const LOGIC_PROBES: &str = include_str!("logic.sql");
