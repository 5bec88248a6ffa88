//! Which databases get a migration.

/// Which databases get a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All.
    Always,
    /// Those that begin with it: it stands for all that comes before it.
    Baseline,
    /// Those that begin with nothing.
    EmptyDatabase,
    /// None that lives on: it is still worked at, and will be another.
    Uncommitted,
}
