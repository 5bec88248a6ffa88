//! The environment of the process as a value, so that nothing else asks the process; and what its variables say
//! of the settings.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::{env, io};

use clap::ValueEnum;

use crate::script::parse_duration;
use crate::session::conninfo::{HIDDEN, Secret};

use super::Color;
use super::absolute::absolute;
use super::error::SettingsError;
use super::key::parse_word;
use super::layer::Layer;
use super::name::{check_database_name, check_name};
use super::nearest::nearest;
use super::origin::{Origin, Said};

/// The variable that names the settings file.
pub(super) const CONFIG: &str = "PGASSAY_CONFIG";
/// The variable that names the profile.
pub(super) const PROFILE: &str = "PGASSAY_PROFILE";
/// The variable that names an environment of the settings file.
pub(super) const ENVIRONMENT: &str = "PGASSAY_ENV";

/// The variable with the key of masking, which stands in no file.
const MASK_KEY: &str = "PGASSAY_MASK_KEY";

/// What the process was started with.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The working directory; absolute.
    pub current_dir: PathBuf,
    /// The environment variables.
    pub variables: HashMap<OsString, OsString>,
    /// The user's id.
    pub user_id: u32,
    /// The seed to shuffle with where none is said.
    pub seed: u64,
}

impl Environment {
    /// The environment of this process, with a seed drawn at random (of 32 bits, to be typed again with ease).
    ///
    /// # Errors
    ///
    /// When the working directory no longer exists or cannot be read.
    pub fn of_process() -> io::Result<Self> {
        Ok(Self {
            current_dir: env::current_dir()?,
            variables: env::vars_os().collect(),
            user_id: nix::unistd::getuid().as_raw(),
            seed: RandomState::new().build_hasher().finish() >> 32,
        })
    }

    /// A variable; an empty one counts as not set.
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .get(OsStr::new(name))
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// A variable that must be text.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<Said<&str>>, SettingsError> {
        let Some(value) = self.variable(name) else {
            return Ok(None);
        };
        let text = value
            .to_str()
            .ok_or_else(|| refused(name, &value.to_string_lossy(), "it is not UTF-8".to_owned()))?;
        Ok(Some(Said::new(text, &Origin::Variable(name))))
    }

    /// The key of masking.
    pub(super) fn mask_key(&self) -> Result<Option<Secret>, SettingsError> {
        let key = self.variable(MASK_KEY).map(|value| {
            let text = value.to_str().map(Secret::new);
            text.ok_or_else(|| refused(MASK_KEY, HIDDEN, "it is not UTF-8".to_owned()))
        });
        key.transpose()
    }

    /// Where the cache lies when no one says where.
    pub(super) fn default_cache_dir(&self) -> PathBuf {
        let absolute = |name| {
            self.variable(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        if let Some(caches) = absolute("XDG_CACHE_HOME") {
            return caches.join("pgassay");
        }
        if let Some(home) = absolute("HOME") {
            let caches = if cfg!(target_os = "macos") {
                "Library/Caches"
            } else {
                ".cache"
            };
            return home.join(caches).join("pgassay");
        }
        let temporary = absolute("TMPDIR").unwrap_or_else(|| PathBuf::from("/tmp"));
        temporary.join(format!("pgassay-cache-{}", self.user_id))
    }

    /// Whether to colour, from the variables that many programs share; `NO_COLOR` goes first.
    fn common_color(&self) -> Option<Color> {
        if self.variable("NO_COLOR").is_some() {
            return Some(Color::Never);
        }
        self.variable("CLICOLOR_FORCE")
            .filter(|value| *value != "0")
            .map(|_| Color::Always)
    }
}

/// A variable of the tool's own, and what it does to the settings.
pub(super) struct Variable {
    /// Its name.
    pub(super) name: &'static str,
    read: fn(&mut Layer, &Value<'_>) -> Result<(), SettingsError>,
}

/// Every variable of the tool's own that stands for a key.
pub(super) const VARIABLES: [Variable; 18] = [
    variable("PGASSAY_URL", |layer, value| {
        layer.url = Some(value.said(value.secret()?));
        Ok(())
    }),
    variable("PGASSAY_PG_BIN", |layer, value| {
        layer.pg_bin = Some(value.said(value.path()));
        Ok(())
    }),
    variable("PGASSAY_PG_VERSION", |layer, value| {
        layer.pg_version = Some(value.said(value.parsed(number)?));
        Ok(())
    }),
    variable("PGASSAY_DATA_DIR", |layer, value| {
        layer.data_dir = Some(value.path());
        Ok(())
    }),
    variable("PGASSAY_SNAPSHOTS", |layer, value| {
        layer.snapshots = Some(value.path());
        Ok(())
    }),
    variable("PGASSAY_DATABASE_NAME", |layer, value| {
        layer.database_name = Some(value.checked(check_database_name)?);
        Ok(())
    }),
    variable("PGASSAY_OWNER", |layer, value| {
        layer.owner = Some(value.checked(check_name)?);
        Ok(())
    }),
    variable("PGASSAY_ALLOW_SHELL", |layer, value| {
        layer.allow_shell = Some(value.parsed(switch)?);
        Ok(())
    }),
    variable("PGASSAY_JOBS", |layer, value| {
        layer.jobs = Some(value.parsed(|text| match number(text)? {
            0 => Err("it must be at least 1".to_owned()),
            jobs => Ok(jobs),
        })?);
        Ok(())
    }),
    variable("PGASSAY_TIMEOUT", |layer, value| {
        layer.timeout = Some(value.parsed(parse_duration)?);
        Ok(())
    }),
    variable("PGASSAY_ISOLATION", |layer, value| {
        layer.isolation = Some(value.word()?);
        Ok(())
    }),
    variable("PGASSAY_STRICT", |layer, value| {
        layer.strict = Some(value.parsed(switch)?);
        Ok(())
    }),
    variable("PGASSAY_COVERAGE", |layer, value| {
        layer.coverage.measure = Some(value.parsed(switch)?);
        Ok(())
    }),
    variable("PGASSAY_JUNIT", |layer, value| {
        layer.junit = Some(value.path());
        Ok(())
    }),
    variable("PGASSAY_FORMAT", |layer, value| {
        layer.format = Some(value.word()?);
        Ok(())
    }),
    variable("PGASSAY_COLOR", |layer, value| {
        layer.color = Some(value.word()?);
        Ok(())
    }),
    variable("PGASSAY_CACHE_DIR", |layer, value| {
        layer.cache_dir = Some(value.path());
        Ok(())
    }),
    variable("PGASSAY_CACHE_TIME_DEPENDENT", |layer, value| {
        layer.cache_time_dependent = Some(value.word()?);
        Ok(())
    }),
];

/// The variables that others than the settings read: the cluster.
const OTHERS: [&str; 2] = ["PGASSAY_RUN_DIR", "PGASSAY_SERVER_USER"];

/// Every variable of the tool's own.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let of_settings = VARIABLES.iter().map(|variable| variable.name);
    [CONFIG, PROFILE, ENVIRONMENT, MASK_KEY]
        .into_iter()
        .chain(of_settings)
        .chain(OTHERS)
}

/// What is to be said of variables that look like the tool's own and are none.
pub(super) fn unknown_variables(environment: &Environment) -> Vec<String> {
    let set = environment
        .variables
        .keys()
        .filter_map(|name| name.to_str());
    let mut unknown: Vec<&str> = set
        .filter(|name| name.starts_with("PGASSAY_") && !names().any(|known| known == *name))
        .collect();
    unknown.sort_unstable();
    let told = unknown
        .into_iter()
        .map(|name| match nearest(name, names()) {
            Some(meant) => {
                format!("the variable {name} means nothing to pgassay; did you mean {meant}?")
            }
            None => format!("the variable {name} means nothing to pgassay"),
        });
    told.collect()
}

const fn variable(
    name: &'static str,
    read: fn(&mut Layer, &Value<'_>) -> Result<(), SettingsError>,
) -> Variable {
    Variable { name, read }
}

/// What the environment says; its relative paths are relative to `directory`.
pub(super) fn read_layer(
    environment: &Environment,
    directory: &Path,
) -> Result<Layer, SettingsError> {
    let mut layer = Layer {
        color: environment.common_color(),
        ..Layer::default()
    };
    for variable in &VARIABLES {
        if let Some(text) = environment.variable(variable.name) {
            let value = Value {
                name: variable.name,
                text,
                directory,
            };
            (variable.read)(&mut layer, &value)?;
        }
    }
    layer.check()
}

/// A variable's value.
struct Value<'a> {
    name: &'static str,
    text: &'a OsStr,
    directory: &'a Path,
}

impl Value<'_> {
    fn said<T>(&self, value: T) -> Said<T> {
        Said::new(value, &Origin::Variable(self.name))
    }

    fn path(&self) -> PathBuf {
        absolute(self.directory, Path::new(self.text))
    }

    fn text(&self) -> Result<&str, SettingsError> {
        self.text.to_str().ok_or_else(|| {
            let shown = self.text.to_string_lossy();
            refused(self.name, &shown, "it is not UTF-8".to_owned())
        })
    }

    /// What nobody is shown.
    fn secret(&self) -> Result<Secret, SettingsError> {
        let text = self.text.to_str();
        text.map(Secret::new)
            .ok_or_else(|| refused(self.name, HIDDEN, "it is not UTF-8".to_owned()))
    }

    fn parsed<T>(&self, parse: fn(&str) -> Result<T, String>) -> Result<T, SettingsError> {
        let text = self.text()?;
        parse(text).map_err(|reason| refused(self.name, text, reason))
    }

    fn checked(&self, check: fn(&str) -> Result<(), String>) -> Result<String, SettingsError> {
        let text = self.text()?;
        check(text).map_err(|reason| refused(self.name, text, reason))?;
        Ok(text.to_owned())
    }

    fn word<T: ValueEnum>(&self) -> Result<T, SettingsError> {
        self.parsed(parse_word)
    }
}

fn refused(name: &'static str, value: &str, reason: String) -> SettingsError {
    SettingsError::Value {
        origin: Origin::Variable(name),
        subject: "it".to_owned(),
        value: value.to_owned(),
        reason,
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| "it must be a whole number".to_owned())
}

fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it must be 1 or 0, true or false, yes or no, on or off".to_owned()),
    }
}
