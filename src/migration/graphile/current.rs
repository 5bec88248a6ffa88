//! The current migration: `current.sql`, or the files of `current/`.

use std::path::Path;

use super::super::directory::{Directory, File};
use super::super::error::MigrationError;
use super::super::text::{lines, only};
use super::super::{Migration, Scope};
use super::committed::{Header, transaction};
use super::gmrc::Gmrc;
use crate::script::Tokens;

/// Reads the current migration: nothing where it has no statement.
///
/// # Errors
/// A file and a directory of it; names that are none; what is included and cannot be.
pub(super) fn read(
    directory: &Directory,
    base: &Path,
    gmrc: &Gmrc,
) -> Result<Vec<Migration>, MigrationError> {
    let (single, several) = (base.join("current.sql"), base.join("current"));
    if !several.is_dir() {
        if !single.is_file() {
            return Ok(Vec::new());
        }
        let file = directory.elsewhere(single);
        let migration = migration(&file, "", gmrc)?;
        return Ok(migration.into_iter().collect());
    }
    let file = directory.elsewhere(single);
    if file.path.exists() {
        return Err(MigrationError::Duplicate {
            what: "name, `current`".to_owned(),
            first: file.shown.to_string(),
            second: crate::settings::shown(&directory.project_dir, &several),
        });
    }
    let mut files = Vec::new();
    for file in directory
        .sql
        .iter()
        .filter(|file| file.path.parent() == Some(&several))
    {
        let number = super::number(file.file_name()).and_then(|number| number.parse::<u64>().ok());
        let Some(number) = number.filter(|number| *number > 0) else {
            return Err(file.wrong(
                0,
                "its name must begin with a number from 1 on: 001.sql or 001-message.sql",
            ));
        };
        files.push((number, file));
    }
    files.sort_by_key(|(number, _)| *number);
    for pair in files.windows(2) {
        if let [(number, first), (other, second)] = pair
            && number == other
        {
            return Err(MigrationError::Duplicate {
                what: format!("number {number}"),
                first: first.shown.to_string(),
                second: second.shown.to_string(),
            });
        }
    }
    let mut migrations = Vec::new();
    for (_, file) in files {
        migrations.extend(migration(file, "../", gmrc)?);
    }
    Ok(migrations)
}

/// One file of it; none where it has no statement.
fn migration(file: &File, up: &str, gmrc: &Gmrc) -> Result<Option<Migration>, MigrationError> {
    let text = file.text()?;
    let header = Header::read(file)?;
    let body = only(text, std::slice::from_ref(&header.body));
    let included = with_includes(file, &body, up, gmrc)?;
    if Tokens::of(&body).next().is_none() && included == body {
        return Ok(None);
    }
    Ok(Some(Migration {
        repeatable: true,
        scope: Scope::Uncommitted,
        transaction: transaction(&text[header.body.clone()]),
        ..Migration::of(
            None,
            "current".to_owned(),
            super::script(file, &included, gmrc)?,
        )
    }))
}

/// A text whose lines `--! include file.sql` read the file, from `fixtures/`.
fn with_includes(file: &File, text: &str, up: &str, gmrc: &Gmrc) -> Result<String, MigrationError> {
    let mut done = String::with_capacity(text.len());
    let mut at = 0;
    for (range, line) in lines(text) {
        let Some(name) = include(line) else {
            continue;
        };
        let wrong = |reason: String| Err(file.wrong(range.start, reason));
        let Some(place) = file.path.parent() else {
            continue;
        };
        let path = place.join(format!("{up}fixtures/{name}"));
        let Ok(included) = std::fs::read_to_string(&path) else {
            return wrong(format!("`fixtures/{name}` is not there, or no text"));
        };
        if included.lines().any(|line| include(line).is_some()) {
            return wrong(format!(
                "`fixtures/{name}` includes another file, which pgassay does not do; include both here"
            ));
        }
        let own = super::PLACEHOLDERS.iter().map(|(word, _)| *word);
        let mut words = gmrc
            .placeholders
            .iter()
            .map(|(word, _)| word.as_str())
            .chain(own);
        if let Some(word) = words.find(|word| included.contains(word)) {
            return wrong(format!(
                "`fixtures/{name}` holds the placeholder `{word}`, which pgassay replaces only in the file itself"
            ));
        }
        done.push_str(&text[at..range.start]);
        done.push_str(&format!("\\ir '{up}fixtures/{}'", name.replace('\'', "''")));
        at = range.end;
    }
    done.push_str(&text[at..]);
    Ok(done)
}

/// The file that a line includes.
fn include(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("--!")?.trim_start();
    let name = rest.strip_prefix("include")?;
    let name = name.starts_with([' ', '\t']).then(|| name.trim())?;
    name.strip_suffix(".sql").map(|_| name)
}
