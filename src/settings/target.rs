//! The environments of the settings file, `[environment.NAME]`, and the target of a command: the database, not one of the
//! tests' own, that it works on.

use super::document::Entry;
use super::environment::{self, Environment};
use super::error::SettingsError;
use super::key::secret;
use super::nearest::nearest;
use super::origin::{Origin, Said};
use super::template::UrlTemplate;
use crate::cli::TargetArgs;
use crate::session::conninfo::{self, ConnInfo, Secret};

/// The environment that is meant where nobody says which.
const USUAL: &str = "dev";
/// The keys of an environment, in the order of the documentation.
pub(super) const KEYS: [&str; 4] = ["url", "protected", "roles", "fixtures"];

/// An environment: a database with a name, and what may be done to it.
#[derive(Debug, Clone)]
pub struct EnvironmentSettings {
    /// Its name.
    pub name: String,
    /// Where it is, which may need variables of the environment.
    pub url: UrlTemplate,
    /// Nothing that loses data may be done to it.
    pub protected: bool,
    /// Whether roles scripts may run there.
    pub roles: bool,
    /// Whether fixtures may run there.
    pub fixtures: bool,
}

/// The database that a command works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What it was chosen by.
    pub name: TargetName,
    /// Who said where it is.
    pub origin: Option<Origin>,
    /// A libpq connection string or URL.
    pub url: Secret,
    /// Nothing that loses data may be done to it.
    pub protected: bool,
    /// Whether roles scripts may run there.
    pub roles: bool,
    /// Whether fixtures may run there.
    pub fixtures: bool,
}

/// What a target was chosen by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetName {
    /// An environment of the settings file.
    Environment(String),
    /// A connection string that was typed.
    Url,
    /// The project's own server, which `pgassay db start` started.
    Own,
}

impl std::fmt::Display for TargetName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Url => f.write_str("the database of --url"),
            Self::Own => f.write_str("the server of `pgassay db start`"),
        }
    }
}

impl Target {
    /// The target that was typed or that `PGASSAY_ENV` names; else the environment `dev`; else none where the project has a
    /// server of its own (`has_own`), which then is meant; else the only environment that there is. What nobody named is never
    /// a protected environment.
    ///
    /// # Errors
    ///
    /// There is no such environment, or a variable is not set that its URL needs.
    pub fn choose(
        environments: &[EnvironmentSettings],
        typed: &TargetArgs,
        environment: &Environment,
        has_own: bool,
    ) -> Result<Option<Self>, SettingsError> {
        if let Some(url) = &typed.url {
            return Ok(Some(Self {
                name: TargetName::Url,
                origin: Some(Origin::Flag("--url")),
                url: url.clone(),
                protected: false,
                roles: true,
                fixtures: true,
            }));
        }
        let named = match &typed.environment {
            Some(name) => Some(Said::new(name.as_str(), &Origin::Flag("--env"))),
            None => environment.text(environment::ENVIRONMENT)?,
        };
        let chosen = match named {
            Some(said) => Some(find(environments, &said)?),
            None => usual(environments, has_own),
        };
        chosen.map(|chosen| chosen.target(environment)).transpose()
    }

    /// Whether somebody named it: on the command line, or by `PGASSAY_ENV`.
    pub fn is_named(typed: &TargetArgs, environment: &Environment) -> Result<bool, SettingsError> {
        let typed = typed.url.is_some() || typed.environment.is_some();
        Ok(typed || environment.text(environment::ENVIRONMENT)?.is_some())
    }

    /// The error that nobody said which database is meant, nor is there one that it could be.
    pub fn missing(environments: &[EnvironmentSettings]) -> SettingsError {
        let names = environments.iter().map(|known| known.name.clone());
        SettingsError::NoTarget {
            known: names.collect(),
        }
    }

    /// The way to it.
    ///
    /// # Errors
    ///
    /// It is no connection string; or what it needs besides, such as a service file, cannot be read.
    pub fn way(&self, environment: &conninfo::Environment) -> Result<ConnInfo, SettingsError> {
        ConnInfo::resolve(self.url.expose(), environment).map_err(|source| SettingsError::Way {
            origin: self.origin.clone(),
            target: self.name.clone(),
            source: Box::new(source),
        })
    }
}

impl EnvironmentSettings {
    /// It as a target, with the values of the variables in its URL.
    ///
    /// # Errors
    ///
    /// One of them is not set.
    pub fn target(&self, environment: &Environment) -> Result<Target, SettingsError> {
        Ok(Target {
            name: TargetName::Environment(self.name.clone()),
            origin: Some(self.url.origin.clone()),
            url: self.url.fill(&self.name, environment)?,
            protected: self.protected,
            roles: self.roles,
            fixtures: self.fixtures,
        })
    }
}

fn find<'e>(
    environments: &'e [EnvironmentSettings],
    said: &Said<&str>,
) -> Result<&'e EnvironmentSettings, SettingsError> {
    let name = said.value;
    let found = environments.iter().find(|known| known.name == name);
    let names = || environments.iter().map(|known| known.name.as_str());
    found.ok_or_else(|| SettingsError::UnknownEnvironment {
        origin: said.origin.clone(),
        name: name.to_owned(),
        suggestion: nearest(name, names()).map(str::to_owned),
        known: names().map(str::to_owned).collect(),
    })
}

fn usual(environments: &[EnvironmentSettings], has_own: bool) -> Option<&EnvironmentSettings> {
    let usual = environments.iter().find(|known| known.name == USUAL);
    let chosen = match (usual, environments) {
        (Some(usual), _) => usual,
        (None, [only]) if !has_own => only,
        (None, _) => return None,
    };
    (!chosen.protected).then_some(chosen)
}

/// Reads the table `environment`.
pub(super) fn read(table: Entry<'_>) -> Result<Vec<EnvironmentSettings>, SettingsError> {
    let entries = table.scoped_entries()?;
    entries.into_iter().map(read_one).collect()
}

fn read_one(entry: Entry<'_>) -> Result<EnvironmentSettings, SettingsError> {
    let name = entry.name.clone();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || !name.chars().all(is_plain) {
        let reason = "it is typed behind --env: letters, digits, `-`, `_` and `.`".to_owned();
        return Err(entry.key_refused("the name of an environment", reason));
    }
    let place = entry.place_of_table();
    let (mut url, mut protected, mut roles, mut fixtures) = (None, None, None, None);
    for entry in entry.scoped_entries()? {
        match entry.name.as_str() {
            "url" => url = Some(UrlTemplate::read(&entry, secret(&entry)?)?),
            "protected" => protected = Some(entry.boolean()?),
            "roles" => roles = Some(entry.boolean()?),
            "fixtures" => fixtures = Some(entry.boolean()?),
            other => return Err(entry.unknown(nearest(other, KEYS).map(str::to_owned))),
        }
    }
    let protected = protected.unwrap_or(false);
    Ok(EnvironmentSettings {
        url: url.ok_or_else(|| place.lacks("a `url`"))?,
        name,
        protected,
        roles: roles.unwrap_or(!protected),
        fixtures: fixtures.unwrap_or(!protected),
    })
}
