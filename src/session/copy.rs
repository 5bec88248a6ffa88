//! `\copy`: a `COPY` whose file is on the side of the script.

use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;

use super::exchange::CopySource;
use super::frame::Frame;
use super::interpreter::{Failure, FailureKind, Interpreter};
use super::metacommand::{Trouble, expand_home};
use super::redirect::{NOT_PLAIN, Redirect, is_plain};
use crate::script::Command;

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
}

impl CopyCommand {
    /// Takes `\copy`'s arguments apart.
    ///
    /// # Errors
    /// psql's complaint, or what is not supported.
    pub(super) fn parse(text: &str) -> Result<Self, Trouble> {
        let text = text.trim().trim_end_matches(';').trim_end();
        let tokens = tokens(text);
        let mut depth = 0_usize;
        let mut direction = None;
        for (index, token) in tokens.iter().enumerate() {
            match token.text {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                word if depth == 0
                    && index > 0
                    && ["from", "to"].contains(&word.to_ascii_lowercase().as_str()) =>
                {
                    direction = Some((index, word.eq_ignore_ascii_case("from")));
                    break;
                }
                _ => {}
            }
        }
        let Some((index, is_from)) = direction else {
            return Err(Trouble::Error(
                "arguments required: TABLE {from|to} FILE".into(),
            ));
        };
        let Some(target) = tokens.get(index + 1) else {
            return Err(Trouble::Error(
                "parse error at end of line: a file's name is missing".into(),
            ));
        };
        let before = text[..tokens[index].start].trim().to_owned();
        let after = text[target.start + target.text.len()..].trim().to_owned();
        let end = match target.text.to_ascii_lowercase().as_str() {
            "stdin" if is_from => End::Script,
            "pstdin" if is_from => End::Nothing,
            "stdout" | "pstdout" if !is_from => End::Script,
            "program" => {
                return Err(Trouble::Refused(
                    "programs are not run by test files".into(),
                ));
            }
            _ => End::File(unquoted(target.text)),
        };
        Ok(Self {
            before,
            after,
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
        format!("COPY {} {direction} {}", self.before, self.after)
    }
}

impl Interpreter<'_> {
    pub(super) fn run_copy(
        &mut self,
        frame: &mut Frame,
        command: &Command,
        copy: &CopyCommand,
    ) -> Result<(), Failure> {
        let failure = |text: String| Failure {
            kind: FailureKind::Command,
            text: format!("\\copy: {text}"),
            location: Some(command.location.clone()),
        };
        let sql = copy.sql();
        let name = match &copy.end {
            End::File(name) => name,
            End::Script => {
                let source = copy.is_from.then_some(CopySource::Script);
                return self.copy(frame, &sql, &command.location, source, None);
            }
            End::Nothing => {
                return self.copy(frame, &sql, &command.location, None, None);
            }
        };
        let path = self.surroundings.working_dir.join(expand_home(name));
        if copy.is_from {
            let file = open_to_read(&path)
                .map_err(|why| failure(format!("cannot read {}: {why}", path.display())))?;
            self.copy(
                frame,
                &sql,
                &command.location,
                Some(CopySource::File(file)),
                None,
            )
        } else {
            let mut file = Redirect::open(&path, &self.surroundings.writable).map_err(failure)?;
            self.copy(frame, &sql, &command.location, None, Some(&mut file))?;
            if file.close() {
                Ok(())
            } else {
                Err(failure(format!(
                    "{} could not be written completely",
                    path.display()
                )))
            }
        }
    }
}

/// Opens a file whose end comes. A pipe may wait for its other end and a device may have no end, past every time limit.
fn open_to_read(path: &Path) -> Result<File, String> {
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
                while characters
                    .next_if(|(_, next)| !next.is_whitespace() && !matches!(next, '(' | ')' | '\''))
                    .is_some()
                {}
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
        assert_eq!(copy.sql(), "COPY s.t (a, b) FROM STDIN with (format csv)");
        assert_eq!(copy.end, End::File("it's.csv".into()));
        let copy = parse("(select 1 from t) to stdout;");
        assert_eq!(copy.sql(), "COPY (select 1 from t) TO STDOUT ");
        assert_eq!(copy.end, End::Script);
        assert_eq!(parse("\"from\" from stdin").before, "\"from\"");
        assert_eq!(parse("t from data.txt").end, End::File("data.txt".into()));
    }

    #[test]
    fn what_cannot_be_run_says_why() {
        assert!(matches!(
            CopyCommand::parse("t"),
            Err(Trouble::Error(text)) if text.contains("arguments required")
        ));
        assert!(matches!(
            CopyCommand::parse("t from program 'ls'"),
            Err(Trouble::Refused(text)) if text.contains("programs")
        ));
    }
}
