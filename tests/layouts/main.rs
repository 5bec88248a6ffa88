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

mod atlas;
mod db_migrate;
mod dbmate;
mod diesel;
mod dumps;
mod golang_migrate;
mod goose;
mod graphile_migrate;
mod histories;
mod histories_with_states;
mod liquibase;
mod living;
mod plain;
mod prisma;
mod refinery;
mod sqitch;
mod sqlx;
mod supabase;
