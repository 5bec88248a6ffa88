#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;

/// A machine whose root is a temporary directory.
struct Machine {
    root: tempfile::TempDir,
    around: Surroundings,
    user: ServiceUser,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        // As root the programs run as an ordinary user, who must be able to get there.
        Command::new("chmod")
            .arg("755")
            .arg(root.path())
            .status()
            .unwrap();
        let around = Surroundings {
            pg_bin: None,
            path: Vec::new(),
            home: Some(root.path().join("home/ada")),
            asdf: None,
            mise: None,
            root: root.path().to_path_buf(),
        };
        let user = ServiceUser::choose(None).unwrap();
        Self { root, around, user }
    }

    /// Writes the programs of a server that says it has this version; returns the directory.
    fn server(&self, directory: &str, version: &str) -> PathBuf {
        let directory = self.root.path().join(directory);
        let line = format!("echo 'postgres (PostgreSQL) {version}'");
        script(&directory, "postgres", &line);
        script(&directory, "initdb", "exit 1");
        directory.canonicalize().unwrap()
    }

    fn find(&self, bin_dir: Option<&Path>, version: Option<u32>) -> Result<Binaries, ClusterError> {
        let search = Search {
            bin_dir: bin_dir.map(Path::to_path_buf),
            version,
            surroundings: self.around.clone(),
        };
        find(&search, &self.user)
    }

    /// The error's text, with the temporary directory written as `/`.
    fn error(&self, bin_dir: Option<&Path>, version: Option<u32>) -> String {
        let text = self.find(bin_dir, version).unwrap_err().to_string();
        text.replace(&format!("{}/", self.root.path().display()), "/")
    }
}

/// Writes an executable shell script. Another process does the writing: were this one to hold the file open
/// while another test's thread forks, running the script would fail with "Text file busy".
fn script(directory: &Path, name: &str, body: &str) {
    fs::create_dir_all(directory).unwrap();
    let written = Command::new("sh")
        .args([
            "-c",
            r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod 755 "$1""#,
            "sh",
        ])
        .arg(directory.join(name))
        .arg(body)
        .status()
        .unwrap();
    assert!(written.success());
}

#[test]
fn the_newest_major_version_of_all_places_wins() {
    let mut machine = Machine::new();
    let old = machine.server("on/path", "14.9");
    machine.server("usr/lib/postgresql/15/bin", "15.4");
    let newest = machine.server("opt/homebrew/opt/postgresql@16/bin", "16.3 (Homebrew)");
    machine.server("home/ada/.asdf/installs/postgres/13.2/bin", "13.2");
    machine.around.path = vec![old];
    let found = machine.find(None, None).unwrap();
    assert_eq!(
        (found.bin_dir, found.version.major, found.version.minor),
        (newest, 16, 3)
    );
}

#[test]
fn of_equal_versions_the_earlier_place_wins() {
    let mut machine = Machine::new();
    machine.server("usr/lib/postgresql/16/bin", "16.9");
    let on_path = machine.server("on/path", "16.1");
    machine.around.path = vec![on_path.clone()];
    assert_eq!(machine.find(None, None).unwrap().bin_dir, on_path);
    let by_pg_config = machine.server("elsewhere/bin", "16.0");
    let tools = machine.root.path().join("tools");
    script(
        &tools,
        "pg_config",
        &format!("echo {}", by_pg_config.display()),
    );
    machine.around.path.push(tools);
    assert_eq!(machine.find(None, None).unwrap().bin_dir, by_pg_config);
}

#[test]
fn a_version_that_is_asked_for_is_found_in_its_newest_minor() {
    let machine = Machine::new();
    machine.server("usr/lib/postgresql/17/bin", "17.2");
    machine.server("usr/pgsql-14/bin", "14.3");
    let wanted = machine.server(
        "home/ada/.local/share/mise/installs/postgres/14.11/bin",
        "14.11",
    );
    assert_eq!(machine.find(None, Some(14)).unwrap().bin_dir, wanted);
}

#[test]
fn a_beta_is_taken_only_when_it_is_asked_for_or_alone() {
    let machine = Machine::new();
    let beta = machine.server("usr/lib/postgresql/18/bin", "18beta1");
    assert_eq!(machine.find(None, None).unwrap().bin_dir, beta);
    let release = machine.server("usr/lib/postgresql/17/bin", "17.5");
    assert_eq!(machine.find(None, None).unwrap().bin_dir, release);
    assert_eq!(machine.find(None, Some(18)).unwrap().bin_dir, beta);
}

#[test]
fn a_link_on_path_leads_to_the_directory_that_has_both_programs() {
    let mut machine = Machine::new();
    let real = machine.server("opt/pg/bin", "15.1");
    let links = machine.root.path().join("links");
    fs::create_dir_all(&links).unwrap();
    std::os::unix::fs::symlink(real.join("postgres"), links.join("postgres")).unwrap();
    machine.around.path = vec![links];
    assert_eq!(machine.find(None, None).unwrap().bin_dir, real);
}

#[test]
fn a_directory_that_is_named_is_taken_before_any_other() {
    let mut machine = Machine::new();
    machine.server("usr/lib/postgresql/17/bin", "17.2");
    let variable = machine.server("variable/bin", "14.2");
    let option = machine.server("option/bin", "13.2");
    machine.around.pg_bin = Some(variable.clone());
    assert_eq!(machine.find(None, None).unwrap().bin_dir, variable);
    assert_eq!(machine.find(Some(&option), None).unwrap().bin_dir, option);
}

#[test]
fn a_directory_that_is_named_and_does_not_fit_is_an_error_and_never_passed_over() {
    let mut machine = Machine::new();
    machine.server("usr/lib/postgresql/17/bin", "17.2");
    let old = machine.server("old/bin", "12.4");
    let other = machine.server("other/bin", "15.4");
    let half = machine.root.path().join("half/bin");
    script(&half, "postgres", "echo 'postgres (PostgreSQL) 15.4'");
    let told = [
        machine.error(Some(&machine.root.path().join("missing")), None),
        machine.error(Some(&half), None),
        machine.error(Some(&old), None),
        machine.error(Some(&other), Some(16)),
        machine.error(None, Some(12)),
        {
            machine.around.pg_bin = Some(half);
            machine.error(None, None)
        },
    ];
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn without_a_server_the_error_says_where_it_looked_and_what_to_install() {
    let mut machine = Machine::new();
    machine.server("usr/lib/postgresql/12/bin", "12.4");
    let client = machine.root.path().join("client");
    script(&client, "pg_config", &format!("echo {}", client.display()));
    script(
        &machine.root.path().join("usr/pgsql-16/bin"),
        "postgres",
        "echo broken; exit 3",
    );
    script(
        &machine.root.path().join("usr/pgsql-16/bin"),
        "initdb",
        "exit 3",
    );
    script(
        &machine.root.path().join("usr/pgsql-15/bin"),
        "postgres",
        "exit 3",
    );
    machine.around.path = vec![client];
    let user = machine.user.name().to_owned();
    let told = machine
        .error(None, None)
        .replace(&format!("user `{user}`"), "user `USER`");
    insta::assert_snapshot!(told);
}

#[test]
fn a_missing_version_names_the_ones_that_are_there() {
    let machine = Machine::new();
    machine.server("usr/lib/postgresql/15/bin", "15.4");
    insta::assert_snapshot!(machine.error(None, Some(17)));
}
