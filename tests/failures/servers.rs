//! Servers that are not found, cannot start, cannot be reached, or do not let us in.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgassay::cluster::{Search, ServiceUser, Surroundings, find};

use crate::tool::{PASSING, Project, Ran, Running, binaries, can_mount, open_to_all, skip};

/// A project with one test, which never runs.
fn project() -> Option<Project> {
    let project = Project::new()?;
    project.write("sql-tests/a.sql", PASSING);
    Some(project)
}

/// What was printed, with the machine's own server named in general.
fn shown(ran: &Ran) -> String {
    let bin_dir = binaries().unwrap().bin_dir;
    let text = ran
        .shown()
        .replace(&bin_dir.display().to_string(), "/[BIN]");
    // A machine has one server or several.
    let found = regex::Regex::new(r"(?m)(^  PostgreSQL \[VERSION\] in .*\n)+").unwrap();
    found
        .replace(&text, "  PostgreSQL [VERSION] in /[BIN]\n")
        .into_owned()
}

/// Writes an executable shell script. Another process does the writing: were this one to hold the file open while
/// another test's thread forks, running the script would fail with "Text file busy".
fn script(path: &Path, body: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let written = Command::new("sh")
        .args([
            "-c",
            r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod 755 "$1""#,
            "sh",
        ])
        .arg(path)
        .arg(body)
        .status();
    assert!(written.unwrap().success());
}

/// A directory with an `initdb` and a `postgres` that are shell scripts.
fn false_server(project: &Project, initdb: &str, postgres: &str) -> PathBuf {
    let directory = project.around().join("false/bin");
    script(&directory.join("initdb"), initdb);
    // Of the version whose `initdb` it may call.
    let major = binaries().unwrap().version.major;
    let version =
        format!(r#"[ "$1" = --version ] && {{ echo 'postgres (PostgreSQL) {major}.99'; exit; }}"#);
    script(
        &directory.join("postgres"),
        &format!("{version}\n{postgres}"),
    );
    directory
}

#[test]
fn binaries_that_were_named_and_do_not_fit_are_told() {
    let Some(project) = project() else { return };
    let bin_dir = binaries().unwrap().bin_dir.display().to_string();
    let path = std::env::var("PATH").unwrap();
    let empty = project.around().join("empty");
    fs::create_dir(&empty).unwrap();
    let cases: [&[&str]; 5] = [
        &["--pg-bin", "missing"],
        &["--pg-bin", empty.to_str().unwrap()],
        &["--pg-bin", &bin_dir, "--pg-version", "99"],
        &["--pg-version", "99"],
        &["--pg-version", "9"],
    ];
    let told = cases.map(|arguments| {
        let arguments: Vec<&str> = ["test"].iter().chain(arguments).copied().collect();
        let mut command = project.command(&arguments);
        // By PATH it is one of those that are found.
        command.env("PATH", format!("{bin_dir}:{path}"));
        command.env_remove("PGASSAY_PG_BIN");
        shown(&Running::start(command, project.around()).finish().expect(2))
    });
    insta::assert_snapshot!(told.join("\n"));
    project.assert_nothing_is_left();
}

#[test]
fn without_postgresql_the_advice_fits_the_machine() {
    let Some(project) = project() else { return };
    if !can_mount() {
        skip::<()>("nothing can be mounted here, so the machine's servers cannot be hidden");
        return;
    }
    // Not the one that PGASSAY_PG_BIN names, which is taken away.
    let search = Search {
        surroundings: Surroundings {
            pg_bin: None,
            ..Surroundings::of_process()
        },
        ..Search::here(None, None)
    };
    let Ok(own) = find(&search, &ServiceUser::choose(None).unwrap()) else {
        skip::<()>("the machine has no server of its own to hide");
        return;
    };
    let bin_dir = own.bin_dir;
    // A mount namespace in which an empty directory lies over the server's programs.
    let hide = format!(
        "mount -t tmpfs none '{}' && exec \"$0\" test",
        bin_dir.display()
    );
    let tool = project.command(&[]);
    let mut command = Command::new("unshare");
    command
        .args(["-m", "sh", "-c", &hide])
        .arg(tool.get_program())
        .current_dir(project.path())
        .env_clear()
        .envs(
            tool.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env_remove("PGASSAY_PG_BIN")
        .stdin(Stdio::null());
    let ran = Running::start(command, project.around()).finish();
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
    let told = shown(&ran);
    if told.contains("Found, but of no use here") {
        skip::<()>("the machine has servers in several places");
        return;
    }
    // Where `pg_config` and PATH lead differs.
    let places = regex::Regex::new(r"(?s)Looked at:\n.*?Install").unwrap();
    insta::assert_snapshot!(places.replace(&told, "Looked at:\n  [PLACES]\nInstall"));
}

#[test]
fn a_server_that_cannot_start_shows_its_last_words() {
    let Some(project) = project() else { return };
    let initdb = format!(
        "exec '{}' \"$@\"",
        binaries().unwrap().program("initdb").display()
    );
    let directory = false_server(&project, &initdb, "echo 'FATAL:  no cheese' >&2; exit 1");
    let named = [
        "test",
        "--no-cache",
        "--pg-bin",
        directory.to_str().unwrap(),
    ];
    insta::assert_snapshot!("postgres_ends", shown(&project.run(&named).expect(2)));
    project.assert_nothing_is_left();
    false_server(
        &project,
        "echo 'initdb: error: no bread' >&2; exit 1",
        "exit 1",
    );
    insta::assert_snapshot!("initdb_fails", shown(&project.run(&named).expect(2)));
    false_server(&project, "exit 0", "exit 1");
    script(
        &directory.join("postgres"),
        "echo 'cannot execute: wrong machine' >&2; exit 126",
    );
    let told = shown(&project.run(&named).expect(2));
    let user = regex::Regex::new("as user `[^`]*`").unwrap();
    insta::assert_snapshot!(
        "postgres_cannot_run",
        user.replace(&told, "as user `[USER]`")
    );
    project.assert_nothing_is_left();
}

#[test]
fn a_user_whom_the_system_does_not_know_is_told_what_postgresql_wants() {
    let Some(mut project) = project() else { return };
    if project.for_ordinary_user().is_none() {
        skip::<()>("only root can be another user");
        return;
    }
    let mut command = project.command(&["test", "--no-cache"]);
    command.uid(54_321).gid(54_321);
    let ran = Running::start(command, project.around()).finish().expect(2);
    assert!(
        ran.err.contains("enter this one in /etc/passwd"),
        "{}",
        ran.err
    );
    project.assert_nothing_is_left();
}

#[test]
fn a_user_for_the_server_who_does_not_exist_is_told() {
    let Some(project) = project() else { return };
    let mut command = project.command(&["test"]);
    command.env("PGASSAY_SERVER_USER", "nobody-at-all");
    let ran = Running::start(command, project.around()).finish().expect(2);
    assert!(
        ran.err.contains("PGASSAY_SERVER_USER is `nobody-at-all`"),
        "{}",
        ran.err
    );
}

#[test]
fn a_run_directory_that_cannot_be_used_is_told() {
    let Some(project) = project() else { return };
    let told = |directory: &Path| {
        let mut command = project.command(&["test"]);
        command.env("PGASSAY_RUN_DIR", directory);
        Running::start(command, project.around())
            .finish()
            .expect(2)
            .shown()
    };
    insta::assert_snapshot!(
        "run_directory_missing",
        told(&project.around().join("missing"))
    );
    let long = project.around().join("x".repeat(100));
    fs::create_dir(&long).unwrap();
    open_to_all(&long);
    let x = regex::Regex::new("x{100}").unwrap();
    let bytes = regex::Regex::new("path of [0-9]+ bytes, and this system allows [0-9]+").unwrap();
    let text = told(&long);
    let text = bytes.replace(&text, "path of [N] bytes, and this system allows [N]");
    insta::assert_snapshot!("run_directory_long", x.replace_all(&text, "x…"));
}

#[test]
fn a_server_of_a_url_that_cannot_be_reached_is_told() {
    let project = Project::without_server();
    project.write("sql-tests/a.sql", PASSING);
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let urls = [
        format!("postgres://ada@127.0.0.1:{}/app", free.port()),
        "host=/no/such/directory user=ada dbname=app".to_owned(),
        "postgres://ada@no-such-host.invalid/app".to_owned(),
        "host=127.0.0.1 port=many".to_owned(),
        "postgres://ada@127.0.0.1/app?sslmod=require".to_owned(),
    ];
    let told = urls.map(|url| {
        let shown = project.run(&["test", "--url", &url]).expect(2).shown();
        let lookup = regex::Regex::new("failed to lookup address information: .*").unwrap();
        let shown = lookup.replace(&shown, "failed to lookup [THE SYSTEM'S WORDS]");
        shown.replace(&format!(":{}", free.port()), ":[PORT]")
    });
    insta::assert_snapshot!(told.join("\n"));
}
