//! The data of a `COPY … FROM STDIN` that stand in the script itself.

use std::ops::Range;
use std::sync::Arc;

use super::Location;

/// Inline data: whole lines, as they stand in the script.
#[derive(Debug, Clone)]
pub struct CopyData {
    source: Arc<str>,
    range: Range<usize>,
    location: Location,
    terminated: bool,
}

impl CopyData {
    pub(super) fn new(
        source: Arc<str>,
        range: Range<usize>,
        location: Location,
        terminated: bool,
    ) -> Self {
        Self {
            source,
            range,
            location,
            terminated,
        }
    }

    /// The lines with their line ends, without the `\.` line.
    pub fn text(&self) -> &str {
        &self.source[self.range.clone()]
    }

    /// Where the first line of the data stands (or would stand).
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Whether a `\.` line ended the data; else the file did.
    pub fn is_terminated(&self) -> bool {
        self.terminated
    }
}
