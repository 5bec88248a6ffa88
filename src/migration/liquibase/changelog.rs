//! A file of changesets in formatted SQL, taken apart into them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::directory::File;
use super::super::error::MigrationError;
use super::super::text::lines;
use super::super::{Migration, Transaction};
use super::changeset::{Changeset, Precondition, is_for_postgresql, marked};
use super::{Property, Reading};
use crate::script::Tokens;

/// The patterns of lines that mean something to Liquibase, as its `AbstractFormattedChangeLogParser` has them.
struct Patterns {
    property: Regex,
    changeset: Regex,
    comment: Regex,
    rollback: Regex,
    preconditions: Regex,
    precondition: Regex,
    ignore: Regex,
    checksum: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let pattern = |text: &str| Regex::new(&format!("(?i){text}")).ok();
    Some(Patterns {
        property: pattern(r"^\s*--\s*property\s+(.*:.*)\s+(.*:.*).*$")?,
        changeset: pattern(r#"^\s*--\s*changeset\s+("[^"]+"|[^:]+):("[^"]+"|\S+)(.*)$"#)?,
        comment: pattern(r"^\s*--\s*comment:? (.*)$")?,
        rollback: pattern(r"^\s*--\s*rollback (.*)$")?,
        preconditions: pattern(r"^\s*--\s*preconditions(.*)$")?,
        precondition: pattern(r"^\s*--\s*precondition-([a-zA-Z0-9-]+)(.*)$")?,
        ignore: pattern(r"^\s*--\s*ignoreLines:(\w+)\s*$")?,
        checksum: pattern(r"^\s*--\s*validCheckSum:? (.*)$")?,
    })
});

/// Whether a line is the one that such a file begins with.
pub(super) fn is_header(line: &str) -> bool {
    let words = line
        .trim_start()
        .strip_prefix("--")
        .map(|rest| rest.trim_start().to_ascii_lowercase());
    let rest = words
        .as_deref()
        .and_then(|words| words.strip_prefix("liquibase"));
    rest.is_some_and(|rest| rest.trim_start().starts_with("formatted"))
}

/// Whether a file is formatted SQL: its first line that is not blank says so.
pub(super) fn is_formatted(file: &File) -> Result<bool, MigrationError> {
    let first = file.text()?.lines().find(|line| !line.trim().is_empty());
    Ok(first.is_some_and(is_header))
}

/// Reads a file of SQL: its changesets, or, where it has none of Liquibase's lines, all of it as one.
pub(super) fn read(reading: &mut Reading<'_>, file: &File) -> Result<(), MigrationError> {
    let text = file.text()?;
    if !is_formatted(file)? {
        if Tokens::of(text).next().is_some() {
            // What Liquibase calls such a file.
            let version = format!("{}::raw::includeAll", file.file_name());
            let script = reading.script(file, text, text)?;
            reading.migrations.push(Migration {
                transaction: Transaction::Whole,
                ..Migration::of(Some(version), String::new(), script)
            });
        }
        return Ok(());
    }
    let Some(patterns) = PATTERNS.as_ref() else {
        return Ok(());
    };
    let mut parser = Parser {
        file,
        patterns,
        reading,
        changeset: None,
        path: None,
    };
    parser.parse(text)?;
    parser.end()
}

/// A file that is being taken apart.
struct Parser<'p, 'd> {
    file: &'p File,
    patterns: &'p Patterns,
    reading: &'p mut Reading<'d>,
    /// The changeset at hand.
    changeset: Option<Changeset>,
    /// What the file says that it is called.
    path: Option<String>,
}

impl Parser<'_, '_> {
    fn parse(&mut self, text: &str) -> Result<(), MigrationError> {
        let mut lines = lines(text);
        while let Some((range, line)) = lines.next() {
            if is_header(line) {
                self.path = self.path.take().or_else(|| marked(line, "logicalFilePath"));
            } else if let Some(said) = self.patterns.ignore.captures(line) {
                self.ignore(&said[1], range.start, &mut lines)?;
            } else if self.patterns.property.is_match(line) {
                self.property(line);
            } else if let Some(said) = self.patterns.changeset.captures(line) {
                self.end()?;
                self.changeset = Some(self.begin(&said, &range)?);
            } else if is_rollback_block(line) {
                self.rollback_block(range.start, &mut lines)?;
            } else {
                self.line(range, line)?;
            }
        }
        Ok(())
    }

    /// Passes over lines: so many, or up to the line that ends it.
    fn ignore(
        &self,
        said: &str,
        at: usize,
        lines: &mut dyn Iterator<Item = (Range<usize>, &str)>,
    ) -> Result<(), MigrationError> {
        let is_end = |line: &str| {
            self.patterns
                .ignore
                .captures(line)
                .is_some_and(|said| &said[1] == "end")
        };
        match said.parse::<usize>() {
            Ok(0) => {}
            Ok(count) => {
                lines.nth(count - 1);
            }
            Err(_) if said == "start" => {
                while lines.next().is_some_and(|(_, line)| !is_end(line)) {}
            }
            Err(_) => {
                return Err(self.file.wrong(
                    at,
                    format!("`--ignoreLines:{said}` must be a number, `start` or `end`"),
                ));
            }
        }
        Ok(())
    }

    fn property(&mut self, line: &str) {
        let is_ours = marked(line, "dbms").is_none_or(|dbms| is_for_postgresql(&dbms));
        if let (true, Some(name), Some(value)) =
            (is_ours, marked(line, "name"), marked(line, "value"))
        {
            let property = Property {
                value: self.reading.expanded(&value),
                written: self.reading.expanded_within(self.file, &value),
                path: self.file.path.clone(),
            };
            self.reading.properties.entry(name).or_insert(property);
        }
    }

    fn begin(
        &self,
        said: &Captures<'_>,
        range: &Range<usize>,
    ) -> Result<Changeset, MigrationError> {
        let name = |at: usize| self.reading.expanded(said[at].trim().trim_matches('"'));
        let (author, id) = (name(1), name(2));
        let path = marked(&said[3], "logicalFilePath").or_else(|| self.path.clone());
        let path = path.unwrap_or_else(|| self.file.file_name().to_owned());
        let file_name = path.rsplit('/').next().unwrap_or(&path);
        let version = format!("{file_name}::{id}::{author}");
        Changeset::begin(version, &self.reading.expanded(&said[3]), range.start)
            .map_err(|reason| self.file.wrong(range.start, reason))
    }

    /// A line that begins no changeset.
    fn line(&mut self, range: Range<usize>, line: &str) -> Result<(), MigrationError> {
        let wrong = |reason: String| Err(self.file.wrong(range.start, reason));
        if is_word(line, "changeset") {
            return wrong("a changeset begins with `--changeset author:id`".to_owned());
        }
        let Some(changeset) = &mut self.changeset else {
            if Tokens::of(line).next().is_some() {
                return wrong(
                    "this stands before the first changeset, so that Liquibase would pass it over"
                        .to_owned(),
                );
            }
            return Ok(());
        };
        if let Some(said) = self.patterns.comment.captures(line) {
            said[1].trim().clone_into(&mut changeset.comment);
        } else if let Some(said) = self.patterns.rollback.captures(line) {
            let behind = said.get(1).map_or(line.len(), |it| it.start());
            changeset.down.push(range.start + behind..range.end);
        } else if let Some(said) = self.patterns.precondition.captures(line) {
            let body = said[2].trim();
            let query = |body: String| {
                let query = Precondition::query(&said[1], &body);
                query.map_err(|reason| self.file.wrong(range.start, reason))
            };
            changeset.preconditions.push(Precondition {
                query: query(self.reading.expanded(body))?,
                written: query(self.reading.expanded_within(self.file, body))?,
                at: range.start,
            });
        } else if let Some(said) = self.patterns.preconditions.captures(line) {
            changeset
                .on_fail(&said[1])
                .map_err(|reason| self.file.wrong(range.start, reason))?;
        } else if ["rollback", "preconditions", "precondition"]
            .iter()
            .any(|word| is_word(line, word))
        {
            return wrong("this line is not as Liquibase wants it: `--rollback SQL`, `--preconditions onFail:…`, `--precondition-sql-check …`".to_owned());
        } else if !self.patterns.checksum.is_match(line) {
            changeset.up.push(range);
        }
        Ok(())
    }

    /// Reads what takes a changeset back and is written as a comment of several lines.
    fn rollback_block(
        &mut self,
        at: usize,
        lines: &mut dyn Iterator<Item = (Range<usize>, &str)>,
    ) -> Result<(), MigrationError> {
        for (range, line) in lines {
            let last = line.trim_end().strip_suffix("*/");
            if let Some(changeset) = &mut self.changeset {
                changeset
                    .down
                    .push(range.start..range.start + last.map_or(line.len(), str::len));
            }
            if last.is_some() {
                return Ok(());
            }
        }
        Err(self
            .file
            .wrong(at, "the comment `/* liquibase rollback` is not closed"))
    }

    /// Makes a migration of the changeset at hand.
    fn end(&mut self) -> Result<(), MigrationError> {
        if let Some(changeset) = self.changeset.take() {
            let text = self.file.text()?;
            let up = |query: fn(&Precondition) -> &str| {
                let up = changeset.text(text, query);
                up.map_err(|(at, reason)| self.file.wrong(at, reason))
            };
            let (Some(run), Some(written)) = (up(|it| &it.query)?, up(|it| &it.written)?) else {
                return Ok(());
            };
            let up = self.reading.script(self.file, &run, &written)?;
            let down = if changeset.takes_back(text) {
                let down = self.file.parts(&changeset.down)?;
                Some(self.reading.script(self.file, &down.text, &down.text)?)
            } else {
                None
            };
            self.reading.migrations.push(changeset.migration(up, down));
        }
        Ok(())
    }
}

/// Whether a line is a comment, of one dash or two, that begins with a word.
fn is_word(line: &str, word: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix('-') else {
        return false;
    };
    let rest = rest.trim_start_matches('-').trim_start();
    rest.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
        && rest[word.len()..].starts_with([' ', '\t', ':'])
}

/// Whether a line begins a comment that takes a changeset back.
fn is_rollback_block(line: &str) -> bool {
    let words = line.trim().strip_prefix("/*").map(str::to_ascii_lowercase);
    words.is_some_and(|words| words.split_whitespace().eq(["liquibase", "rollback"]))
}
