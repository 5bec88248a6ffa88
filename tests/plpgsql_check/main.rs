//! What coverage tells of statements and branches is held against what `plpgsql_check`, an extension in C, sees of the same
//! calls. Where the machine does not have it, these tests are skipped.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

#[path = "../tool/place.rs"]
mod place;

mod comparison;
mod corpus;
mod faults;
mod generated;
mod ours;
mod profile;
mod sample;
