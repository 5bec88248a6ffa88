//! `pgassay migrate` on databases that live on: what it applies, what it refuses, and what is left when it is killed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod account;
mod killed;
mod mending;
mod sharing;
mod site;
mod up;
