use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::MigrationError;
use crate::project::{SearchError, has_ending, in_natural_order, search};

/// A directory of migrations that was read: every file below it, hidden ones apart.
#[derive(Debug)]
pub(super) struct Directory {
    /// The directory itself, absolute; none for a single file.
    pub(super) root: Option<PathBuf>,
    shown: String,
    /// The `.sql` files, in natural order.
    pub(super) sql: Vec<SqlFile>,
    /// The paths of all other files; absolute.
    pub(super) others: Vec<PathBuf>,
}

/// A `.sql` file in it.
#[derive(Debug)]
pub(super) struct SqlFile {
    /// Absolute.
    pub(super) path: PathBuf,
    /// As people are shown it.
    pub(super) shown: Arc<str>,
    /// Its path relative to the directory, with `/` between its parts.
    pub(super) name: String,
    /// What it holds.
    pub(super) bytes: Vec<u8>,
}

impl Directory {
    /// Reads a directory, or a single file as a directory of its own.
    pub(super) fn read(path: &Path, project_dir: &Path) -> Result<Self, MigrationError> {
        let single = path.is_file();
        let names_start = match path.parent() {
            Some(parent) if single => parent,
            _ => path,
        };
        let files = if single {
            vec![path.to_owned()]
        } else {
            search(path, |name| !name.starts_with('.'), |_| true)
                .map_err(|SearchError { path, source }| MigrationError::Read { path, source })?
        };
        let (sql, others): (Vec<_>, Vec<_>) = files
            .into_iter()
            .partition(|file| single || has_ending(file, &["sql"]));
        let sql = in_natural_order(sql, project_dir)
            .into_iter()
            .map(|file| {
                let bytes = fs::read(&file.path).map_err(|source| MigrationError::Read {
                    path: file.path.clone(),
                    source,
                })?;
                Ok(SqlFile {
                    name: crate::settings::shown(names_start, &file.path),
                    path: file.path,
                    shown: file.shown,
                    bytes,
                })
            })
            .collect::<Result<_, MigrationError>>()?;
        Ok(Self {
            root: (!single).then(|| path.to_owned()),
            shown: crate::settings::shown(project_dir, path),
            sql,
            others,
        })
    }

    /// Whether there is no file at all.
    pub(super) fn is_empty(&self) -> bool {
        self.sql.is_empty() && self.others.is_empty()
    }

    /// The error that there are files but no migrations.
    pub(super) fn without_sql(&self) -> MigrationError {
        let example = self.others.first().and_then(|path| path.file_name());
        MigrationError::NoSql {
            directory: self.shown.clone(),
            example: example.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        }
    }

    /// The first `.sql` file that is so.
    pub(super) fn find(&self, is_so: impl Fn(&SqlFile) -> bool) -> Option<String> {
        let file = self.sql.iter().find(|file| is_so(file))?;
        Some(file.shown.to_string())
    }

    /// The directory as people are shown it.
    pub(super) fn shown(&self) -> String {
        self.shown.clone()
    }
}

impl SqlFile {
    /// The file's own name, without its directories.
    pub(super) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// The file's own name without `.sql`.
    pub(super) fn stem(&self) -> &str {
        let name = self.file_name();
        name.strip_suffix(".sql").unwrap_or(name)
    }

    /// Whether one of its lines is a `--` comment whose text, behind `--` and blanks, is so.
    pub(super) fn has_comment(&self, is_so: impl Fn(&str) -> bool) -> bool {
        self.bytes.split(|byte| *byte == b'\n').any(|line| {
            let Some(comment) = line.trim_ascii().strip_prefix(b"--") else {
                return false;
            };
            std::str::from_utf8(comment).is_ok_and(|comment| is_so(comment.trim()))
        })
    }
}
