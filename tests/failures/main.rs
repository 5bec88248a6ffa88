//! Runs that cannot proceed: exit code 2, and a message that names the thing and what to do. Messages are under
//! snapshot tests, whole.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod disk;
mod exit_codes;
mod preparation;
mod servers;
mod settings;
