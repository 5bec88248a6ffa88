//! The file of a snapshot. From its beginning:
//!
//! ```text
//! zstd frame       the head: the script's first line
//! zstd frame       the rest of the script: settings, rows, sequences
//! skippable frame  the index, as JSON
//! skippable frame  the seal, of a fixed size: where the index begins, and the SHA-256 of every byte before it
//! ```

mod reader;
mod seal;
mod writer;

pub use reader::{Rows, SnapshotFile};
pub use writer::Writer;

#[cfg(test)]
mod tests;
