//! A frame is one file being run: its scanner, its open conditions and what psql keeps per file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::interpreter::ScriptText;
use crate::event::Excerpt;
use crate::script::{Fragment, Location, Mark, Scanner};

/// How much of a step's first line is told, in characters.
const SOURCE_LIMIT: usize = 1000;

/// One file being run.
pub(super) struct Frame {
    text: Arc<str>,
    /// Where its lines begin, in bytes: every step asks for one, and looking for it anew each time would take
    /// the square of the file's length.
    line_starts: Vec<usize>,
    pub(super) scanner: Scanner,
    /// The line that was last begun.
    pub(super) begun: u32,
    pub(super) directory: PathBuf,
    pub(super) conditions: Vec<Condition>,
    /// The last statement sent, which a `\g` with nothing before it sends again.
    pub(super) previous: Option<Fragment>,
}

/// An `\if` that is open.
pub(super) struct Condition {
    /// Where it stands.
    pub(super) location: Location,
    /// Whether the lines now are run.
    pub(super) active: bool,
    /// Whether a branch was taken, or none may be because an outer branch is not run.
    pub(super) settled: bool,
    /// Whether `\else` was seen.
    pub(super) in_else: bool,
    /// The query text at the beginning of the branch.
    pub(super) mark: Mark,
}

impl Frame {
    pub(super) fn new(script: &ScriptText) -> Self {
        let text = Arc::clone(&script.text);
        let ends = text.match_indices('\n').map(|(end, _)| end + 1);
        Self {
            line_starts: std::iter::once(0).chain(ends).collect(),
            begun: 0,
            scanner: Scanner::new(Arc::clone(&script.shown), Arc::clone(&text)),
            text,
            directory: script.path.parent().map(Path::to_owned).unwrap_or_default(),
            conditions: Vec::new(),
            previous: None,
        }
    }

    /// A line of the file, counted from 1, without its line end.
    fn line(&self, number: u32) -> &str {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let start = index
            .checked_sub(1)
            .and_then(|index| self.line_starts.get(index));
        start
            .and_then(|&start| self.text[start..].lines().next())
            .unwrap_or_default()
    }

    /// The number of the last line.
    pub(super) fn last_line(&self) -> u32 {
        let ended = usize::from(self.text.ends_with('\n'));
        u32::try_from(self.line_starts.len() - ended).unwrap_or(u32::MAX)
    }

    /// The beginning of the line at which a step stands, for people to see.
    pub(super) fn source(&self, location: &Location) -> String {
        let line = self.line(location.line());
        match line.char_indices().nth(SOURCE_LIMIT) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.to_owned(),
        }
    }

    /// The line of a place, with the caret at it.
    pub(super) fn excerpt(&self, location: &Location) -> Excerpt {
        Excerpt {
            line: self.line(location.line()).to_owned(),
            column: location.column(),
        }
    }

    /// What a `\g` would send: what stands before it, else the last statement sent.
    pub(super) fn buffer_or_previous(&self) -> Option<&Fragment> {
        let buffer = self.scanner.buffer();
        if buffer.is_empty() {
            self.previous.as_ref().filter(|query| !query.is_empty())
        } else {
            Some(buffer)
        }
    }

    /// The same, and the query buffer is empty afterwards. Where there is nothing at all, nothing is sent: an empty
    /// query.
    pub(super) fn take_query(&mut self) -> Fragment {
        let buffer = self.scanner.take_buffer();
        match &self.previous {
            Some(previous) if buffer.is_empty() => previous.clone(),
            _ => buffer,
        }
    }

    /// Keeps what was sent, for a `\g` with nothing before it.
    pub(super) fn remember(&mut self, query: Fragment) {
        if !query.is_empty() {
            self.previous = Some(query);
        }
    }

    pub(super) fn is_active(&self) -> bool {
        self.conditions
            .last()
            .is_none_or(|condition| condition.active)
    }
}
