use std::io;
use std::path::PathBuf;

use super::origin::{Origin, Place};
use super::target::TargetName;
use crate::session::conninfo::{ConnInfoError, Reach, without_passwords};

/// Why the settings make no sense. A message begins with where the setting was said; one about the settings file
/// ends with an excerpt of it.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// `-C` names no directory.
    #[error(
        "cannot change to the directory {}, named by -C: {source}",
        shown_path(path)
    )]
    Directory {
        /// What it names.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The settings file was found or named but cannot be read.
    #[error("cannot read the settings file {}{}: {source}", shown_path(path), named(origin.as_ref()))]
    ConfigFile {
        /// The file.
        path: PathBuf,
        /// Who named it; none when it was found by searching.
        origin: Option<Origin>,
        /// What the system says.
        source: io::Error,
    },
    /// The settings file is not TOML.
    #[error("{place}: this is not TOML: {message}{}", place.excerpt())]
    Syntax {
        /// Where.
        place: Box<Place>,
        /// What the TOML reader says.
        message: String,
    },
    /// The settings file has a key that does not exist.
    #[error(
        "{place}: unknown key `{key}`{}{}",
        suggested(suggestion.as_deref()),
        place.excerpt()
    )]
    UnknownKey {
        /// Where.
        place: Box<Place>,
        /// The key, with its table.
        key: String,
        /// The key that was probably meant.
        suggestion: Option<String>,
    },
    /// A value in the settings file is of the wrong type.
    #[error("{place}: `{key}` must be {expected}, not {found}{}", place.excerpt())]
    WrongType {
        /// Where.
        place: Box<Place>,
        /// The key, with its table.
        key: String,
        /// What it must be, with its article.
        expected: &'static str,
        /// What it is, with its article.
        found: &'static str,
    },
    /// A table has not all that it needs.
    #[error("{place}: this table of `{table}` lacks {what}{}", place.excerpt())]
    Lacking {
        /// Where its first key stands.
        place: Box<Place>,
        /// Its name.
        table: String,
        /// What it lacks, with its article.
        what: &'static str,
    },
    /// A value is of the right type but cannot be meant.
    #[error("{origin}: {subject} cannot be `{}`: {}{}", hidden(value), hidden(reason), origin.excerpt())]
    Value {
        /// Where it was said.
        origin: Origin,
        /// The key in backquotes, or `it` where the origin names it already.
        subject: String,
        /// What was said.
        value: String,
        /// Why that cannot be.
        reason: String,
    },
    /// Two settings exclude one another and were said in the same place.
    #[error(
        "{origin}: `{second}` cannot stand beside `{first}`: {reason}; remove one{}",
        origin.excerpt()
    )]
    Conflict {
        /// Where the second was said.
        origin: Origin,
        /// One setting.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// A setting says more of another one that was not said.
    #[error(
        "{origin}: `{setting}` says what `{needed}` depends on, and there is no `{needed}`{}",
        origin.excerpt()
    )]
    Alone {
        /// Where it was said.
        origin: Origin,
        /// The setting.
        setting: &'static str,
        /// The one that it belongs to.
        needed: &'static str,
    },
    /// A file or directory that was named does not exist, or is not what it must be.
    #[error(
        "{origin}: there is no {expected} {}{}{}",
        shown_path(path),
        suggested(suggestion.as_ref().map(|path| path.to_string_lossy()).as_deref()),
        origin.excerpt()
    )]
    MissingPath {
        /// Where it was named.
        origin: Origin,
        /// `directory`, or `file or directory`.
        expected: &'static str,
        /// What was named, absolute.
        path: PathBuf,
        /// An existing path with a name near to it.
        suggestion: Option<PathBuf>,
    },
    /// The settings file has no such profile.
    #[error("{origin}: there is no [profile.{}] in {file}{}", hidden(name), profiles(suggestion.as_deref(), known))]
    UnknownProfile {
        /// Who named it.
        origin: Origin,
        /// Its name.
        name: String,
        /// The settings file, as shown.
        file: String,
        /// The profile that was probably meant.
        suggestion: Option<String>,
        /// The profiles that there are.
        known: Vec<String>,
    },
    /// A profile was named but there is no settings file that could have it.
    #[error(
        "{origin}: there is no pgassay.toml in {} or the directories above it, so there is no profile `{}`",
        searched.display(),
        hidden(name)
    )]
    ProfileWithoutFile {
        /// Who named it.
        origin: Origin,
        /// Its name.
        name: String,
        /// Where the search for the file began.
        searched: PathBuf,
    },
    /// The settings file has no such environment.
    #[error("{origin}: there is no [environment.{}] in pgassay.toml{}", hidden(name), environments(suggestion.as_deref(), known))]
    UnknownEnvironment {
        /// Who named it.
        origin: Origin,
        /// Its name.
        name: String,
        /// The environment that was probably meant.
        suggestion: Option<String>,
        /// The environments that there are.
        known: Vec<String>,
    },
    /// Nobody said which database a command is to work on, and there is none that it could be.
    #[error("which database? {}", which_database(known))]
    NoTarget {
        /// The environments that there are.
        known: Vec<String>,
    },
    /// Where a database is said to be cannot be understood.
    #[error("{}{target}: {source}", origin.as_ref().map_or_else(String::new, |origin| format!("{origin}: ")))]
    Way {
        /// Who said it.
        origin: Option<Origin>,
        /// Which database.
        target: TargetName,
        /// What is wrong, without a word of it that could be a password.
        source: Box<ConnInfoError>,
    },
    /// A variable has no value that the URL of an environment could hold.
    #[error(
        "{origin}: the variable {variable}, which stands in the `url` of [environment.{environment}], {reason}{advice}{}",
        origin.excerpt()
    )]
    Variable {
        /// Where the URL stands.
        origin: Origin,
        /// The variable.
        variable: String,
        /// The environment whose URL it is.
        environment: String,
        /// What is wrong with it.
        reason: &'static str,
        /// What to do.
        advice: String,
    },
    /// Nobody said which migrations are the project's, and there are several that could be.
    #[error(
        "both {first} and {second} could be the project's migrations; say which by `migrations = \"…\"` in pgassay.toml, or \
         `migrations = false` if there are none"
    )]
    SeveralMigrations {
        /// One place, as shown.
        first: String,
        /// Another.
        second: String,
    },
    /// No tests were named and the default directory does not exist.
    #[error(
        "there are no tests: {} does not exist; put test files there, name others \
         (`pgassay test PATH…`), or say `tests = \"…\"` in pgassay.toml",
        default.display()
    )]
    NoTests {
        /// The default directory.
        default: PathBuf,
    },
}

fn named(origin: Option<&Origin>) -> String {
    origin.map_or_else(String::new, |origin| format!(", named by {origin}"))
}

fn suggested(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"))
}

fn environments(suggestion: Option<&str>, known: &[String]) -> String {
    match (suggestion, known) {
        (Some(_), _) => suggested(suggestion),
        (None, []) => "; it has no environments".to_owned(),
        (None, known) => format!("; its environments are: {}", known.join(", ")),
    }
}

fn which_database(known: &[String]) -> String {
    let own = "start a server for this project by `pgassay db start`";
    match known {
        [] => format!(
            "{own}; or say one by `--url URL`, or give it a name, `[environment.dev]` with a `url`, in pgassay.toml"
        ),
        known => format!(
            "say it by `--env NAME` (the environments are: {}) or `--url URL`; or {own}",
            known.join(", ")
        ),
    }
}

/// What somebody said, who may have put a connection string in the wrong place.
fn hidden(text: &str) -> String {
    without_passwords(text, Reach::All)
}

/// A path as it was typed or said, which may be a connection string in the wrong place.
fn shown_path(path: &std::path::Path) -> String {
    without_passwords(&path.to_string_lossy(), Reach::All)
}

fn profiles(suggestion: Option<&str>, known: &[String]) -> String {
    match (suggestion, known) {
        (Some(meant), _) => format!("; did you mean `{meant}`?"),
        (None, []) => "; it has no profiles".to_owned(),
        (None, known) => format!("; its profiles are: {}", known.join(", ")),
    }
}
