//! What a scanner reads from: a script's text, line by line, and on top of it the values of the variables
//! that are being expanded. It knows where it stands and never what the text means.

use std::sync::Arc;

use super::{Location, Position};

/// How many variables may be under expansion within one another.
const DEPTH_LIMIT: usize = 200;
/// How much text variables may expand to before the buffer is taken again.
const SIZE_LIMIT: usize = 64 << 20;
/// What an expansion within another counts besides its length, so that short values do not come for free.
const NESTED_COST: usize = 1000;

/// The place after `text`, which begins at `from`.
pub(super) fn advance(from: Position, text: &str) -> Position {
    let characters = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    match text.rfind('\n') {
        None => Position {
            line: from.line,
            column: from.column.saturating_add(characters(text)),
        },
        Some(last) => {
            let lines = text[..=last].matches('\n').count();
            let lines = u32::try_from(lines).unwrap_or(u32::MAX);
            Position {
                line: from.line.saturating_add(lines),
                column: 1 + characters(&text[last + 1..]),
            }
        }
    }
}

/// A place in a script's text, in bytes and in lines and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: usize,
    pub(super) position: Position,
}

impl Place {
    fn start() -> Self {
        Self {
            offset: 0,
            position: Position { line: 1, column: 1 },
        }
    }

    /// The place at `offset`, counted on from here; `offset` must not lie before it.
    fn forward(self, text: &str, offset: usize) -> Self {
        debug_assert!(
            offset >= self.offset,
            "places are asked for in the order of the text"
        );
        match text.get(self.offset..offset) {
            Some(between) => Self {
                offset,
                position: advance(self.position, between),
            },
            None => self,
        }
    }
}

/// The value of a variable under expansion.
#[derive(Debug, Clone)]
struct Expansion {
    name: Box<str>,
    text: Arc<str>,
    at: usize,
    /// The outermost reference, which stands in the script itself.
    origin: Place,
}

/// The part of a text that may be read now: to the end of the line or of the variable's value.
#[derive(Debug, Clone)]
pub(super) struct Window {
    pub(super) text: Arc<str>,
    pub(super) at: usize,
    pub(super) end: usize,
}

/// Why a variable cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Its own value is being read.
    Recursive,
    /// Too deep or too much; the limit in words.
    TooMuch(String),
}

/// See the module's words.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) file: Arc<str>,
    pub(super) text: Arc<str>,
    expansions: Vec<Expansion>,
    expanded: usize,
    /// What was asked last, since places are asked for in the order of the text.
    tracked: Place,
    at: usize,
    line_end: usize,
    next_line: Place,
    in_line: bool,
}

impl Source {
    pub(super) fn new(file: Arc<str>, text: Arc<str>) -> Self {
        Self {
            file,
            text,
            expansions: Vec::new(),
            expanded: 0,
            tracked: Place::start(),
            at: 0,
            line_end: 0,
            next_line: Place::start(),
            in_line: false,
        }
    }

    /// Whether a line is being read; otherwise [`Self::open_line`] comes next.
    pub(super) fn in_line(&self) -> bool {
        self.in_line
    }

    /// Goes on to the next line; false at the end of the text.
    pub(super) fn open_line(&mut self) -> bool {
        let start = self.next_line.offset;
        if start >= self.text.len() {
            self.at = self.text.len();
            self.line_end = self.at;
            return false;
        }
        self.tracked = self.next_line;
        self.at = start;
        self.line_end = self.end_of_line(start);
        self.next_line = self.after_line(self.next_line, self.line_end);
        self.in_line = true;
        true
    }

    /// Where the line that holds `offset` ends: at its line feed or at the end of the text.
    fn end_of_line(&self, offset: usize) -> usize {
        self.text[offset..]
            .find('\n')
            .map_or(self.text.len(), |length| offset + length)
    }

    /// The place after a line that ends at `line_end`.
    fn after_line(&self, from: Place, line_end: usize) -> Place {
        if line_end < self.text.len() {
            Place {
                offset: line_end + 1,
                position: Position {
                    line: from.position.line.saturating_add(1),
                    column: 1,
                },
            }
        } else {
            from.forward(&self.text, line_end)
        }
    }

    /// Leaves the current line.
    pub(super) fn close_line(&mut self) {
        self.in_line = false;
    }

    /// Whether the current line holds nothing at all.
    pub(super) fn is_empty_line(&self) -> bool {
        self.at == self.line_end
    }

    /// The byte where the current line began being readable; its line feed stands before it.
    pub(super) fn line_start(&self) -> usize {
        self.at
    }

    /// The current line, right after it was opened.
    pub(super) fn line_range(&self) -> std::ops::Range<usize> {
        self.at..self.line_end
    }

    /// What may be read now.
    pub(super) fn window(&self) -> Window {
        match self.expansions.last() {
            Some(expansion) => Window {
                text: Arc::clone(&expansion.text),
                at: expansion.at,
                end: expansion.text.len(),
            },
            None => Window {
                text: Arc::clone(&self.text),
                at: self.at,
                end: self.line_end,
            },
        }
    }

    /// Says up to where the window was read.
    pub(super) fn read_to(&mut self, at: usize) {
        match self.expansions.last_mut() {
            Some(expansion) => expansion.at = at,
            None => self.at = at,
        }
    }

    /// Leaves the value of a variable; false where none is being read, so that the line itself is at its end.
    pub(super) fn leave_expansion(&mut self) -> bool {
        self.expansions.pop().is_some()
    }

    /// Leaves all variables and the rest of the line unread.
    pub(super) fn skip_line(&mut self) {
        self.expansions.clear();
        self.at = self.line_end;
    }

    /// Leaves all variables under expansion.
    pub(super) fn leave_expansions(&mut self) {
        self.expansions.clear();
    }

    /// Reads a variable's value next. The reference stands at `at` of the current window and was read.
    pub(super) fn expand(&mut self, name: &str, value: &str, at: usize) -> Result<(), Refusal> {
        if self
            .expansions
            .iter()
            .any(|expansion| &*expansion.name == name)
        {
            return Err(Refusal::Recursive);
        }
        if self.expansions.len() >= DEPTH_LIMIT {
            return Err(Refusal::TooMuch(format!(
                "{DEPTH_LIMIT} variables within one another"
            )));
        }
        self.count(value.len())?;
        let origin = self.place(at);
        self.expansions.push(Expansion {
            name: name.into(),
            text: value.into(),
            at: 0,
            origin,
        });
        Ok(())
    }

    /// Counts text that a variable gave against the limit.
    pub(super) fn count(&mut self, length: usize) -> Result<(), Refusal> {
        let cost = if self.expansions.is_empty() {
            0
        } else {
            NESTED_COST
        };
        self.expanded = self.expanded.saturating_add(length).saturating_add(cost);
        if self.expanded > SIZE_LIMIT {
            return Err(Refusal::TooMuch(format!(
                "{} MiB in one statement",
                SIZE_LIMIT >> 20
            )));
        }
        Ok(())
    }

    /// Begins counting anew, unless a variable is still being read.
    pub(super) fn reset_count(&mut self) {
        if self.expansions.is_empty() {
            self.expanded = 0;
        }
    }

    /// Whether a variable's value is being read.
    pub(super) fn in_expansion(&self) -> bool {
        !self.expansions.is_empty()
    }

    /// The place in the script of byte `at` of the current window. In a variable's value that is the
    /// outermost reference; else places are to be asked for in the order of the text.
    pub(super) fn place(&mut self, at: usize) -> Place {
        if let Some(expansion) = self.expansions.last() {
            return expansion.origin;
        }
        self.tracked = self.tracked.forward(&self.text, at);
        self.tracked
    }

    /// The place where reading stands.
    pub(super) fn here(&mut self) -> Place {
        self.place(self.at)
    }

    /// The byte in the script that stands for byte `at` of the current window.
    pub(super) fn offset(&self, at: usize) -> usize {
        self.expansions
            .last()
            .map_or(at, |expansion| expansion.origin.offset)
    }

    /// A place as people are shown it.
    pub(super) fn location(&self, place: Place) -> Location {
        Location {
            file: Arc::clone(&self.file),
            position: place.position,
        }
    }

    /// The location of any byte of the script, counted from its beginning.
    pub(super) fn locate(&self, offset: usize) -> Location {
        self.location(Place::start().forward(&self.text, offset))
    }

    /// Takes the lines after the current one, up to a line `\.` or the end; the range of the data, where it
    /// begins, and whether such a line ended it.
    pub(super) fn take_copy_data(&mut self) -> (std::ops::Range<usize>, Place, bool) {
        let start = self.next_line;
        let mut place = start;
        while place.offset < self.text.len() {
            let line_end = self.end_of_line(place.offset);
            let after = self.after_line(place, line_end);
            let line = &self.text[place.offset..line_end];
            if matches!(line, "\\." | "\\.\r") {
                self.next_line = after;
                return (start.offset..place.offset, start, true);
            }
            place = after;
        }
        self.next_line = place;
        (start.offset..self.text.len(), start, false)
    }
}
