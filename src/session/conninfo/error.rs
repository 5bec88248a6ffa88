use std::io;
use std::path::PathBuf;

use super::parameter::Source;

/// Why a connection string cannot be used. No message holds a password, nor a piece of text that may belong to one.
#[derive(Debug, thiserror::Error)]
pub enum ConnInfoError {
    /// The text is neither a URL nor keywords and values.
    #[error("cannot read the connection string: {0}")]
    Syntax(String),
    /// A keyword that libpq does not know.
    #[error("cannot use {source_}: there is no connection keyword \"{keyword}\"{}", suggestion.as_ref().map(|word| format!("; did you mean \"{word}\"?")).unwrap_or_default())]
    UnknownKeyword {
        /// The keyword as it was written.
        keyword: String,
        /// Where it was written.
        source_: Source,
        /// A known keyword that is much like it.
        suggestion: Option<&'static str>,
    },
    /// A value that its keyword cannot have.
    #[error("cannot use {keyword} from {source_}: {why}")]
    BadValue {
        /// The keyword.
        keyword: &'static str,
        /// Where the value comes from.
        source_: Source,
        /// What is wrong and what would be right.
        why: String,
    },
    /// A variable that is not text.
    #[error("cannot use the environment variable {name}: its value is not UTF-8")]
    Variable {
        /// The variable.
        name: String,
    },
    /// A service file that cannot be read.
    #[error("cannot read the service file {}: {error}", path.display())]
    ServiceFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// A line of a service file that cannot be used.
    #[error("cannot use the service file {}:{line}: {why}", path.display())]
    ServiceLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A service that no file defines.
    #[error(
        "cannot find the service \"{service}\": no section [{service}] in {}",
        places(looked)
    )]
    ServiceNotFound {
        /// The service.
        service: String,
        /// The files that were read or looked for.
        looked: Vec<PathBuf>,
    },
    /// No user was said and the operating system does not know one.
    #[error(
        "cannot tell which role to connect as: this process's user has no name; say user=… or set PGUSER"
    )]
    NoUser,
}

fn places(paths: &[PathBuf]) -> String {
    if paths.is_empty() {
        return "any service file (there is no ~/.pg_service.conf and PGSERVICEFILE is not set)"
            .to_owned();
    }
    let shown: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    shown.join(", ")
}
