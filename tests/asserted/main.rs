//! What coverage hears of assertions about the schema, on a real server.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

#[path = "../tool/place.rs"]
mod place;

mod claims;
mod same;
mod table;
mod telling;
