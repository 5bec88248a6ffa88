//! `\copy`: a `COPY` whose file is on the side of the script.

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;

use super::exchange::CopySource;
use super::frame::Frame;
use super::interpreter::Interpreter;
use super::metacommand::{Trouble, expand_home};
use super::redirect::{Closed, NOT_PLAIN, Redirect, is_plain};
use crate::script::{Command, Location};

/// A `\copy` taken apart: `COPY <before> FROM STDIN <after>`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CopyCommand {
    before: String,
    after: String,
    is_from: bool,
    end: End,
}

/// The end of a `\copy` on the side of the script.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// `stdin`, `stdout`: the script's following lines, its output.
    Script,
    /// `pstdin`: psql's own standard input, in which there is nothing.
    Nothing,
    /// A file.
    File(String),
    /// A program.
    Program(String),
}

impl CopyCommand {
    /// Takes `\copy`'s arguments apart.
    ///
    /// # Errors
    /// psql's complaint, or what is not supported.
    pub(super) fn parse(text: &str) -> Result<Self, Trouble> {
        let tokens = tokens(text);
        if tokens.is_empty() {
            return Err(Trouble::Error(
                "arguments required: TABLE {from|to} FILE".into(),
            ));
        }
        let index = behind_source(&tokens);
        let direction = tokens.get(index).ok_or_else(|| parse_error(None))?;
        let is_from = direction.text.eq_ignore_ascii_case("from");
        if !is_from && !direction.text.eq_ignore_ascii_case("to") {
            return Err(parse_error(Some(direction)));
        }
        let target = tokens.get(index + 1).ok_or_else(|| parse_error(None))?;
        let target = target.before_semicolon();
        let before = composed(&tokens[..index]);
        let mut behind = target.end();
        let end = match target.text.to_ascii_lowercase().as_str() {
            "pstdin" | "pstdout" if is_from => End::Nothing,
            "stdin" | "stdout" | "pstdin" | "pstdout" => End::Script,
            "program" => {
                let program = tokens.get(index + 2).ok_or_else(|| parse_error(None))?;
                if !program.text.starts_with('\'') {
                    return Err(parse_error(Some(program)));
                }
                behind = program.end();
                End::Program(unquoted(program.text))
            }
            _ => End::File(unquoted(target.text)),
        };
        Ok(Self {
            before,
            after: behind_blank(&text[behind..]).to_owned(),
            is_from,
            end,
        })
    }

    /// Whether the data are the lines of the script behind it.
    pub(super) fn is_from_script(&self) -> bool {
        self.is_from && self.end == End::Script
    }

    fn sql(&self) -> String {
        let direction = if self.is_from {
            "FROM STDIN"
        } else {
            "TO STDOUT"
        };
        format!("COPY  {} {direction} {}", self.before, self.after)
    }
}

impl Interpreter<'_> {
    pub(super) fn run_copy(
        &mut self,
        frame: &mut Frame,
        command: &Command,
        copy: &CopyCommand,
    ) -> Result<(), Trouble> {
        let location = &command.location;
        let sql = copy.sql();
        let name = match &copy.end {
            End::File(name) => name,
            End::Program(program) => return self.copy_program(frame, location, copy, program),
            End::Script => {
                let source = copy.is_from.then_some(CopySource::Script);
                return Ok(self.copy(frame, &sql, location, source, None)?);
            }
            End::Nothing => return Ok(self.copy(frame, &sql, location, None, None)?),
        };
        let path = self.place.directory.join(expand_home(name));
        if copy.is_from {
            self.reads(&path);
            let file = open_to_read(&path)
                .map_err(|why| Trouble::Error(format!("cannot read {}: {why}", path.display())))?;
            self.copy(frame, &sql, location, Some(CopySource::File(file)), None)?;
            // It may have changed meanwhile.
            self.reads(&path);
            Ok(())
        } else {
            let mut file =
                Redirect::open(&path, &self.surroundings.writable).map_err(Trouble::Refused)?;
            self.copy(frame, &sql, location, None, Some(&mut file))?;
            self.close_redirect(file, location)
        }
    }

    /// A program's output is there before the `COPY` begins; a program's input is, before the program begins.
    fn copy_program(
        &mut self,
        frame: &mut Frame,
        location: &Location,
        copy: &CopyCommand,
        program: &str,
    ) -> Result<(), Trouble> {
        let sql = copy.sql();
        let status = if copy.is_from {
            let end = self.run_shell(program, None, location)?;
            let source = CopySource::File(end.output);
            self.copy(frame, &sql, location, Some(source), None)?;
            end.status
        } else {
            self.check_shell()?;
            let mut kept = Redirect::to_program(program.to_owned()).map_err(Trouble::Refused)?;
            self.copy(frame, &sql, location, None, Some(&mut kept))?;
            let Closed::Program(_, input) = kept.close() else {
                return Err(Trouble::Error(
                    "the data could not be kept completely".into(),
                ));
            };
            self.run_printing(program, Some(input), location)?
        };
        if status.is_success() {
            Ok(())
        } else {
            Err(Trouble::Error(format!("{program}: {status}")))
        }
    }
}

/// Opens a file whose end comes. A pipe may wait for its other end and a device may have no end, past every time limit.
pub(super) fn open_to_read(path: &Path) -> Result<File, String> {
    let found = fs::metadata(path).map_err(|error| error.to_string())?;
    if !is_plain(path, &found) {
        return Err(NOT_PLAIN.to_owned());
    }
    // Should it have been replaced meanwhile, opening it does not wait either.
    let file = File::options()
        .read(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)
        .map_err(|error| error.to_string())?;
    match file.metadata() {
        Ok(found) if is_plain(path, &found) => Ok(file),
        Ok(_) => Err(NOT_PLAIN.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

struct Token<'t> {
    text: &'t str,
    start: usize,
}

impl Token<'_> {
    /// Where the text behind it begins.
    fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// A file's name without quotes ends where a semicolon stands.
    fn before_semicolon(&self) -> Self {
        let is_quoted = self.text.starts_with('\'');
        let end = self.text.find(';').filter(|at| *at > 0 && !is_quoted);
        Self {
            text: &self.text[..end.unwrap_or(self.text.len())],
            start: self.start,
        }
    }
}

/// Where the table with its columns, or the query in parentheses, ends: at the token of this index.
fn behind_source(tokens: &[Token<'_>]) -> usize {
    let behind_parentheses = |from: usize| {
        let mut depth = 0_usize;
        let end = tokens[from..].iter().position(|token| {
            match token.text {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        });
        end.map_or(tokens.len(), |end| from + end + 1)
    };
    let opens = |index: usize| tokens.get(index).is_some_and(|token| token.text == "(");
    if opens(0) {
        return behind_parentheses(0);
    }
    // A schema may stand apart from its table: `s . t`.
    let mut index = 1;
    while index < tokens.len()
        && (tokens[index].text.starts_with('.') || tokens[index - 1].text.ends_with('.'))
    {
        index += 1;
    }
    if opens(index) {
        behind_parentheses(index)
    } else {
        index
    }
}

/// The table with its columns, or the query, as psql writes it from its words: with a space around parentheses and between
/// words that stood apart, but none around the dot behind a schema.
fn composed(words: &[Token<'_>]) -> String {
    let is_query = words.first().is_some_and(|word| word.text == "(");
    let mut text = String::new();
    let mut is_table = !is_query;
    let mut end = None;
    for word in words {
        is_table &= word.text != "(";
        let is_of_table = is_table && (text.ends_with('.') || word.text.starts_with('.'));
        let is_parenthesis = text.ends_with(['(', ')']) || ["(", ")"].contains(&word.text);
        let is_joined = is_of_table || end == Some(word.start) && !is_parenthesis;
        if !text.is_empty() && !is_joined {
            text.push(' ');
        }
        text.push_str(word.text);
        end = Some(word.end());
    }
    text
}

/// A text without the one blank that parts it from the word before.
fn behind_blank(text: &str) -> &str {
    text.strip_prefix(|it: char| it.is_whitespace())
        .unwrap_or(text)
}

/// Psql's complaint.
fn parse_error(at: Option<&Token<'_>>) -> Trouble {
    Trouble::Error(match at {
        Some(token) => format!("parse error at \"{}\"", token.text),
        None => "parse error at end of line".into(),
    })
}

/// Words, quoted strings and parentheses of a `\copy`.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((start, character)) = characters.next() {
        let end_of = |end: Option<&(usize, char)>| end.map_or(text.len(), |(index, _)| *index);
        match character {
            _ if character.is_whitespace() => {}
            '(' | ')' => tokens.push(Token {
                text: &text[start..=start],
                start,
            }),
            '\'' | '"' => {
                while let Some((_, next)) = characters.next() {
                    if next == character {
                        if characters
                            .peek()
                            .is_some_and(|(_, again)| *again == character)
                        {
                            characters.next();
                        } else {
                            break;
                        }
                    }
                }
                let end = end_of(characters.peek());
                tokens.push(Token {
                    text: &text[start..end],
                    start,
                });
            }
            _ => {
                // A quoted name may stand right behind its schema's dot.
                let mut last = character;
                while let Some((_, next)) = characters.next_if(|(_, next)| {
                    let begins_name = *next == '"' && last == '.';
                    !next.is_whitespace() && !matches!(next, '(' | ')' | '\'') && !begins_name
                }) {
                    last = next;
                }
                let end = end_of(characters.peek());
                tokens.push(Token {
                    text: &text[start..end],
                    start,
                });
            }
        }
    }
    tokens
}

fn unquoted(text: &str) -> String {
    match text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
    {
        Some(inner) => inner.replace("''", "'"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_and_its_sides_are_found() {
        let parse = |text| CopyCommand::parse(text).unwrap();
        let copy = parse("s.t (a, b) from 'it''s.csv' with (format csv)");
        assert_eq!(
            copy.sql(),
            "COPY  s.t ( a, b ) FROM STDIN with (format csv)"
        );
        assert_eq!(copy.end, End::File("it's.csv".into()));
        let copy = parse("(select 1 from t) to stdout;");
        assert_eq!(copy.sql(), "COPY  ( select 1 from t ) TO STDOUT ;");
        assert_eq!(copy.end, End::Script);
        assert_eq!(
            parse("s . t(a,b) to stdout").sql(),
            "COPY  s.t ( a,b ) TO STDOUT "
        );
        let copy = parse("public.\"no such\" (a, b) from stdin with (format csv)");
        assert_eq!(copy.before, "public.\"no such\" ( a, b )");
        assert_eq!(parse("\"s t\".\"from\" to x").before, "\"s t\".\"from\"");
        assert_eq!(parse("\"from\" from stdin").before, "\"from\"");
        let copy = parse("t from program 'echo ''a''' csv");
        assert_eq!(copy.end, End::Program("echo 'a'".into()));
        assert_eq!(copy.sql(), "COPY  t FROM STDIN csv");
        assert_eq!(parse("t from data.txt").end, End::File("data.txt".into()));
    }

    #[test]
    fn what_cannot_be_run_says_why() {
        assert!(matches!(
            CopyCommand::parse(""),
            Err(Trouble::Error(text)) if text.contains("arguments required")
        ));
        for (text, at) in [
            ("t", "end of line"),
            ("t sideways x", "\"sideways\""),
            ("s . t (a, b) to", "end of line"),
            ("(select 1", "end of line"),
        ] {
            assert!(matches!(
                CopyCommand::parse(text),
                Err(Trouble::Error(text)) if text == format!("parse error at {at}")
            ));
        }
        assert!(matches!(
            CopyCommand::parse("t from program ls"),
            Err(Trouble::Error(text)) if text == "parse error at \"ls\""
        ));
    }
}
