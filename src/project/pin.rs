//! The version of the schema that a test file is pinned to, by its header or by where it lies.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{ScriptFile, TestFile};
use crate::script::{Header, HeaderProblem, Location};
use crate::settings::shown;

/// The directory of migration tests, in any directory of tests.
const DIRECTORY: &str = "migrations";

/// How its files are called, without their endings.
const PARTS: [&str; 2] = ["before", "after"];

/// The version of the schema that a test file is pinned to. Migrations are named as the file or its directory does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pin {
    /// The file runs behind this migration: `-- pgassay: at V005`.
    Behind {
        /// The migration.
        migration: String,
        /// The line that says so.
        line: u32,
    },
    /// It runs before this migration, which is then applied to the rows that it leaves: `migrations/V006/before.sql`.
    Before(String),
    /// It runs behind this migration, which was applied to those rows: `migrations/V006/after.sql`.
    After(String),
}

impl Pin {
    /// The migration.
    pub fn migration(&self) -> &str {
        match self {
            Self::Behind { migration, .. } | Self::Before(migration) | Self::After(migration) => {
                migration
            }
        }
    }

    /// Whether a migration is applied on the way.
    pub fn is_of_migration_test(&self) -> bool {
        matches!(self, Self::Before(_) | Self::After(_))
    }

    /// What a file is pinned to. What its header says in vain goes to `problems`.
    pub(super) fn of(
        path: &Path,
        shown: &str,
        header: &Header,
        problems: &mut Vec<HeaderProblem>,
    ) -> Option<Self> {
        let by_place = by_place(path);
        let mut in_vain = |line: u32, text: &str| {
            problems.push(HeaderProblem {
                location: Location::new(shown, line, 1),
                text: text.to_owned(),
            });
        };
        if let Some(meant) = by_place.is_none().then(|| nearly_by_place(path)).flatten() {
            in_vain(
                1,
                &format!(
                    "it is an ordinary test, at the newest version: a migration test consists of before.sql and after.sql; did you mean {meant}?"
                ),
            );
        }
        if let (Some(_), Some(at)) = (&by_place, &header.at) {
            in_vain(
                at.line,
                "`at` has no effect here: a migration test runs before and behind the migration that its directory names",
            );
        }
        if let Some(refused) = &header.refused
            && !matches!(by_place, Some(Self::Before(_)))
        {
            in_vain(
                refused.line,
                "`refused` has no effect here: it is for the before.sql of a migration test",
            );
        }
        by_place.or_else(|| {
            header.at.as_ref().map(|at| Self::Behind {
                migration: at.version.clone(),
                line: at.line,
            })
        })
    }
}

/// What `migrations/V006/before.sql` and `after.sql` are pinned to.
fn by_place(path: &Path) -> Option<Pin> {
    let stem = path.file_stem()?;
    let directory = path.parent()?;
    let is_there = directory.parent()?.file_name()? == DIRECTORY;
    let migration = directory.file_name()?.to_str()?.to_owned();
    match stem.to_str()? {
        "before" if is_there => Some(Pin::Before(migration)),
        "after" if is_there => Some(Pin::After(migration)),
        _ => None,
    }
}

/// What the file was probably to be called that lies where migration tests are, and is no part of one.
fn nearly_by_place(path: &Path) -> Option<String> {
    let is_there = path.parent()?.parent()?.file_name()? == DIRECTORY;
    let stem = path.file_stem()?.to_str()?;
    let meant = PARTS
        .into_iter()
        .find(|part| strsim::damerau_levenshtein(part, &stem.to_lowercase()) <= 1)?;
    let ending = path.extension()?.to_str()?;
    is_there.then(|| format!("{meant}.{ending}"))
}

/// Whether a path is that of a part of a migration test.
pub(crate) fn is_part_of_migration_test(path: &Path) -> bool {
    by_place(path).is_some()
}

/// The files with both parts of each migration test, one behind the other, at the place of the first: where one of them was
/// chosen, the other one belongs to it.
pub(crate) fn whole_migration_tests(
    tests: Vec<TestFile>,
    endings: &[String],
    project_dir: &Path,
) -> Vec<TestFile> {
    let mut whole: Vec<TestFile> = Vec::with_capacity(tests.len());
    let mut is_there = HashSet::new();
    let chosen: HashSet<PathBuf> = tests.iter().map(|test| test.path.clone()).collect();
    let mut waiting: Vec<Option<TestFile>> = tests.into_iter().map(Some).collect();
    for at in 0..waiting.len() {
        let Some(test) = waiting[at].take() else {
            continue;
        };
        if !test.pin.as_ref().is_some_and(Pin::is_of_migration_test) {
            whole.push(test);
            continue;
        }
        for part in PARTS {
            let Some(path) = part_beside(&test.path, part, endings, &chosen) else {
                continue;
            };
            if !is_there.insert(path.clone()) {
                continue;
            }
            if path == test.path {
                whole.push(test.clone());
            } else if chosen.contains(&path) {
                let mut rest = waiting[at..].iter_mut();
                let its = rest.find(|other| other.as_ref().is_some_and(|it| it.path == path));
                whole.extend(its.and_then(Option::take));
            } else if path.is_file() {
                let shown = shown(project_dir, &path).into();
                whole.push(TestFile::read(ScriptFile { path, shown }));
            }
        }
    }
    tell_of_contradictions(&mut whole);
    whole
}

/// Where a migration is to be refused, there is nothing behind it for an `after.sql` to look at.
fn tell_of_contradictions(tests: &mut [TestFile]) {
    for at in 1..tests.len() {
        let (before, after) = (&tests[at - 1], &tests[at]);
        let is_whole = matches!(before.pin, Some(Pin::Before(_)))
            && matches!(after.pin, Some(Pin::After(_)))
            && before.path.parent() == after.path.parent();
        let Some(refused) = before.header.refused.as_ref().filter(|_| is_whole) else {
            continue;
        };
        let problem = HeaderProblem {
            location: Location::new(Arc::clone(&before.shown), refused.line, 1),
            text: format!(
                "`refused` contradicts {}: where the migration is refused, nothing runs behind it; take one of the two away",
                after.shown
            ),
        };
        let problems = &mut tests[at - 1].header_problems;
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}

/// The part of a migration test that lies beside one of its files: that file itself, one that was chosen, or the first with one
/// of the endings of test files.
fn part_beside(
    file: &Path,
    part: &str,
    endings: &[String],
    chosen: &HashSet<PathBuf>,
) -> Option<PathBuf> {
    if file.file_stem()? == part {
        return Some(file.to_owned());
    }
    let paths = endings
        .iter()
        .map(|ending| file.with_file_name(format!("{part}.{ending}")));
    let paths: Vec<PathBuf> = paths.collect();
    let was_chosen = paths.iter().find(|path| chosen.contains(*path));
    was_chosen
        .or_else(|| paths.iter().find(|path| path.is_file()))
        .cloned()
}
