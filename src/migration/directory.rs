use std::cell::OnceCell;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::MigrationScript;
use super::error::MigrationError;
use super::text::only;
use crate::project::{SearchError, has_ending, in_natural_order, natural_cmp, search};
use crate::script::decode;
use crate::session::hash_of;

/// A directory of migrations: every file below it, hidden ones apart. Several that make one history are put together.
#[derive(Debug)]
pub(super) struct Directory {
    /// The directories themselves, absolute; of a single file, the one that it lies in.
    pub(super) roots: Vec<PathBuf>,
    /// Whether it is a single file.
    pub(super) is_single: bool,
    /// The project, absolute.
    pub(super) project_dir: PathBuf,
    /// The directories, or the single file, as people are shown them.
    pub(super) shown: String,
    /// The `.sql` files, in natural order.
    pub(super) sql: Vec<File>,
    /// All other files, in natural order.
    pub(super) others: Vec<File>,
}

/// A file in it, which is read when it is asked for.
#[derive(Debug)]
pub(super) struct File {
    /// Absolute.
    pub(super) path: PathBuf,
    /// As people are shown it.
    pub(super) shown: Arc<str>,
    /// Its path relative to its directory, with `/` between its parts.
    pub(super) name: String,
    contents: OnceCell<Contents>,
}

/// What a file holds.
#[derive(Debug)]
struct Contents {
    text: Arc<str>,
    hash: String,
}

impl Directory {
    /// Looks what there is in a directory, or takes a single file as a directory of its own.
    pub(super) fn read(path: &Path, project_dir: &Path) -> Result<Self, MigrationError> {
        let is_single = path.is_file();
        let root = match path.parent() {
            Some(parent) if is_single => parent,
            _ => path,
        };
        let files = if is_single {
            vec![path.to_owned()]
        } else {
            search(path, |name| !name.starts_with('.'), |_| true)
                .map_err(|SearchError { path, source }| MigrationError::Read { path, source })?
        };
        let (sql, others): (Vec<_>, Vec<_>) = files
            .into_iter()
            .partition(|file| has_ending(file, &["sql"]));
        let files = |paths: Vec<PathBuf>| {
            let files = in_natural_order(paths, project_dir).into_iter();
            let file = files.map(|file| File::new(file.path, file.shown, root));
            file.collect::<Vec<_>>()
        };
        Ok(Self {
            roots: vec![root.to_owned()],
            is_single,
            project_dir: project_dir.to_owned(),
            shown: crate::settings::shown(project_dir, path),
            sql: files(sql),
            others: files(others),
        })
    }

    /// Puts several together: their files are in natural order of their names, wherever they lie.
    pub(super) fn together(directories: Vec<Self>) -> Option<Self> {
        let mut directories = directories.into_iter();
        let mut all = directories.next()?;
        for directory in directories {
            all.roots.extend(directory.roots);
            all.is_single = false;
            all.shown = format!("{}, {}", all.shown, directory.shown);
            all.sql.extend(directory.sql);
            all.others.extend(directory.others);
        }
        if all.roots.len() > 1 {
            for files in [&mut all.sql, &mut all.others] {
                files.sort_by(|left, right| natural_cmp(&left.name, &right.name));
            }
        }
        Some(all)
    }

    /// Whether there is no file at all.
    pub(super) fn is_empty(&self) -> bool {
        self.sql.is_empty() && self.others.is_empty()
    }

    /// The error that there are files but no migrations.
    pub(super) fn without_sql(&self) -> MigrationError {
        let example = self.others.first().map(File::file_name);
        MigrationError::NoSql {
            directory: self.shown.clone(),
            example: example.unwrap_or_default().to_owned(),
        }
    }

    /// The first `.sql` file that is so, as shown.
    pub(super) fn find(&self, is_so: impl Fn(&File) -> bool) -> Option<String> {
        let file = self.sql.iter().find(|file| is_so(file))?;
        Some(file.shown.to_string())
    }

    /// A file by its path relative to the directory, of whatever ending, if it is there and not hidden.
    pub(super) fn file(&self, name: &str) -> Option<&File> {
        let mut all = self.sql.iter().chain(&self.others);
        all.find(|file| file.name == name)
    }

    /// A file that need not lie in the directory, as one that a file in it names.
    pub(super) fn elsewhere(&self, path: PathBuf) -> File {
        let shown = crate::settings::shown(&self.project_dir, &path);
        let root = self.roots.first().unwrap_or(&self.project_dir);
        File::new(path, shown.into(), root)
    }

    /// An error for a layout whose order stands in one place, where several directories are to be one history.
    pub(super) fn refuse_several(&self, layout: &'static str) -> Result<(), MigrationError> {
        if self.roots.len() > 1 {
            return Err(MigrationError::NotMerged {
                layout,
                directories: self.shown.clone(),
            });
        }
        Ok(())
    }
}

impl File {
    fn new(path: PathBuf, shown: Arc<str>, root: &Path) -> Self {
        Self {
            name: crate::settings::shown(root, &path),
            path,
            shown,
            contents: OnceCell::new(),
        }
    }

    /// The file's own name, without its directories.
    pub(super) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// Whether it lies in the directory itself: many tools look no deeper.
    pub(super) fn is_at_top(&self) -> bool {
        !self.name.contains('/')
    }

    /// Whether its name ends so, in small letters, as tools want it.
    pub(super) fn ends_with(&self, ending: &str) -> bool {
        self.name.ends_with(ending)
    }

    /// The file's own name without `.sql`.
    pub(super) fn stem(&self) -> &str {
        let name = self.file_name();
        name.strip_suffix(".sql").unwrap_or(name)
    }

    /// Its text.
    ///
    /// # Errors
    /// When it cannot be read, or is no text.
    pub(super) fn text(&self) -> Result<&Arc<str>, MigrationError> {
        Ok(&self.contents()?.text)
    }

    /// Its bytes as they lie on disk, where its text was read before.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, MigrationError> {
        fs::read(&self.path).map_err(|source| MigrationError::Read {
            path: self.path.clone(),
            source,
        })
    }

    fn contents(&self) -> Result<&Contents, MigrationError> {
        if let Some(contents) = self.contents.get() {
            return Ok(contents);
        }
        let bytes = fs::read(&self.path).map_err(|source| MigrationError::Read {
            path: self.path.clone(),
            source,
        })?;
        let hash = hash_of(&bytes);
        let text = decode(&self.shown, bytes).map_err(MigrationError::Undecodable)?;
        let text = text.into();
        Ok(self.contents.get_or_init(|| Contents { text, hash }))
    }

    /// All of it as a script.
    pub(super) fn script(&self) -> Result<MigrationScript, MigrationError> {
        self.with_text(Arc::clone(self.text()?))
    }

    /// These parts of its text as a script, where each stands where it did.
    pub(super) fn parts(&self, parts: &[Range<usize>]) -> Result<MigrationScript, MigrationError> {
        self.with_text(only(self.text()?, parts).into())
    }

    /// A script of it with another text, whose lines are its own.
    pub(super) fn with_text(&self, text: Arc<str>) -> Result<MigrationScript, MigrationError> {
        Ok(MigrationScript {
            path: self.path.clone(),
            shown: Arc::clone(&self.shown),
            name: self.name.clone(),
            text,
            written: None,
            file_hash: self.contents()?.hash.clone(),
            variables: Vec::new(),
            placeholders: &[],
        })
    }

    /// The error that something is wrong with it at a place, a byte of its text.
    pub(super) fn wrong(&self, at: usize, reason: impl Into<String>) -> MigrationError {
        let before = self.text().ok().and_then(|text| text.get(..at));
        MigrationError::Wrong {
            file: self.shown.to_string(),
            line: before.map_or(1, |text| 1 + text.matches('\n').count()),
            reason: reason.into(),
        }
    }

    /// Whether one of its lines is a `--` comment whose text, behind `--` and blanks, is so. What cannot be read has none:
    /// whoever needs its text tells of that.
    pub(super) fn has_comment(&self, is_so: impl Fn(&str) -> bool) -> bool {
        self.text().is_ok_and(|text| {
            text.lines().any(|line| {
                let comment = line.trim().strip_prefix("--");
                comment.is_some_and(|comment| is_so(comment.trim()))
            })
        })
    }
}
