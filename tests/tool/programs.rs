//! The programs that tests start besides the tool: the server's, and the psql that it is compared with.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "each test program uses a part of it, may panic, and says when it skips"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgassay::cluster::{Binaries, ClusterError, Search, ServiceUser, find};

/// The server's programs, those that `PGASSAY_PG_BIN` names where it is set; none, with a word about it, where there
/// are none.
pub(crate) fn binaries() -> Option<Binaries> {
    let user = ServiceUser::choose(None).unwrap();
    match find(&Search::here(None, None), &user) {
        Ok(binaries) => Some(binaries),
        Err(error @ ClusterError::NotFound(_)) => skip(&error.to_string()),
        Err(error) => panic!("{error}"),
    }
}

/// psql, to compare with and for commands that migrate: the server's own, else the newest of this machine, since a
/// server can come without one. None, with a word about it, where there is none.
pub(crate) fn psql() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let beside = binaries().map(|found| found.program("psql"));
    // Debian's on PATH is a wrapper that wants perl, so it comes last.
    let found = beside
        .into_iter()
        .chain(of_debian(Path::new("/usr/lib/postgresql")))
        .chain(std::env::split_paths(&path).map(|directory| directory.join("psql")))
        .find(|program| program.is_file());
    found.or_else(|| skip("there is no psql"))
}

/// The major version of a psql; 0 when it tells none.
pub(crate) fn major_version(psql: &Path) -> u32 {
    let output = Command::new(psql).arg("--version").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text
        .split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    let digits = version.and_then(|version| version.split(|it: char| !it.is_ascii_digit()).next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Where Debian's psql programs lie, the newest first.
fn of_debian(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut majors: Vec<u32> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    majors.sort_unstable_by(|left, right| right.cmp(left));
    let program = |major: u32| directory.join(major.to_string()).join("bin/psql");
    majors.into_iter().map(program).collect()
}

/// Says that a test shows nothing on this machine.
pub(crate) fn skip<T>(why: &str) -> Option<T> {
    eprintln!("SKIPPED: {why}");
    None
}
