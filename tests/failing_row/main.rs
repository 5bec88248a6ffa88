//! The row on which a statement failed, found on a real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod cases;
mod found;
mod ground;
mod migrations;
mod time;
