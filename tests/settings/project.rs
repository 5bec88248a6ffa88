use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use pgassay::cli::{self, Command};
use pgassay::settings::{Environment, Settings, SettingsError};
use tempfile::TempDir;

/// A project on disk with an environment to resolve settings in.
pub(crate) struct Project {
    _home: TempDir,
    pub(crate) root: PathBuf,
    current_dir: PathBuf,
    variables: HashMap<OsString, OsString>,
}

impl Project {
    /// A project with the directory `sql-tests` alone.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(home.path()).unwrap();
        let project = Self {
            current_dir: root.clone(),
            root,
            _home: home,
            variables: HashMap::new(),
        };
        project.directory("sql-tests")
    }

    /// A project that has every default directory.
    pub(crate) fn full() -> Self {
        Self::new()
            .file("sql-tests/users/names.sql", "")
            .file("migrations/V1__users.sql", "")
            .directory("roles")
            .directory("fixtures")
    }

    pub(crate) fn directory(self, path: &str) -> Self {
        fs::create_dir_all(self.root.join(path)).unwrap();
        self
    }

    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn toml(self, text: &str) -> Self {
        self.file("pgassay.toml", text)
    }

    pub(crate) fn started_in(mut self, path: &str) -> Self {
        self.current_dir = self.root.join(path);
        self.directory(path)
    }

    pub(crate) fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    pub(crate) fn environment(&self) -> Environment {
        Environment {
            current_dir: self.current_dir.clone(),
            variables: self.variables.clone(),
            user_id: 1234,
            seed: 99,
        }
    }

    /// Resolves the settings of `pgassay LINE`, where LINE begins with `test`, maybe behind global options.
    pub(crate) fn resolve(&self, line: &str) -> Result<Settings, SettingsError> {
        let words = ["pgassay"].into_iter().chain(line.split_whitespace());
        let typed = cli::parse(words).unwrap();
        let Command::Test(arguments) = typed.command else {
            panic!("{line} is no test run")
        };
        Settings::resolve(&typed.global, &arguments, &self.environment())
    }

    pub(crate) fn settings(&self, line: &str) -> Settings {
        self.resolve(line).unwrap()
    }

    pub(crate) fn refusal(&self, line: &str) -> String {
        let error = self.resolve(line).unwrap_err().to_string();
        error.replace(&*self.root.to_string_lossy(), "[project]")
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}
