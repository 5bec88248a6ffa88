//! Coverage reports: what a run asserted and exercised of the schema, as a table in a terminal, as Markdown for a pull
//! request, as JSON, and as one page of HTML; its logic alone as LCOV, as Cobertura XML, and as a badge. Each is a function
//! from [`Contents`] to text.

mod badge;
mod cobertura;
mod gaps;
mod html;
mod json;
mod lcov;
mod markdown;
mod open;
mod text;
mod traced;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::coverage::{Account, Complaint, Totals};

pub use badge::badge;
pub use cobertura::cobertura;
pub use html::{HtmlError, html};
pub use json::{SCHEMA, VERSION, json};
pub use lcov::lcov;
pub use markdown::markdown;
pub use text::{TextOptions, text};
pub use traced::untraced;

/// All that a coverage report tells.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    /// The report, counted.
    pub account: &'a Account<'a>,
    /// What the project is called: its directory's name.
    pub project: &'a str,
    /// What was tested, where that is known: a commit of git.
    pub commit: Option<&'a str>,
    /// The figures of earlier runs, the oldest first.
    pub earlier: &'a [Totals],
    /// What gates found wanting.
    pub complaints: &'a [Complaint],
    /// What people have to know who read the figures.
    pub notes: &'a [String],
}

/// A time as machines read it, in UTC; none where it is beyond all calendars.
fn timestamp(seconds: u64) -> Option<String> {
    let seconds = i64::try_from(seconds).ok()?;
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    time.format(&Rfc3339).ok()
}

/// A time as people read it, in UTC: `2026-11-22 08:17 UTC`.
fn moment(seconds: u64) -> String {
    match timestamp(seconds) {
        Some(text) => format!("{} {} UTC", &text[..10], &text[11..16]),
        None => "at an unknown time".to_owned(),
    }
}
