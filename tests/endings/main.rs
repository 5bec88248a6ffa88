//! How runs end, and how they are chosen: whatever happens, no server process, socket or directory is left, what ran
//! is told, and the verdicts are the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod chosen;
mod kept;
mod kills;
mod readers;
mod script_files;
mod signals;
mod surroundings;
mod twice;
