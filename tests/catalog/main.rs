//! The catalog, read from servers: `tests/data/catalog/everything.sql` makes every kind of schema object, and what is
//! read of it is listed in snapshots, to be compared by eye with what `\d` and `pg_dump` say.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod compare;
mod ground;
mod history;
mod listing;
mod lookup;
