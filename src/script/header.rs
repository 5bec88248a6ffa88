//! The header of a test file: what the comments at its top say to pgassay, as in `-- pgassay: timeout 5s`.
//! It says how a file wants to be run, and is not obeyed here.

use std::sync::Arc;
use std::time::Duration;

use super::{Location, parse_duration};

/// The words that a header knows.
const WORDS: [&str; 8] = [
    "timeout", "role", "serial", "tags", "runtests", "group", "at", "refused",
];

/// What a test file says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// `timeout 5s`: how long the file may run; the inner none (`timeout 0`) means for ever.
    pub timeout: Option<Option<Duration>>,
    /// `role app_user`: the role that the file runs as, as written, or without its double quotes.
    pub role: Option<String>,
    /// `serial`: no other file may run meanwhile.
    pub serial: bool,
    /// `tags slow, nightly`: in order, each once.
    pub tags: Vec<String>,
    /// `runtests shop`: behind the file's own steps, the test functions of a schema run.
    pub runtests: Option<RunTests>,
    /// `group NAME`: the files of that name share a database.
    pub group: Option<String>,
    /// `at VERSION`: the file runs behind that migration, and not behind the last one.
    pub at: Option<At>,
    /// `refused SQLSTATE`: the migration that is tried on the rows of this script is to fail.
    pub refused: Option<Refused>,
}

/// See [`Header::at`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// The migration: its version, or its name.
    pub version: String,
    /// The line that says so.
    pub line: u32,
}

/// See [`Header::refused`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The SQLSTATE with which it is to fail; none where any will do.
    pub code: Option<String>,
    /// The line that says so.
    pub line: u32,
}

/// See [`Header::runtests`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTests {
    /// The schema, as written, or without its double quotes.
    pub schema: String,
    /// The line that says so.
    pub line: u32,
}

/// Something in a header that says nothing, or nothing sensible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderProblem {
    /// Where it stands.
    pub location: Location,
    /// What is wrong and what is known instead, in one line.
    pub text: String,
}

/// Reads the comments at the top of a test file: up to the first line that is neither a `--` comment nor
/// blank. `file` is how the file is shown. What cannot be understood is a problem and changes nothing; so is
/// a comment further down that would have meant something at the top.
pub fn header(file: &str, text: &str) -> (Header, Vec<HeaderProblem>) {
    let file: Arc<str> = Arc::from(file);
    let mut header = Header::default();
    let mut problems = Vec::new();
    let mut at_top = true;
    for (line, number) in text.lines().zip(1..) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        let Some(comment) = trimmed.strip_prefix("--") else {
            at_top = false;
            continue;
        };
        let outcome = match directive(comment) {
            Some(Ok(directive)) if at_top => header.apply(directive, number),
            Some(Ok(directive)) if is_known(directive) => Err(format!(
                "`{directive}` stands below the first line that is no comment and has no effect; move it up"
            )),
            Some(Err(problem)) if at_top => Err(problem),
            Some(_) | None => continue,
        };
        if let Err(text) = outcome {
            let indent = line
                .chars()
                .take_while(|character| character.is_whitespace())
                .count();
            let column = u32::try_from(indent).unwrap_or(u32::MAX).saturating_add(1);
            problems.push(HeaderProblem {
                location: Location::new(Arc::clone(&file), number, column),
                text,
            });
        }
    }
    (header, problems)
}

/// Whether a script holds nothing but blanks and comments.
pub fn is_blank(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}');
    loop {
        rest = rest.trim_start();
        rest = if rest.is_empty() {
            return true;
        } else if rest.starts_with("--") {
            rest.find('\n').map_or("", |end| &rest[end..])
        } else if rest.starts_with("/*") {
            match comment_end(rest) {
                Some(end) => &rest[end..],
                None => return false,
            }
        } else {
            return false;
        };
    }
}

/// Where a comment that begins with `/*` ends; such comments nest.
fn comment_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..)?;
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

/// Whether a directive begins with a word that a header knows.
fn is_known(directive: &str) -> bool {
    let word = directive.split_whitespace().next();
    word.is_some_and(|word| WORDS.contains(&word))
}

/// What a comment tells pgassay, if it speaks to it.
fn directive(comment: &str) -> Option<Result<&str, String>> {
    let comment = comment.trim_start();
    let Some(rest) = comment.strip_prefix("pgassay") else {
        return misspelt(comment).map(Err);
    };
    if let Some(directive) = rest.trim_start().strip_prefix(':') {
        return Some(Ok(directive.trim()));
    }
    let word = rest.split_whitespace().next()?;
    (rest.starts_with(char::is_whitespace) && WORDS.contains(&word)).then(|| {
        Err(format!(
            "a colon is missing: write `-- pgassay: {}`",
            rest.trim()
        ))
    })
}

/// What is to be said of a comment that would speak to pgassay, were its name written as it is.
fn misspelt(comment: &str) -> Option<String> {
    let (name, directive) = comment.split_once(':')?;
    let is_near = strsim::damerau_levenshtein("pgassay", &name.trim_end().to_lowercase()) <= 2;
    (is_near && is_known(directive)).then(|| {
        format!(
            "`{}:` says nothing to pgassay; did you mean `-- pgassay: {}`?",
            name.trim_end(),
            directive.trim()
        )
    })
}

impl Header {
    /// Takes up one directive, such as `timeout 5s`.
    fn apply(&mut self, directive: &str, line: u32) -> Result<(), String> {
        let (word, value) = match directive.split_once(char::is_whitespace) {
            Some((word, value)) => (word, value.trim()),
            None => (directive, ""),
        };
        match word {
            "timeout" => {
                let timeout = timeout(value)?;
                if self.timeout.replace(timeout).is_some() {
                    return Err("a second `timeout`; the last one holds".to_owned());
                }
            }
            "role" => {
                let role = name(value, "role", "no role; write `role app_user`")?;
                if self.role.replace(role).is_some() {
                    return Err("a second `role`; the last one holds".to_owned());
                }
            }
            "serial" => {
                if !value.is_empty() {
                    return Err(format!("`serial` takes no value, but `{value}` follows it"));
                }
                self.serial = true;
            }
            "tags" => {
                let tags: Vec<&str> = value.split(',').map(str::trim).collect();
                if tags
                    .iter()
                    .any(|tag| tag.is_empty() || tag.contains(char::is_whitespace))
                {
                    return Err(format!(
                        "`tags {value}` is no list of words; write `tags slow, nightly`"
                    ));
                }
                for tag in tags {
                    if !self.tags.iter().any(|known| known == tag) {
                        self.tags.push(tag.to_owned());
                    }
                }
            }
            "runtests" => {
                let schema = name(value, "runtests", "no schema; write `runtests shop`")?;
                let runtests = RunTests { schema, line };
                if self.runtests.replace(runtests).is_some() {
                    return Err("a second `runtests`; the last one holds".to_owned());
                }
            }
            "group" => {
                if value.is_empty() || value.contains(char::is_whitespace) {
                    return Err(format!(
                        "`{directive}` names no group; write one word, as in `group billing`"
                    ));
                }
                if self.group.replace(value.to_owned()).is_some() {
                    return Err("a second `group`; the last one holds".to_owned());
                }
            }
            "at" => {
                if value.is_empty() {
                    return Err(
                        "`at` names no version; write that of a migration, as in `at V005`"
                            .to_owned(),
                    );
                }
                let version = value.to_owned();
                if self.at.replace(At { version, line }).is_some() {
                    return Err("a second `at`; the last one holds".to_owned());
                }
            }
            "refused" => {
                let is_code = value.len() == 5
                    && (value.bytes())
                        .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
                if !value.is_empty() && !is_code {
                    return Err(format!(
                        "`{value}` is no SQLSTATE; write its five characters, as in `refused 22001`, or nothing for any error"
                    ));
                }
                let code = is_code.then(|| value.to_owned());
                if self.refused.replace(Refused { code, line }).is_some() {
                    return Err("a second `refused`; the last one holds".to_owned());
                }
            }
            _ => return Err(unknown(word)),
        }
        Ok(())
    }
}

fn unknown(word: &str) -> String {
    let known = WORDS.map(|known| format!("`{known}`")).join(", ");
    if word.is_empty() {
        return format!("nothing follows the colon; known words are {known}");
    }
    let nearest = WORDS
        .into_iter()
        .map(|known| {
            (
                strsim::damerau_levenshtein(known, &word.to_lowercase()),
                known,
            )
        })
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, known)| *distance * 2 <= known.len());
    match nearest {
        Some((_, known)) => format!("unknown word `{word}`; did you mean `{known}`?"),
        None => format!("unknown word `{word}`; known are {known}"),
    }
}

/// The name behind a word, as written or without its double quotes.
fn name(value: &str, word: &str, missing: &str) -> Result<String, String> {
    let quoted = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let name = quoted.map_or_else(|| value.to_owned(), |inner| inner.replace("\"\"", "\""));
    if name.is_empty() {
        return Err(format!("`{word}` names {missing}"));
    }
    if quoted.is_none()
        && name.contains(|character: char| character.is_whitespace() || "\",;".contains(character))
    {
        return Err(format!(
            "`{word} {value}` is not one name; put a name with such characters in double quotes"
        ));
    }
    Ok(name)
}

/// How long the file may run; `0` means for ever.
fn timeout(value: &str) -> Result<Option<Duration>, String> {
    if value.is_empty() {
        return Err("`timeout` needs a duration, such as `timeout 5s`".to_owned());
    }
    let duration = parse_duration(value)
        .map_err(|reason| format!("`timeout {value}` is no duration: {reason}"))?;
    Ok((!duration.is_zero()).then_some(duration))
}
