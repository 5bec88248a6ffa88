//! `pgassay cache`: what is kept between runs.

use std::time::Duration;

use bytesize::ByteSize;

use super::golden::About;
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
        CacheCommand::List => list(global, environment),
        CacheCommand::Clean => clean(global, environment),
    }
}

/// Lists the entries, a line each.
fn list(global: &GlobalArgs, environment: &Environment) -> Result<Exit, Error> {
    let directory = settings::cache_dir(global, environment)?;
    let entries = Cache::new(&directory).list()?;
    let mut text = String::new();
    for entry in &entries {
        let size = entry.bytes.map_or_else(
            || "damaged".to_owned(),
            |bytes| ByteSize::b(bytes).display().si().to_string(),
        );
        text.push_str(&format!(
            "{:<7} {}  {size:>9}  used {:<16} {}\n",
            entry.kind.word(),
            &entry.hash[..8],
            ago(entry.used.elapsed().unwrap_or_default()),
            what(&entry.about)
        ));
    }
    let bytes = entries.iter().filter_map(|entry| entry.bytes).sum();
    text.push_str(&format!(
        "{} in {}, {}\n",
        count(entries.len(), "entry", "entries"),
        directory.display(),
        ByteSize::b(bytes).display().si()
    ));
    print(text.as_bytes())
}

/// What an entry is, from what its maker wrote about it.
fn what(about: &str) -> String {
    match serde_json::from_str::<About>(about) {
        Ok(about) => {
            let day = about
                .basis
                .day
                .map_or_else(String::new, |day| format!(", good for {day}"));
            format!("{}: {}{day}", about.project.display(), about.holds)
        }
        Err(_) => format!("PostgreSQL {about}"),
    }
}

/// How long ago something was, in its largest unit.
fn ago(age: Duration) -> String {
    let seconds = age.as_secs();
    let (number, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!(
        "{} ago",
        count(
            usize::try_from(number).unwrap_or(usize::MAX),
            unit,
            &format!("{unit}s")
        )
    )
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
