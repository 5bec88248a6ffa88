//! The parser takes a stream in pieces, finds the level of every line and keeps within its limits. It judges
//! nothing: the grammar says what a line is, its level what it means.

use super::grammar::{self, Dialect, Token};
use super::level::Level;
use super::lines::Lines;
use super::report::{BailOut, Line, Origin, ProblemKind, Report, Subtest};
use super::room::{Room, Share, clipped};

/// How many spaces a subtest is indented by.
const INDENTATION: usize = 4;
/// How deep subtests may lie in one another; what is indented deeper is unknown.
const DEPTH_LIMIT: usize = 64;
/// How many unknown lines are kept of a stream, subtests included.
const UNKNOWN_LINES: usize = 2_000;
/// How many bytes of unknown lines are kept of a stream, subtests included.
const UNKNOWN_BYTES: usize = 1024 * 1024;

/// How many bytes of a line are repeated in a problem.
const PROBLEM_LINE: usize = 1000;

/// Reads a TAP stream that comes in pieces. What it holds besides its report is bounded: one line of 64 KiB
/// and one YAML block. So is the free text in the report; only the number of assertions is the stream's own affair.
#[derive(Debug, Default)]
pub struct Parser {
    lines: Lines,
    stream: Stream,
}

/// Reads a whole TAP stream; every origin in the report is 0.
pub fn parse(text: &[u8]) -> Report {
    let mut parser = Parser::new();
    parser.push(text, 0);
    parser.finish()
}

impl Parser {
    /// A parser at the beginning of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece of the stream, cut anywhere. A line bears the origin of the piece that holds its
    /// first byte. Bytes that are not UTF-8 are read as U+FFFD; of a line longer than 64 KiB the rest is
    /// replaced by `… (N bytes more)`. After `Bail out!` nothing is read.
    pub fn push(&mut self, text: &[u8], origin: Origin) {
        self.lines
            .push(text, origin, |line, origin| self.stream.line(line, origin));
    }

    /// Whether the stream bailed out, so that what follows counts for nothing.
    pub fn bailed_out(&self) -> bool {
        self.stream.bailed_out()
    }

    /// The stream ends here: what it came to.
    pub fn finish(mut self) -> Report {
        self.lines
            .finish(|line, origin| self.stream.line(line, origin));
        self.stream.finish()
    }
}

/// The levels that are open, and what spans lines.
#[derive(Debug, Default)]
struct Stream {
    top: Level,
    /// The open subtests, the outermost first.
    subtests: Vec<Level>,
    yaml: Option<Yaml>,
    /// `pragma +strict`.
    strict: bool,
    unknown_lines: usize,
    unknown_bytes: usize,
    room: Room,
}

/// A YAML block that is open.
#[derive(Debug)]
struct Yaml {
    level: usize,
    /// How many blanks its lines begin with, those of its level included.
    indentation: usize,
    /// Its lines, unless there is no assertion to attach them to.
    text: Option<Vec<String>>,
    share: Share,
}

impl Stream {
    fn bailed_out(&self) -> bool {
        self.top.report.bail_out.is_some()
    }

    fn level(&mut self, depth: usize) -> &mut Level {
        self.level_and_room(depth).0
    }

    fn level_and_room(&mut self, depth: usize) -> (&mut Level, &mut Room) {
        let level = if depth == 0 {
            &mut self.top
        } else {
            &mut self.subtests[depth - 1]
        };
        (level, &mut self.room)
    }

    fn line(&mut self, line: &str, origin: Origin) {
        let line = line.trim_end_matches('\r');
        if self.bailed_out() || self.yaml_line(line, origin) {
            return;
        }
        if line.chars().all(grammar::is_blank) {
            if self.strict {
                self.top.problem(
                    ProblemKind::NotTap {
                        line: clipped(line, PROBLEM_LINE),
                    },
                    origin,
                );
            }
            return;
        }
        let spaces = line.bytes().take_while(|&byte| byte == b' ').count();
        let depth = spaces / INDENTATION;
        self.open_subtests(line, depth);
        let depth = depth.min(self.subtests.len());
        let text = &line[depth * INDENTATION..];
        let token = grammar::token(text, self.level(depth).dialect);
        if self.strict && self.is_forbidden(&token, depth) {
            self.top.problem(
                ProblemKind::NotTap {
                    line: clipped(line, PROBLEM_LINE),
                },
                origin,
            );
        }
        self.token(token, depth, line, origin);
    }

    /// Whether `pragma +strict` forbids the line. TAP 13 knows no subtests.
    fn is_forbidden(&self, token: &Token<'_>, depth: usize) -> bool {
        *token == Token::Unknown
            || depth > 0
                && self.top.dialect < Dialect::Fourteen
                && !matches!(token, Token::BailOut(_))
    }

    /// Opens the subtests that this line begins. An announced one begins with any line that is indented
    /// enough; another one only with a test line, a plan, a version or its name, since much else may happen
    /// to be indented.
    fn open_subtests(&mut self, line: &str, depth: usize) {
        while depth > self.subtests.len() && self.subtests.len() < DEPTH_LIMIT {
            let open = self.subtests.len();
            let parent = self.level(open);
            let dialect = parent.dialect;
            let name = match parent.announced() {
                Some(name) => Some(name),
                None if depth == open + 1
                    && begins_subtest(&grammar::token(&line[depth * INDENTATION..], dialect)) =>
                {
                    None
                }
                None => return,
            };
            self.subtests.push(Level::subtest(name, dialect));
        }
    }

    fn token(&mut self, token: Token<'_>, depth: usize, line: &str, origin: Origin) {
        match token {
            Token::Test(test) => {
                self.close_unclosed(depth + 1, origin);
                let subtest = self.close_last(depth);
                let (level, room) = self.level_and_room(depth);
                level.test(test, subtest, origin, room);
            }
            Token::Plan(plan) => self.level(depth).plan(plan, origin),
            Token::Version(number) => self.level(depth).version(number, line, origin),
            Token::Comment(text) => self.comment(text, depth, origin),
            Token::BailOut(reason) => {
                let reason = reason.to_owned();
                self.top.report.bail_out = Some(BailOut { reason, origin });
            }
            Token::Yaml { indentation, text } => {
                let begun = if text.is_empty() {
                    Vec::new()
                } else {
                    vec![text.to_owned()]
                };
                let text = self.level(depth).takes_yaml().then_some(begun);
                if text.is_none() {
                    self.unknown(depth, line, origin);
                }
                let indentation = depth * INDENTATION + indentation;
                self.yaml = Some(Yaml {
                    level: depth,
                    indentation,
                    text,
                    share: Share::default(),
                });
            }
            Token::Pragma(_) if depth > 0 => self.unknown(depth, line, origin),
            Token::Pragma(switches) => {
                if let Some((on, _)) = switches.iter().rev().find(|(_, name)| *name == "strict") {
                    self.strict = *on;
                }
            }
            Token::Unknown => {
                if grammar::has_test_line_in_a_column(line) {
                    let level = self.level(depth);
                    level.problem(
                        ProblemKind::SeveralColumns {
                            line: clipped(line, PROBLEM_LINE),
                        },
                        origin,
                    );
                    level.leave_assertion();
                }
                self.unknown(depth, line, origin);
            }
        }
    }

    fn comment(&mut self, text: &str, depth: usize, origin: Origin) {
        if let Some(name) = text.strip_prefix("Subtest: ") {
            let name = name.trim_matches(grammar::is_blank);
            self.close_unclosed(depth, origin);
            let (level, room) = self.level_and_room(depth);
            if depth == 0 || !level.is_fresh() {
                level.announce(name, origin, room);
                return;
            }
            if !level.is_named {
                level.is_named = true;
                name.clone_into(&mut level.name);
            }
            if level.name != name {
                level.announce(name, origin, room);
            }
            return;
        }
        let is_outside = self.subtests.len() > depth;
        let (level, room) = self.level_and_room(depth);
        if is_outside {
            level.comment_aside(text.to_owned(), origin, room);
        } else {
            level.comment(text, depth > 0, origin, room);
        }
    }

    fn unknown(&mut self, depth: usize, line: &str, origin: Origin) {
        let bytes = self.unknown_bytes + line.len();
        if self.unknown_lines < UNKNOWN_LINES && bytes <= UNKNOWN_BYTES {
            self.unknown_lines += 1;
            self.unknown_bytes = bytes;
            self.level(depth).report.unknown.push(Line {
                text: line.to_owned(),
                origin,
            });
        } else {
            self.level(depth).report.dropped_unknown += 1;
        }
    }

    /// Takes the line when it belongs to a YAML block.
    fn yaml_line(&mut self, line: &str, origin: Origin) -> bool {
        let Some(mut yaml) = self.yaml.take() else {
            return false;
        };
        let leading = line
            .bytes()
            .take_while(|&byte| grammar::is_blank(char::from(byte)))
            .count();
        let blank = leading == line.len();
        if leading < yaml.indentation && !blank {
            self.level(yaml.level)
                .problem(ProblemKind::UnclosedYaml, origin);
            self.close_yaml(yaml);
            return false;
        }
        let text = &line[yaml.indentation.min(leading)..];
        let is_end = text.trim_end_matches(grammar::is_blank) == "...";
        match &mut yaml.text {
            None => self.unknown(yaml.level, line, origin),
            Some(_) if is_end => {}
            Some(lines) => {
                if yaml.share.takes(text, &mut self.room) {
                    lines.push(text.to_owned());
                }
            }
        }
        if is_end {
            self.close_yaml(yaml);
        } else {
            self.yaml = Some(yaml);
        }
        true
    }

    fn close_yaml(&mut self, yaml: Yaml) {
        if let Some(mut lines) = yaml.text {
            lines.extend(yaml.share.more());
            self.level(yaml.level).yaml(lines.join("\n"));
        }
    }

    /// Closes the innermost subtest when it is one of this level.
    fn close_last(&mut self, depth: usize) -> Option<Subtest> {
        if self.subtests.len() <= depth {
            return None;
        }
        let bailed_out = self.bailed_out();
        let room = &mut self.room;
        self.subtests.pop().map(|level| level.end(bailed_out, room))
    }

    /// Closes the subtests deeper than `depth`, whose test lines have not come.
    fn close_unclosed(&mut self, depth: usize, origin: impl Into<Option<Origin>> + Copy) {
        while let Some(subtest) = self.close_last(depth) {
            let bailed_out = self.bailed_out();
            let parent = self.level(self.subtests.len());
            if bailed_out {
                parent.report.unclosed.push(subtest);
            } else {
                parent.unclosed(subtest, origin);
            }
        }
    }

    fn finish(mut self) -> Report {
        if let Some(yaml) = self.yaml.take() {
            self.level(yaml.level)
                .problem(ProblemKind::UnclosedYaml, None);
            self.close_yaml(yaml);
        }
        self.close_unclosed(0, None);
        let bailed_out = self.bailed_out();
        self.top.end(bailed_out, &mut self.room).report
    }
}

/// Whether this token can be the first of a subtest that was not announced.
fn begins_subtest(token: &Token<'_>) -> bool {
    match token {
        Token::Test(_) | Token::Plan(_) | Token::Version(_) => true,
        Token::Comment(text) => text.starts_with("Subtest: "),
        Token::BailOut(_) | Token::Yaml { .. } | Token::Pragma(_) | Token::Unknown => false,
    }
}
