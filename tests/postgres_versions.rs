//! `ci/postgres-versions` obtains what it says, or says why not and leaves nothing. No test asks a registry: npm is a
//! shell script here.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pgassay::cluster::OLDEST_SERVER;

/// The script, and a PATH of the few programs that it needs, without npm.
struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(place.programs()).unwrap();
        let needed = [
            "awk",
            "bash",
            "chmod",
            "env",
            "id",
            "mkdir",
            "mktemp",
            "mv",
            "rm",
            "sha512sum",
            "tar",
            "tr",
            "uname",
        ];
        for name in needed {
            let path = std::env::var_os("PATH").unwrap();
            let real = std::env::split_paths(&path)
                .map(|directory| directory.join(name))
                .find(|program| program.is_file())
                .unwrap_or_else(|| panic!("there is no {name}"));
            std::os::unix::fs::symlink(real, place.programs().join(name)).unwrap();
        }
        place
    }

    fn programs(&self) -> PathBuf {
        self.directory.path().join("programs")
    }

    fn servers(&self) -> PathBuf {
        self.directory.path().join("servers")
    }

    /// Writes a shell script. Another process does it, so that none here holds it open while another test's thread
    /// forks.
    fn script(path: &Path, body: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let write = r#"printf '#!/usr/bin/env bash\n%s\n' "$2" > "$1" && chmod 755 "$1""#;
        let mut written = Command::new("sh");
        written.args(["-c", write, "sh"]).arg(path).arg(body);
        assert!(written.status().unwrap().success());
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("ci/postgres-versions"))
            .args(arguments)
            .env_clear()
            .env("PATH", self.programs())
            .env("PGASSAY_SERVERS_DIR", self.servers())
            .output()
            .unwrap()
    }

    /// What it said when it failed; it left nothing.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stdout, b"");
        let left: Vec<_> = fs::read_dir(self.servers()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn every_supported_major_version_can_be_obtained() {
    let output = Place::new().run(&["--list"]);
    let listed = String::from_utf8(output.stdout).unwrap();
    let majors: Vec<u32> = listed.lines().map(|line| line.parse().unwrap()).collect();
    let newest = *majors.last().unwrap();
    assert!(newest >= 18, "{majors:?}");
    assert_eq!(majors, (OLDEST_SERVER..=newest).collect::<Vec<_>>());
}

#[test]
fn without_npm_it_says_what_to_install() {
    let told = Place::new().refused(&["13"]);
    assert!(
        told.contains("no `npm` here") && told.contains("apt-get install npm"),
        "{told}"
    );
}

#[test]
fn a_version_that_is_not_there_is_told_with_those_that_are() {
    let told = Place::new().refused(&["12"]);
    assert!(
        told.contains("no package for PostgreSQL 12") && told.contains("13 14 "),
        "{told}"
    );
}

#[test]
fn an_archive_that_is_not_the_known_one_is_refused() {
    let place = Place::new();
    Place::script(&place.programs().join("node"), "exit 1");
    Place::script(
        &place.programs().join("npm"),
        r#"while [ "$1" != --pack-destination ]; do shift; done; echo other > "$2/package.tgz""#,
    );
    let told = place.refused(&["13"]);
    assert!(
        told.contains("not the one that this script knows"),
        "{told}"
    );
}

#[test]
fn a_download_that_fails_is_told_in_npms_words() {
    let place = Place::new();
    Place::script(&place.programs().join("node"), "exit 1");
    Place::script(
        &place.programs().join("npm"),
        "echo 'npm error network' >&2; exit 1",
    );
    let told = place.refused(&["13"]);
    assert!(
        told.contains("npm error network") && told.contains("npm cannot get"),
        "{told}"
    );
}

#[test]
fn what_is_there_and_works_is_not_obtained_again() {
    let place = Place::new();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("ci/postgres-versions");
    let text = fs::read_to_string(script).unwrap();
    let package = text
        .lines()
        .find_map(|line| line.strip_prefix("13 ")?.split(' ').next())
        .unwrap();
    let version = package.split('-').next().unwrap().trim_end_matches(".0");
    let bin = place.servers().join(package).join("bin");
    Place::script(&bin.join("initdb"), "exit 1");
    Place::script(
        &bin.join("postgres"),
        &format!("echo 'postgres (PostgreSQL) {version}'"),
    );
    let output = place.run(&["13"]);
    assert!(output.status.success(), "{output:?}");
    let bin = bin.canonicalize().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("{}\n", bin.display())
    );
}
