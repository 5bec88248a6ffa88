//! `pgassay cache`: what is kept between runs.

use super::{Error, Exit, print};
use crate::cli::{CacheArgs, CacheCommand, GlobalArgs};
use crate::cluster::{Cache, RunPlaces, cache_clean, sweep_kept};
use crate::project::SavedState;
use crate::settings::{self, Environment};

pub(super) fn run(
    global: &GlobalArgs,
    arguments: &CacheArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    match arguments.command {
        CacheCommand::Clean => clean(global, environment),
    }
}

/// Removes cached data directories, and the servers that `--keep-failed` left running.
fn clean(global: &GlobalArgs, environment: &Environment) -> Result<Exit, Error> {
    let directory = settings::cache_dir(global, environment)?;
    Cache::new(&directory).check()?;
    let states = SavedState::clean(&directory).map_err(|error| {
        format!(
            "cannot remove saved states from {}: {error}",
            directory.display()
        )
    })?;
    let removed = cache_clean(&directory)?;
    let swept = sweep_kept(&RunPlaces::of_process(None));
    let mut text = format!(
        "removed {} ({} MB) from {}\n",
        count(
            removed.entries,
            "cached data directory",
            "cached data directories"
        ),
        removed.bytes / 1_000_000,
        directory.display()
    );
    if states > 0 {
        text.push_str(&format!(
            "removed {}\n",
            count(states, "saved state", "saved states")
        ));
    }
    if !swept.directories.is_empty() {
        text.push_str(&format!(
            "removed {} and stopped {}\n",
            count(swept.directories.len(), "run directory", "run directories"),
            count(swept.servers, "server", "servers")
        ));
    }
    print(text.as_bytes())?;
    if swept.failures.is_empty() {
        Ok(Exit::Success)
    } else {
        Err(swept.failures.join("\n").into())
    }
}

fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}
