//! What each layout refuses, of directories that are written for it: one snapshot for each layout.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod atlas;
mod graphile_migrate;
mod liquibase;
mod sqitch;
mod tools_of_node;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::*;

/// A directory that is refused: why it would be, and its files.
type Refused<'a> = (&'a str, &'a [(&'a str, &'a str)]);

/// A project of these files, which `migrations` (`.` for all of it) names, loaded.
fn load(files: &[(&str, &str)], migrations: &str) -> Result<MigrationSet, String> {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().canonicalize().unwrap();
    for (name, text) in files {
        let path = home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let path = match migrations {
        "." => home.clone(),
        below => home.join(below),
    };
    let set = MigrationSet::load(&[path], None, &home);
    set.map_err(|error| error.to_string().replace(&shown(&home), "HOME"))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// What is told of each, in words.
fn told(refused: &[Refused<'_>]) -> String {
    let mut text = String::new();
    for (why, files) in refused {
        let error = load(files, ".").map(|set| set.migrations.len());
        writeln!(text, "# {why}\n{}\n", error.unwrap_err()).unwrap();
    }
    text
}
