//! A throwaway database: one that migrations and rows are tried on, on a server of its own, beside the database that is meant.

use std::path::Path;

use super::Error;
use super::golden::Prefixes;
use super::groundwork::{Groundwork, Material, ROOM_PER_SERVER};
use crate::cluster::{
    self, Mode, RunDirectory, RunPlaces, Search, Server, ServerOptions, ServiceUser,
};
use crate::database::{Seed, Site, Versions};
use crate::migration::MigrationSet;
use crate::run::{self, Bases};
use crate::settings::ServerSettings;

/// The name of its data directory in the run directory.
const NAME: &str = "throwaway";

/// A database on a throwaway server.
pub(super) struct Throwaway<'a> {
    /// What applies migrations to it.
    pub(super) versions: &'a Versions,
    /// Where it is.
    pub(super) site: Site<'a>,
    /// How many of the first migrations it has, and what is loaded up to there.
    pub(super) applied: usize,
    /// The run directory, where nobody else comes.
    pub(super) directory: &'a Path,
}

impl Groundwork<'_> {
    /// Makes a database on a throwaway server, whatever server the settings name, with the roles and as many of the first
    /// `most` migrations as the cache holds; behind the others of them it gets the rows of the seeds, as the work applies them.
    /// Nothing is left of it behind the work.
    pub(super) fn on_throwaway<T>(
        &self,
        set: &MigrationSet,
        seeds: &[Seed],
        most: usize,
        work: impl FnOnce(&Throwaway<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (bin_dir, version) = match &self.settings.server {
            ServerSettings::Throwaway { bin_dir, version } => (bin_dir.clone(), *version),
            ServerSettings::Url { .. } => (None, None),
        };
        let places = RunPlaces::of_process(Some(ROOM_PER_SERVER));
        let user = ServiceUser::choose(places.server_user.as_deref())?;
        let binaries = cluster::find(&Search::here(bin_dir, version), &user)?;
        let run_directory = RunDirectory::create(&places)?;
        let cache = self.cache();
        let material = Material {
            migrations: Some(set.clone()),
            newest: seeds.to_vec(),
            all: seeds.to_vec(),
            surroundings: self.surroundings()?,
        };
        let worked = || -> Result<T, Error> {
            let cache = cache.as_ref();
            let makings = self.makings(&material, seeds, &binaries, &run_directory, cache);
            let prefixes = Prefixes::new(makings)?;
            let place = run_directory.path().join(NAME);
            let (data, applied) = prefixes.copy_to(most, &place)?;
            let server = Server::start(&binaries, &data, &ServerOptions::default())?;
            let admin = run::admin_of(&server);
            let worked = work(&Throwaway {
                versions: &self.versions(set, seeds.to_vec(), prefixes.surroundings(), true),
                site: Site {
                    admin: &admin,
                    database: &self.settings.database_name,
                    watch: self.watch(),
                },
                applied,
                directory: run_directory.path(),
            });
            // Its files go with the run directory.
            server.stop(Mode::Immediate)?;
            worked
        };
        let worked = worked().map_err(|error| match run_directory.advice_on(&error.to_string()) {
            Some(advice) => format!("{error}\n{advice}").into(),
            None => error,
        });
        let removed = run_directory.remove();
        let worked = worked?;
        removed?;
        Ok(worked)
    }
}
