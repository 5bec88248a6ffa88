//! A fragment is text that was gathered to be sent, with the places in the script that it came from.

use std::sync::Arc;

use super::source::{Place, advance};
use super::{Location, Position, line};

/// Text to send, which knows where each part of it stands in the script.
#[derive(Debug, Clone)]
pub struct Fragment {
    file: Arc<str>,
    source: Arc<str>,
    text: String,
    pieces: Vec<Piece>,
    first_token: Option<Token>,
    /// Where an empty fragment stands.
    place: Place,
    /// Whether the script does not hold it: a statement of the script brought it.
    brought: bool,
}

/// A run of a fragment's text.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Where it begins in the fragment's text.
    at: usize,
    /// Where it comes from: its own place, or that of the reference whose value it is.
    origin: Place,
    /// Whether it stands in the script as it is.
    verbatim: bool,
}

#[derive(Debug, Clone, Copy)]
struct Token {
    at: usize,
    position: Position,
}

/// What a scanner's buffer held at some time, to fall back to; see [`super::Scanner::mark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub(super) length: usize,
    pub(super) parentheses: u32,
    pub(super) bodies: u32,
}

impl Fragment {
    pub(super) fn new(file: Arc<str>, source: Arc<str>, place: Place) -> Self {
        Self {
            file,
            source,
            text: String::new(),
            pieces: Vec::new(),
            first_token: None,
            place,
            brought: false,
        }
    }

    /// A statement that this one brought as a value, and that is sent in its turn, as `\gexec` does. All of it
    /// stands where this fragment does.
    #[must_use]
    pub fn bringing(&self, text: &str) -> Self {
        let origin = Place {
            position: self.location().position,
            ..self.pieces.first().map_or(self.place, |piece| piece.origin)
        };
        let mut brought = Self::new(Arc::clone(&self.file), Arc::clone(&self.source), origin);
        if !text.trim().is_empty() {
            brought.begin_first_token(origin);
        }
        brought.push(text, origin, false);
        brought.brought = true;
        brought
    }

    /// Whether the script does not hold this text: a statement of the script brought it.
    pub fn is_brought(&self) -> bool {
        self.brought
    }

    /// The text to send.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text to send, taken out.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Whether it holds only white space and complete comments. A lone semicolon is not blank.
    pub fn is_blank(&self) -> bool {
        self.first_token.is_none()
    }

    /// Where the first token stands; in a blank fragment where its text begins, or where it was taken.
    pub fn location(&self) -> Location {
        let position = match (self.first_token, self.pieces.first()) {
            (Some(token), _) => token.position,
            (None, Some(piece)) => piece.origin.position,
            (None, None) => self.place.position,
        };
        self.at(position)
    }

    /// Where a character of the text stands in the script; `character` counts from 1, as the position in an
    /// error of the server does. A character that a variable's value brought stands where the outermost
    /// reference stands. Counts beyond the text give the place right after it.
    pub fn locate(&self, character: u32) -> Location {
        let index = usize::try_from(character)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        let at = self
            .text
            .char_indices()
            .nth(index)
            .map_or(self.text.len(), |(at, _)| at);
        let following = self.pieces.partition_point(|piece| piece.at <= at);
        let Some(piece) = following
            .checked_sub(1)
            .and_then(|index| self.pieces.get(index))
        else {
            return self.location();
        };
        if piece.verbatim {
            self.at(advance(piece.origin.position, &self.text[piece.at..at]))
        } else {
            self.at(piece.origin.position)
        }
    }

    /// A line of the script that the fragment comes from, counted from 1, without its line end.
    pub fn source_line(&self, number: u32) -> Option<&str> {
        // From the fragment's beginning rather than the file's, lest many excerpts take quadratic time.
        let first = self.pieces.first().map_or(self.place, |piece| piece.origin);
        match number.checked_sub(first.position.line) {
            None => line(&self.source, number),
            Some(further) => {
                let start = self.source[..first.offset]
                    .rfind('\n')
                    .map_or(0, |at| at + 1);
                line(&self.source[start..], further + 1)
            }
        }
    }

    fn at(&self, position: Position) -> Location {
        Location {
            file: Arc::clone(&self.file),
            position,
        }
    }

    /// Whether there is nothing to send. What stands before a statement, be it white space or `--` comments, counts for
    /// nothing; a comment of the other kind is text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn has_token(&self) -> bool {
        self.first_token.is_some()
    }

    /// Says that the first token begins at the end of the text so far.
    pub(super) fn begin_first_token(&mut self, place: Place) {
        self.first_token = Some(Token {
            at: self.text.len(),
            position: place.position,
        });
    }

    /// Says that what is there is not blank, though it holds no complete token.
    pub(super) fn end_with_token(&mut self) {
        if let (None, Some(piece)) = (self.first_token, self.pieces.first()) {
            self.first_token = Some(Token {
                at: 0,
                position: piece.origin.position,
            });
        }
    }

    /// Whether text at `offset` of the script goes on where the fragment stopped.
    pub(super) fn continues(&self, offset: usize) -> bool {
        self.pieces.last().is_some_and(|piece| {
            piece.verbatim && piece.origin.offset + (self.text.len() - piece.at) == offset
        })
    }

    /// Adds text to the last piece.
    pub(super) fn extend(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds text that stands in the script at `origin`, or whose reference stands there.
    pub(super) fn push(&mut self, text: &str, origin: Place, verbatim: bool) {
        if text.is_empty() {
            return;
        }
        let goes_on = self
            .pieces
            .last()
            .is_some_and(|last| !verbatim && !last.verbatim && last.origin == origin);
        if !goes_on {
            self.pieces.push(Piece {
                at: self.text.len(),
                origin,
                verbatim,
            });
        }
        self.text.push_str(text);
    }

    /// Drops what stands beyond `length` bytes. Where the text is another one by now, `length` may lie
    /// within a character, which then goes too.
    pub(super) fn truncate(&mut self, length: usize) {
        if length >= self.text.len() {
            return;
        }
        let length = self.text.floor_char_boundary(length);
        self.text.truncate(length);
        let kept = self.pieces.partition_point(|piece| piece.at < length);
        self.pieces.truncate(kept);
        if self.first_token.is_some_and(|token| token.at >= length) {
            self.first_token = None;
        }
    }
}
