//! Finding the settings file and reading it into layers: its own and one for each profile.

use std::path::{Path, PathBuf};

use super::absolute::absolute;
use super::document::Document;
use super::environment::{self, Environment};
use super::error::SettingsError;
use super::key::{self, read_layer};
use super::layer::Layer;
use super::nearest::nearest;
use super::origin::Origin;
use super::target::{self, EnvironmentSettings};
use crate::cli::GlobalArgs;

/// The settings file's name.
pub(super) const NAME: &str = "pgassay.toml";

/// What the settings file says, the chosen profile already laid over the rest.
#[derive(Debug)]
pub(super) struct File {
    /// Where it lies; absolute.
    pub(super) directory: PathBuf,
    /// The profile that was chosen.
    pub(super) profile: Option<String>,
    /// What it says.
    pub(super) layer: Layer,
    /// The databases that it names.
    pub(super) environments: Vec<EnvironmentSettings>,
}

/// Finds and reads the settings file; none when none is named and none is found. `directory` is the absolute
/// working directory.
pub(super) fn read(
    global: &GlobalArgs,
    environment: &Environment,
    directory: &Path,
) -> Result<Option<File>, SettingsError> {
    let profile = match &global.profile {
        Some(name) => Some((name.as_str(), Origin::Flag("--profile"))),
        None => environment
            .text(environment::PROFILE)?
            .map(|said| (said.value, said.origin)),
    };
    let named = match &global.config {
        Some(path) => Some((path.as_path(), Origin::Flag("--config"))),
        None => environment
            .variable(environment::CONFIG)
            .map(|path| (Path::new(path), Origin::Variable(environment::CONFIG))),
    };
    let document = match named {
        Some((path, origin)) => {
            let path = absolute(directory, path);
            Document::read(&path, directory, Some(&origin))?
        }
        None => match search(environment, directory) {
            Some(path) => Document::read(&path, directory, None)?,
            None => {
                return profile.map_or(Ok(None), |(name, origin)| {
                    Err(SettingsError::ProfileWithoutFile {
                        origin,
                        name: name.to_owned(),
                        searched: directory.to_owned(),
                    })
                });
            }
        },
    };
    let Tables {
        layer,
        profiles,
        environments,
    } = tables(&document)?;
    let chosen = profile.as_ref().map(|(name, _)| (*name).to_owned());
    let layer = match profile {
        Some((name, origin)) => choose(name, origin, profiles, &document)?.over(layer),
        None => layer,
    };
    Ok(Some(File {
        directory: document.directory,
        profile: chosen,
        layer,
        environments,
    }))
}

/// What stands in the file.
struct Tables {
    /// Its own layer.
    layer: Layer,
    /// Its profiles, with their names.
    profiles: Vec<(String, Layer)>,
    environments: Vec<EnvironmentSettings>,
}

/// Reads all that stands in the file, the profiles and environments that are not chosen too, so that a mistake in one shows
/// before it is used.
fn tables(document: &Document) -> Result<Tables, SettingsError> {
    let mut own = Vec::new();
    let mut profiles = Vec::new();
    let mut environments = Vec::new();
    for entry in document.entries()? {
        match entry.name.as_str() {
            key::PROFILE => profiles.extend(entry.scoped_entries()?),
            key::ENVIRONMENT => environments.extend(target::read(entry)?),
            _ => own.push(entry),
        }
    }
    let layer = read_layer(own)?;
    let profiles = profiles.into_iter().map(|profile| {
        let name = profile.name.clone();
        Ok((name, read_layer(profile.scoped_entries()?)?))
    });
    Ok(Tables {
        layer,
        profiles: profiles.collect::<Result<_, SettingsError>>()?,
        environments,
    })
}

fn choose(
    name: &str,
    origin: Origin,
    profiles: Vec<(String, Layer)>,
    document: &Document,
) -> Result<Layer, SettingsError> {
    let known: Vec<String> = profiles.iter().map(|(name, _)| name.clone()).collect();
    let chosen = profiles.into_iter().find(|(known, _)| known == name);
    chosen
        .map(|(_, layer)| layer)
        .ok_or_else(|| SettingsError::UnknownProfile {
            origin,
            name: name.to_owned(),
            file: document.shown.clone(),
            suggestion: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
            known,
        })
}

/// Looks for the settings file in `directory` and its parents. The home directory is the last that is looked
/// into: what lies above it belongs to no project of this user.
fn search(environment: &Environment, directory: &Path) -> Option<PathBuf> {
    let home = environment.variable("HOME").map(Path::new);
    let above_home = home.and_then(Path::parent);
    directory
        .ancestors()
        .take_while(|ancestor| Some(*ancestor) != above_home)
        .map(|ancestor| ancestor.join(NAME))
        .find(|candidate| candidate.is_file())
}
