//! The project: what is on disk, by name. Test files with their headers, roles and fixtures scripts. Nothing here
//! reads a script or runs one.

mod error;
mod natural;
mod pin;
mod saved_state;
mod search;
mod slow_files;

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::script::quote_literal;
pub use crate::script::{Header, HeaderProblem};
pub use error::ProjectError;
pub use natural::natural_cmp;
pub(crate) use natural::value_cmp;
pub use pin::Pin;
pub(crate) use pin::{is_part_of_migration_test, whole_migration_tests};
pub use saved_state::{FileResult, SavedState};
pub(crate) use search::{SearchError, has_ending, search};

use crate::settings::{Settings, nearest_path, shown};

/// A project's files.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// The test files to run: those of each named path in natural order, in the order in which they were named.
    pub tests: Vec<TestFile>,
    /// How many test files there were before some were left out by `--match` and `--tag`.
    pub found: usize,
    /// The tags of all files that `--match` leaves.
    pub tags: BTreeSet<String>,
    /// Files that were left out because `_` begins a name, though by their contents they are tests; as shown.
    pub passed_over: Vec<Arc<str>>,
    /// Files that were left out because only the case of their ending is another; as shown.
    pub other_case: Vec<Arc<str>>,
    /// What was named and holds no test: directories without test files, and files without a statement; as shown.
    pub empty: Vec<String>,
    /// The roles scripts, in the order in which they run.
    pub roles: Vec<ScriptFile>,
    /// The fixtures scripts, in the order in which they run.
    pub fixtures: Vec<ScriptFile>,
}

/// A test file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestFile {
    /// Where it is; absolute.
    pub path: PathBuf,
    /// As people are shown it: relative to the project with `/` between the parts, or absolute when it lies
    /// outside.
    pub shown: Arc<str>,
    /// What it says of itself.
    pub header: Header,
    /// What it says of itself that cannot be understood.
    pub header_problems: Vec<HeaderProblem>,
    /// The version of the schema that it runs at, where that is not the newest.
    pub pin: Option<Pin>,
    /// Functions of the database that are called in its place: then there is no such file.
    pub call: Option<FunctionCall>,
}

/// A call of pgTAP's `runtests()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionCall {
    /// The schema whose functions run; none means those that the `search_path` reaches.
    pub schema: Option<String>,
    /// What their names match; none means `^test`.
    pub matching: Option<String>,
}

impl FunctionCall {
    /// The statement.
    pub fn statement(&self) -> String {
        let arguments = [(&self.schema, "name"), (&self.matching, "text")];
        let arguments: Vec<String> = arguments
            .into_iter()
            .filter_map(|(value, type_)| {
                let literal = quote_literal(value.as_ref()?);
                Some(format!("{}::pg_catalog.{type_}", literal.trim_start()))
            })
            .collect();
        format!("SELECT * FROM runtests({});", arguments.join(", "))
    }
}

/// A script that runs for all tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptFile {
    /// Where it is; absolute.
    pub path: PathBuf,
    /// As people are shown it: relative to the project with `/` between the parts, or absolute when it lies
    /// outside.
    pub shown: Arc<str>,
}

impl Project {
    /// Finds the files that the settings speak of, and reads the headers of the test files.
    ///
    /// # Errors
    ///
    /// When something that was named does not exist, or a directory cannot be read. That no test file is left is no
    /// error, nor is a test file that cannot be read: it will be broken.
    pub fn load(settings: &Settings) -> Result<Self, ProjectError> {
        let scripts = |path: Option<&PathBuf>, purpose| {
            path.map_or(Ok(Vec::new()), |path| {
                script_files(path, &settings.project_dir, purpose)
            })
        };
        let mut files = Vec::new();
        let mut behind_underscores = Vec::new();
        let mut other_case = Vec::new();
        let mut empty = Vec::new();
        for named in &settings.tests {
            let paths = test_paths(named, settings, is_searched)?;
            if settings.tests_named && paths.iter().all(|path| is_blank_file(path)) {
                empty.push(shown(&settings.project_dir, named));
            }
            files.extend(in_natural_order(paths, &settings.project_dir));
            behind_underscores.extend(test_paths(named, settings, is_visible)?);
            other_case.extend(of_other_case(named, settings)?);
        }
        let mut seen = HashSet::new();
        files.retain(|file| seen.insert(file.path.clone()));
        let found = files.len();
        let other_case = in_natural_order(other_case, &settings.project_dir);
        let passed_over = passed_over(&files, behind_underscores, &settings.project_dir);
        if let Some(matching) = &settings.matching {
            files.retain(|file| matching.is_match(&file.shown));
        }
        let mut tests: Vec<_> = files.into_par_iter().map(TestFile::read).collect();
        let tags = tests.iter().flat_map(|file| file.header.tags.clone());
        let tags = tags.collect();
        tests.retain(|file| file.header.is_wanted(&settings.tags));
        let mut tests = whole_migration_tests(tests, &settings.extensions, &settings.project_dir);
        for test in &mut tests {
            let serial = settings.serial.iter();
            test.header.serial |= serial.into_iter().any(|glob| glob.is_match(&test.shown));
        }
        Ok(Self {
            tests,
            found,
            tags,
            passed_over,
            other_case: other_case.into_iter().map(|file| file.shown).collect(),
            empty,
            roles: scripts(settings.roles.as_ref(), "roles")?,
            fixtures: scripts(settings.fixtures.as_ref(), "fixtures")?,
        })
    }
}

impl TestFile {
    fn read(file: ScriptFile) -> Self {
        let ScriptFile { path, shown } = file;
        // That a file cannot be read, or is not UTF-8, is told when it runs: it is broken, and others are not.
        let bytes = fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}');
        let (header, mut header_problems) = crate::script::header(&shown, text);
        Self {
            pin: Pin::of(&path, &shown, &header, &mut header_problems),
            path,
            shown,
            header,
            header_problems,
            call: None,
        }
    }

    /// A call of functions, which stands in the place of a file under this name.
    pub fn of_functions(shown: &str, call: FunctionCall) -> Self {
        Self {
            path: PathBuf::from(shown),
            shown: shown.into(),
            header: Header::default(),
            header_problems: Vec::new(),
            pin: None,
            call: Some(call),
        }
    }

    /// Whether `runtests()` finds what it runs.
    pub fn runs_functions(&self) -> bool {
        self.call.is_some() || self.header.runtests.is_some()
    }
}

/// The scripts of a file or directory, in natural order. `purpose` is for messages: `roles`, `fixtures`.
pub(crate) fn script_files(
    path: &Path,
    project_dir: &Path,
    purpose: &'static str,
) -> Result<Vec<ScriptFile>, ProjectError> {
    if path.is_file() {
        return Ok(in_natural_order(vec![path.to_owned()], project_dir));
    }
    let files = search(path, is_searched, |file| has_ending(file, &["sql"]))
        .map_err(ProjectError::reading(purpose))?;
    Ok(in_natural_order(files, project_dir))
}

/// The test files that one path of the settings stands for.
fn test_paths(
    named: &Path,
    settings: &Settings,
    visible: fn(&str) -> bool,
) -> Result<Vec<PathBuf>, ProjectError> {
    let metadata = fs::metadata(named).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => ProjectError::Missing {
            path: named.to_owned(),
            suggestion: nearest_path(named).filter(|meant| meant != named),
        },
        _ => ProjectError::Read {
            purpose: "tests",
            path: named.to_owned(),
            source,
        },
    })?;
    if metadata.is_file() {
        return Ok(vec![named.to_owned()]);
    }
    if !metadata.is_dir() {
        return Err(ProjectError::Special {
            path: named.to_owned(),
        });
    }
    search(named, visible, |file| {
        has_ending(file, &settings.extensions)
    })
    .map_err(ProjectError::reading("tests"))
}

/// The files of a directory that would be test files if the case of letters did not matter in endings.
fn of_other_case(named: &Path, settings: &Settings) -> Result<Vec<PathBuf>, ProjectError> {
    if !named.is_dir() {
        return Ok(Vec::new());
    }
    let lower = |text: &str| text.to_lowercase();
    let endings: Vec<String> = settings.extensions.iter().map(|it| lower(it)).collect();
    search(named, is_searched, |file| {
        let folded = PathBuf::from(lower(&file.to_string_lossy()));
        !has_ending(file, &settings.extensions) && has_ending(&folded, &endings)
    })
    .map_err(ProjectError::reading("tests"))
}

/// Whether a file holds nothing but blanks and comments. One that cannot be read is told of when it runs.
fn is_blank_file(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| crate::script::is_blank(&String::from_utf8_lossy(&bytes)))
}

/// Whether a name inside a directory that is searched is looked at: scripts that others include begin with `_`.
fn is_searched(name: &str) -> bool {
    !name.starts_with(['_', '.'])
}

/// Whether a name is looked at where those that begin with `_` are looked at too.
fn is_visible(name: &str) -> bool {
    !name.starts_with('.')
}

/// Of all files, those that are not among the test files though they plan assertions and finish, as whole tests do and
/// scripts that tests include hardly ever do.
fn passed_over(tests: &[ScriptFile], all: Vec<PathBuf>, project_dir: &Path) -> Vec<Arc<str>> {
    let tests: HashSet<&Path> = tests.iter().map(|file| file.path.as_path()).collect();
    let others = all
        .into_iter()
        .filter(|path| !tests.contains(path.as_path()))
        .filter(|path| {
            let text = fs::read(path).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).to_lowercase();
            text.contains("plan(") && text.contains("finish(")
        });
    in_natural_order(others.collect(), project_dir)
        .into_iter()
        .map(|file| file.shown)
        .collect()
}

/// The files with their paths as shown, in natural order of these, each once.
pub(crate) fn in_natural_order(paths: Vec<PathBuf>, project_dir: &Path) -> Vec<ScriptFile> {
    let mut files: Vec<_> = paths
        .into_iter()
        .map(|path| ScriptFile {
            shown: shown(project_dir, &path).into(),
            path,
        })
        .collect();
    files.sort_by(|left, right| {
        natural_cmp(&left.shown, &right.shown).then_with(|| left.path.cmp(&right.path))
    });
    files.dedup();
    files
}

impl Header {
    /// Whether a file with this header is wanted: all are when no tag is asked for.
    fn is_wanted(&self, tags: &[String]) -> bool {
        tags.is_empty() || self.tags.iter().any(|tag| tags.contains(tag))
    }
}

#[cfg(test)]
mod tests;
