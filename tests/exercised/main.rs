//! What coverage sees of the behaviour of a schema, on a real server.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

#[path = "../tool/place.rs"]
mod place;

mod behaviours;
mod harmless;
mod looks;
mod names;
mod same;
mod watched;
