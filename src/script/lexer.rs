//! The lexer tells where an SQL statement ends: which semicolons stand outside quotes, comments, parentheses
//! and function bodies. It follows the rules of psql 18's scanner and never judges the SQL.

use super::delimiter::{
    Literal, Nesting, comment_step, continuation, dollar_delimiter, is_newline, is_space,
    literal_end,
};
use super::number::{begins_word, end as number_end, parameter_end, word_end};
use super::source::Source;
use super::variable::{Reference, reference};
use super::{Fragment, Open};

/// Why the lexer stopped.
#[derive(Debug)]
pub(super) enum Event {
    /// The window is read: the line or the value of a variable is at its end.
    WindowEnd,
    /// A semicolon that ends the statement was read.
    Semicolon,
    /// The backslash of a command was read.
    Backslash {
        /// Where it stands in the window.
        at: usize,
    },
    /// A reference to a variable was read and not added to the fragment.
    Variable {
        /// Where its colon stands in the window.
        at: usize,
        reference: Reference,
    },
}

/// What the text at hand is part of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// SQL, between tokens.
    Plain,
    /// A literal.
    Literal(Literal),
    /// Right after a literal's closing quote: it may be continued after a newline.
    LiteralEnd(Literal),
    /// A quoted identifier.
    Identifier,
    /// A dollar quote, with its delimiter.
    DollarQuote(Box<str>),
    /// A comment, with the number of comments around it.
    Comment(usize),
}

/// See the module's words.
#[derive(Debug, Clone)]
pub(super) struct Lexer {
    state: State,
    /// Whether backslashes in plain literals are plain characters.
    standard_strings: bool,
    parentheses: u32,
    /// How many BEGIN and CASE of a function body wait for their END.
    bodies: u32,
    /// Words since the statement began.
    words: u32,
    /// Initials of the first words, where they are those of CREATE OR REPLACE FUNCTION or PROCEDURE.
    initials: [u8; 4],
    open_quote: usize,
    open_parenthesis: usize,
    /// None where the text that began the body has been dropped.
    open_body: Option<usize>,
}

/// The text of a window on its way into a fragment.
struct Passage<'a> {
    source: &'a mut Source,
    fragment: &'a mut Fragment,
    text: &'a str,
    /// What lies before was added or dropped.
    start: usize,
}

impl Passage<'_> {
    /// Adds what was read up to `at`.
    fn flush(&mut self, at: usize) {
        if at > self.start {
            let text = &self.text[self.start..at];
            if self.source.in_expansion() {
                let origin = self.source.place(self.start);
                self.fragment.push(text, origin, false);
            } else if self.fragment.continues(self.start) {
                self.fragment.extend(text);
            } else {
                let origin = self.source.place(self.start);
                self.fragment.push(text, origin, true);
            }
            self.start = at;
        }
    }

    /// Adds white space or a `--` comment that was read from `at` to `end`, unless it leads the fragment.
    fn blank(&mut self, at: usize, end: usize) {
        if self.fragment.is_empty() && self.start == at {
            self.start = end;
        }
    }

    /// Notes that a token stands at `at`.
    fn token(&mut self, at: usize) {
        if !self.fragment.has_token() {
            self.flush(at);
            let place = self.source.place(at);
            self.fragment.begin_first_token(place);
        }
    }
}

impl Lexer {
    pub(super) fn new() -> Self {
        Self {
            state: State::Plain,
            standard_strings: true,
            parentheses: 0,
            bodies: 0,
            words: 0,
            initials: [0; 4],
            open_quote: 0,
            open_parenthesis: 0,
            open_body: None,
        }
    }

    /// Forgets what is open, as after `\g` or `\r`.
    pub(super) fn reset(&mut self) {
        *self = Self {
            standard_strings: self.standard_strings,
            ..Self::new()
        };
    }

    pub(super) fn set_standard_strings(&mut self, standard_strings: bool) {
        self.standard_strings = standard_strings;
    }

    pub(super) fn parentheses(&self) -> u32 {
        self.parentheses
    }

    /// How many BEGIN and CASE of a function body are open.
    pub(super) fn bodies(&self) -> u32 {
        self.bodies
    }

    /// Notes that the text was dropped since so many parentheses and bodies were open. Bodies that it began stay open,
    /// as psql has it, and nobody is told where they begin.
    pub(super) fn drop_text(&mut self, parentheses: u32, bodies: u32) {
        self.parentheses = parentheses;
        if bodies == 0 {
            self.open_body = None;
        }
    }

    /// Whether the text at hand is part of a quote or a comment.
    pub(super) fn in_quote(&self) -> bool {
        !matches!(self.state, State::Plain | State::LiteralEnd(_))
    }

    /// After a backslash command all is as between tokens.
    pub(super) fn resume(&mut self) {
        self.state = State::Plain;
    }

    /// What is open, the innermost first, and at which byte of the script it opens.
    pub(super) fn open(&self) -> Option<(Open, usize)> {
        let open = match &self.state {
            State::Literal(_) => Open::Literal,
            State::Identifier => Open::Identifier,
            State::DollarQuote(delimiter) => Open::DollarQuote(delimiter.to_string()),
            State::Comment(_) => Open::Comment,
            State::Plain | State::LiteralEnd(_) if self.parentheses > 0 => {
                return Some((Open::Parenthesis, self.open_parenthesis));
            }
            State::Plain | State::LiteralEnd(_) if self.bodies > 0 => {
                return self.open_body.map(|at| (Open::Body, at));
            }
            State::Plain | State::LiteralEnd(_) => return None,
        };
        Some((open, self.open_quote))
    }

    /// Reads on in the current window and adds what belongs to the statement to `fragment`.
    pub(super) fn run(&mut self, source: &mut Source, fragment: &mut Fragment) -> Event {
        let window = source.window();
        let mut passage = Passage {
            source,
            fragment,
            text: &window.text,
            start: window.at,
        };
        let bytes = &window.text.as_bytes()[..window.end];
        let mut at = window.at;
        let event = loop {
            if at >= bytes.len() {
                break Event::WindowEnd;
            }
            match &mut self.state {
                State::Plain => match self.token(&mut passage, bytes, &mut at) {
                    None => {}
                    Some(event) => break event,
                },
                State::Literal(kind) => {
                    let kind = *kind;
                    if let Some(end) = literal_end(bytes, at, kind) {
                        at = end;
                        self.state = State::LiteralEnd(kind);
                    } else {
                        at = bytes.len();
                    }
                }
                State::LiteralEnd(kind) => match continuation(bytes, at) {
                    Some(end) => {
                        at = end;
                        self.state = State::Literal(*kind);
                    }
                    None => self.state = State::Plain,
                },
                State::Identifier => match passage.text[at..bytes.len()].find('"') {
                    // A doubled quote closes and opens again, which comes to the same.
                    Some(length) => {
                        at += length + 1;
                        self.state = State::Plain;
                    }
                    None => at = bytes.len(),
                },
                State::DollarQuote(delimiter) => {
                    match passage.text[at..bytes.len()].find(&**delimiter) {
                        Some(length) => {
                            at += length + delimiter.len();
                            self.state = State::Plain;
                        }
                        None => at = bytes.len(),
                    }
                }
                State::Comment(depth) => match comment_step(bytes, at) {
                    (end, Some(Nesting::In)) => {
                        at = end;
                        *depth += 1;
                    }
                    (end, Some(Nesting::Out)) => {
                        at = end;
                        match depth.checked_sub(1) {
                            Some(less) => *depth = less,
                            None => self.state = State::Plain,
                        }
                    }
                    (end, None) => at = end,
                },
            }
        };
        let read = match &event {
            Event::WindowEnd | Event::Semicolon => {
                passage.flush(at);
                at
            }
            Event::Backslash { at } => {
                passage.flush(*at);
                at + 1
            }
            Event::Variable { at, reference } => {
                passage.flush(*at);
                reference.end
            }
        };
        source.read_to(read);
        event
    }

    /// Reads one token, or white space, at `at` of a window in plain SQL.
    fn token(&mut self, passage: &mut Passage<'_>, bytes: &[u8], at: &mut usize) -> Option<Event> {
        let here = *at;
        let next = bytes.get(here + 1).copied();
        let first = bytes[here];
        // What is no token: white space, comments, commands, references.
        match (first, next) {
            (byte, _) if is_space(byte) => {
                *at += bytes[here..]
                    .iter()
                    .take_while(|byte| is_space(**byte))
                    .count();
                passage.blank(here, *at);
                return None;
            }
            (b'-', Some(b'-')) => {
                *at += bytes[here..]
                    .iter()
                    .take_while(|byte| !is_newline(**byte))
                    .count();
                passage.blank(here, *at);
                return None;
            }
            (b'/', Some(b'*')) => {
                self.quote(State::Comment(0), passage, here);
                *at += 2;
                return None;
            }
            (b'\\', Some(b';' | b':')) => {
                passage.flush(here);
                passage.token(here);
                // The backslash is dropped and its character taken.
                passage.start = here + 1;
                *at += 2;
                if next == Some(b';') {
                    self.words = 0;
                }
                return None;
            }
            (b'\\', _) => return Some(Event::Backslash { at: here }),
            (b':', Some(b':' | b'=')) => {
                passage.token(here);
                *at += 2;
                return None;
            }
            (b':', _) => {
                if let Some(reference) = reference(passage.text, here, bytes.len()) {
                    return Some(Event::Variable {
                        at: here,
                        reference,
                    });
                }
            }
            _ => {}
        }
        passage.token(here);
        *at = self.plain_token(passage, bytes, here);
        if first == b';' && self.parentheses == 0 && self.bodies == 0 {
            self.words = 0;
            return Some(Event::Semicolon);
        }
        None
    }

    /// Reads a token that is neither a comment nor psql's own; the byte after it, or after its opening quote.
    fn plain_token(&mut self, passage: &mut Passage<'_>, bytes: &[u8], here: usize) -> usize {
        let next = bytes.get(here + 1).copied();
        let after_next = bytes.get(here + 2).copied();
        match (bytes[here], next) {
            (b'\'', _) => {
                let kind = if self.standard_strings {
                    Literal::Standard
                } else {
                    Literal::Escape
                };
                self.quote(State::Literal(kind), passage, here);
                here + 1
            }
            (b'e' | b'E', Some(b'\'')) => {
                self.quote(State::Literal(Literal::Escape), passage, here);
                here + 2
            }
            (b'b' | b'B' | b'x' | b'X', Some(b'\'')) => {
                self.quote(State::Literal(Literal::Bits), passage, here);
                here + 2
            }
            // The N is a word of its own, and no more than that.
            (b'n' | b'N', Some(b'\'')) => here + 1,
            (b'u' | b'U', Some(b'&')) if after_next == Some(b'\'') => {
                self.quote(State::Literal(Literal::Standard), passage, here);
                here + 3
            }
            (b'u' | b'U', Some(b'&')) if after_next == Some(b'"') => {
                self.quote(State::Identifier, passage, here);
                here + 3
            }
            (b'"', _) => {
                self.quote(State::Identifier, passage, here);
                here + 1
            }
            (b'$', Some(byte)) if byte.is_ascii_digit() => parameter_end(bytes, here),
            (b'$', _) => match dollar_delimiter(bytes, here) {
                Some(end) => {
                    let delimiter = Box::from(&passage.text[here..end]);
                    self.quote(State::DollarQuote(delimiter), passage, here);
                    end
                }
                None => here + 1,
            },
            (b'(', _) => {
                if self.parentheses == 0 {
                    self.open_parenthesis = passage.source.offset(here);
                }
                self.parentheses = self.parentheses.saturating_add(1);
                here + 1
            }
            (b')', _) => {
                self.parentheses = self.parentheses.saturating_sub(1);
                here + 1
            }
            (byte, _) if byte.is_ascii_digit() => number_end(bytes, here),
            (b'.', Some(byte)) if byte.is_ascii_digit() => number_end(bytes, here),
            (byte, _) if begins_word(byte) => {
                let end = word_end(bytes, here);
                self.word(&bytes[here..end], passage.source.offset(here));
                end
            }
            _ => here + 1,
        }
    }

    fn quote(&mut self, state: State, passage: &Passage<'_>, at: usize) {
        self.state = state;
        self.open_quote = passage.source.offset(at);
    }

    /// Follows the words of a statement, to know `BEGIN ATOMIC … END` bodies of SQL functions.
    fn word(&mut self, word: &[u8], offset: usize) {
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword.as_bytes());
        if self.words == 0 {
            self.initials = [0; 4];
        }
        let index = usize::try_from(self.words).unwrap_or(usize::MAX);
        if let Some(initial) = self.initials.get_mut(index)
            && ["create", "function", "procedure", "or", "replace"]
                .into_iter()
                .any(is)
        {
            *initial = word[0].to_ascii_lowercase();
        }
        self.words = self.words.saturating_add(1);
        let creates_routine = matches!(
            self.initials,
            [b'c', b'f' | b'p', ..] | [b'c', b'o', b'r', b'f' | b'p']
        );
        if !creates_routine || self.parentheses > 0 {
            return;
        }
        if is("begin") {
            if self.bodies == 0 {
                self.open_body = Some(offset);
            }
            self.bodies = self.bodies.saturating_add(1);
        } else if is("case") && self.bodies > 0 {
            self.bodies = self.bodies.saturating_add(1);
        } else if is("end") {
            self.bodies = self.bodies.saturating_sub(1);
        }
    }
}
