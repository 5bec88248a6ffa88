//! Projects whose migrations were made for one tool or another: the tool builds their databases, and says of a broken
//! migration where it stands. A file per layout; what they migrate are the samples in `tests/data/migration`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod schema;

mod dbmate;
mod diesel;
mod golang_migrate;
mod goose;
mod histories;
mod plain;
mod refinery;
mod sqlx;
