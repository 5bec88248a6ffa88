//! Committed migrations: each has a header with its hash and that of the one before.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use sha1::{Digest, Sha1};

use super::super::directory::{Directory, File};
use super::super::error::MigrationError;
use super::super::text::{as_one_request, lines, only};
use super::super::{Migration, Transaction};
use super::gmrc::Gmrc;

/// Reads the migrations of `committed/`, in order.
///
/// # Errors
/// A chain that is broken, a hash that is another, a header that is not there.
pub(super) fn read(
    directory: &Directory,
    base: &Path,
    gmrc: &Gmrc,
) -> Result<Vec<Migration>, MigrationError> {
    let place = base.join("committed");
    let lies_there = |file: &&File| file.path.parent() == Some(&place);
    let mut files: Vec<(&str, &File)> = (directory.sql.iter().filter(lies_there))
        .filter_map(|file| Some((super::number(file.file_name())?, file)))
        .collect();
    files.sort_by(|left, right| left.0.cmp(right.0));
    let mut migrations = Vec::with_capacity(files.len());
    let mut before: Option<(&str, &File, Header)> = None;
    for (number, file) in files {
        let header = Header::read(file)?;
        if let Some((other, first, _)) = &before
            && *other == number
        {
            return Err(MigrationError::Duplicate {
                what: format!("number {number}"),
                first: first.shown.to_string(),
                second: file.shown.to_string(),
            });
        }
        header.check(
            file,
            before.as_ref().map(|(_, file, header)| (*file, header)),
        )?;
        migrations.push(migration(number, file, &header, gmrc)?);
        before = Some((number, file, header));
    }
    Ok(migrations)
}

fn migration(
    number: &str,
    file: &File,
    header: &Header,
    gmrc: &Gmrc,
) -> Result<Migration, MigrationError> {
    let text = file.text()?;
    let description = header
        .values
        .get("Message")
        .map(|(_, message)| message.clone());
    let script = super::script(file, &only(text, std::slice::from_ref(&header.body)), gmrc)?;
    Ok(Migration {
        transaction: transaction(&text[header.body.clone()]),
        ..Migration::of(
            Some(number.to_owned()),
            description.unwrap_or_default(),
            script,
        )
    })
}

/// What of a body is one transaction: all, unless its first line says otherwise.
pub(super) fn transaction(body: &str) -> Transaction {
    let first = body.trim_start().lines().next().unwrap_or_default();
    let said = first.strip_prefix("--!").map(str::trim_start);
    let rest = said.and_then(|said| said.strip_prefix("no-transaction"));
    match rest {
        Some(rest) if !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') => {
            as_one_request(body)
        }
        _ => Transaction::Whole,
    }
}

/// What a migration says of itself in its first lines.
#[derive(Debug)]
pub(super) struct Header {
    /// Values by their names, with the bytes where their lines begin.
    values: BTreeMap<String, (usize, String)>,
    /// Where the body is, without the blanks around it.
    pub(super) body: Range<usize>,
    /// Whether an empty line parts it from the body.
    is_parted: bool,
}

impl Header {
    /// Reads the first lines of a file: `--! Name: value`.
    ///
    /// # Errors
    /// A name that is there twice.
    pub(super) fn read(file: &File) -> Result<Self, MigrationError> {
        let text = file.text()?;
        let mut values = BTreeMap::new();
        let (mut end, mut is_parted) = (0, text.is_empty());
        for (range, line) in lines(text) {
            let Some((name, value)) = header(line) else {
                is_parted = line.is_empty();
                break;
            };
            end = (range.end + 1).min(text.len());
            if values
                .insert(name.to_owned(), (range.start, value.trim().to_owned()))
                .is_some()
            {
                return Err(file.wrong(range.start, format!("the header `{name}` is there twice")));
            }
        }
        let rest = &text[end..];
        let start = end + rest.len() - rest.trim_start().len();
        Ok(Self {
            values,
            body: start..text.trim_end().len().max(start),
            is_parted,
        })
    }

    fn value(&self, name: &str) -> Option<(usize, &str)> {
        let (at, value) = self.values.get(name)?;
        (!value.is_empty()).then_some((*at, value))
    }

    /// Refuses a migration that is not what was committed, or not behind what it was committed behind.
    fn check(&self, file: &File, before: Option<(&File, &Self)>) -> Result<(), MigrationError> {
        let text = file.text()?;
        let missing = |name: &str| {
            file.wrong(0, format!("a committed migration must say `--! {name}: …` in its first lines; `graphile-migrate commit` writes it"))
        };
        if !self.is_parted {
            return Err(file.wrong(
                0,
                "an empty line must come between the first lines (`--! …`) and the body",
            ));
        }
        let (previous_at, previous) = self.value("Previous").ok_or_else(|| missing("Previous"))?;
        let (hash_at, hash) = self.value("Hash").ok_or_else(|| missing("Hash"))?;
        let previous = (previous != "-").then_some(previous);
        match (before, previous) {
            (None, None) => {}
            (None, Some(previous)) => {
                return Err(file.wrong(
                    previous_at,
                    format!("it was committed behind a migration with the hash {previous}, but it is the first; find the file that is missing"),
                ));
            }
            (Some((other, header)), previous) => {
                let expected = header.value("Hash").map(|(_, hash)| hash);
                if previous != expected {
                    return Err(file.wrong(
                        previous_at,
                        format!(
                            "it was committed behind {}, but the migration before it, {}, has the hash {}; one of them is missing, \
                             renamed or was committed twice: uncommit and commit again what is last",
                            previous.map_or("none".to_owned(), |hash| format!("a migration with the hash {hash}")),
                            other.shown,
                            expected.unwrap_or_default()
                        ),
                    ));
                }
            }
        }
        let computed = hash_of(&text[self.body.clone()], previous);
        match (computed == hash, self.values.get("AllowInvalidHash")) {
            (false, None) => {
                let before = before.map_or(String::new(), |(other, _)| {
                    format!(" behind {}", other.shown)
                });
                Err(file.wrong(
                    hash_at,
                    format!("its hash{before} is {computed}, not {hash}: it was changed since it was committed; take back the change"),
                ))
            }
            (true, Some((at, _))) => {
                Err(file.wrong(*at, "its hash is right, so that `AllowInvalidHash` must go"))
            }
            _ => Ok(()),
        }
    }
}

/// The name and the value of a line of a header.
fn header(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("--! ")?;
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    is_name.then_some((name, value))
}

/// The hash of a body behind another migration.
fn hash_of(body: &str, previous: Option<&str>) -> String {
    let text = format!("{}\n{}", previous.unwrap_or_default(), body.trim());
    let hash = Sha1::digest(format!("{}\n", text.trim()));
    hash.iter().fold("sha1:".to_owned(), |mut text, byte| {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
