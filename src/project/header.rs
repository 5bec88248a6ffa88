use std::time::Duration;

use crate::script::Location;

/// What a test file says of itself in the comments at its top.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// `timeout 5s`: how long the file may run; the inner none means for ever.
    pub timeout: Option<Option<Duration>>,
    /// `role app_user`: the role that the file runs as.
    pub role: Option<String>,
    /// `serial`: no other file may run meanwhile.
    pub serial: bool,
    /// `tags slow, nightly`.
    pub tags: Vec<String>,
}

/// Something in a header that says nothing, or nothing sensible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderProblem {
    /// Where it stands.
    pub location: Location,
    /// What is wrong, in one line.
    pub text: String,
}

/// Reads the header of a test file's text. Stands in for `script::header`, which takes and gives the same.
pub(super) fn read_header(_file: &str, _text: &str) -> (Header, Vec<HeaderProblem>) {
    (Header::default(), Vec::new())
}
