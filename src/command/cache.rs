//! `pgassay cache`: what is kept between runs.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;

use super::golden::About;
use super::last_coverage::LastCoverage;
use super::saved::StateFile;
use super::{Error, Exit, print};
use crate::cli::{CacheArgs, CacheCommand, GlobalArgs};
use crate::cluster::{Cache, RunPlaces, cache_clean, sweep_kept};
use crate::settings::{Environment, ProjectPlaces};

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
    let directory = ProjectPlaces::resolve(global, environment)?.cache_dir;
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

/// Removes the JSON files of a directory, and the directory where nothing else lies there. Returns how many they were.
fn clean_of_json(directory: &Path) -> Result<usize, Error> {
    let clean = || {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error),
        };
        let mut removed = 0;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                fs::remove_file(&path)?;
                removed += 1;
            }
        }
        // Stays when it holds what is somebody else's.
        let _ = fs::remove_dir(directory);
        Ok(removed)
    };
    clean().map_err(|error| format!("cannot clean {}: {error}", directory.display()).into())
}

/// Removes cached data directories, and the servers that `--keep-failed` left running.
fn clean(global: &GlobalArgs, environment: &Environment) -> Result<Exit, Error> {
    let directory = ProjectPlaces::resolve(global, environment)?.cache_dir;
    Cache::new(&directory).check()?;
    let states = clean_of_json(&directory.join(StateFile::DIRECTORY))?;
    let reports = clean_of_json(&directory.join(LastCoverage::DIRECTORY))?;
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
    for (number, one, several) in [
        (states, "saved state", "saved states"),
        (reports, "coverage report", "coverage reports"),
    ] {
        if number > 0 {
            text.push_str(&format!("removed {}\n", count(number, one, several)));
        }
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
