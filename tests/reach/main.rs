//! What a suite that was written for `pg_prove` counts on: its options or their equals, files that share a database in
//! order, the choice of files by earlier runs, archives. And what is said where something was meant otherwise.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod archive;
mod dependency;
mod document;
mod named;
mod order;
mod output;
mod sharing;
mod state;
#[path = "../tool/mod.rs"]
mod tool;
