//! `pgassay test --each-step` and `--round-trip`: each migration, tried on rows that exist; and the rows that test databases begin
//! with.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod alone;
mod dropped_roles;
mod each;
mod ground;
mod round_trip;
mod seeds;
