//! What a connection string comes to, how it is told to other programs, and which streams it opens.
//! The tests with servers compare with the real psql; they need `PostgreSQL` and openssl and say so when they skip.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may panic, and says when it skips"
)]

mod authority;
mod client;
mod files;
mod printed;
#[path = "../tool/programs.rs"]
mod programs;
mod resolved;
mod server;
mod streams;
mod trust;
