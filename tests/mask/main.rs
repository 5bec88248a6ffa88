//! What a snapshot holds of production's rows: other values in the columns that are masked, valid for their types and for the
//! tables that take them; and a part of the rows that holds together. With a real server.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod ground;
mod masked;
mod model;
mod sampled;
#[path = "../tool/mod.rs"]
mod tool;
mod types;
