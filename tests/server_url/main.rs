//! `--url`: a server that exists already, here a throwaway one that each test starts for itself. The verdicts are as
//! on the tool's own clusters, and nothing that was there is touched.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod coverage;
mod ends;
mod refusals;
mod sharing;
mod verdicts;
