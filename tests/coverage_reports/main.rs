//! What people and machines read of coverage: rendered from made reports, compared with accepted snapshots, and read
//! back as their readers would. And what gates make of such reports.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod counting;
mod escaping;
mod gates;
mod json;
mod markdown;
mod parts;
mod sample;
mod text;

use std::sync::LazyLock;

use pgassay::coverage::{Account, Complaint, Exclusion, PathPattern, Selector, Totals};
use pgassay::report::coverage::Contents;

fn contents<'a>(
    account: &'a Account<'a>,
    earlier: &'a [Totals],
    complaints: &'a [Complaint],
) -> Contents<'a> {
    Contents {
        account,
        project: "shop",
        commit: Some("3f9a2c71e4"),
        earlier,
        complaints,
        notes: notes(),
    }
}

fn excluded(pattern: &str, reason: &str) -> Exclusion {
    Exclusion {
        objects: Selector {
            object: Some(PathPattern::parse(pattern).unwrap()),
            ..Selector::default()
        },
        reason: reason.to_owned(),
    }
}

/// What people have to know of the samples.
fn notes() -> &'static [String] {
    static NOTES: LazyLock<[String; 1]> =
        LazyLock::new(|| ["2 of 42 test files <failed> in it".to_owned()]);
    &*NOTES
}
