//! pgTAP where the server has no files of it, seen from test files: on a server that exists already, as a superuser
//! and as a role that may only create databases.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::fs;
use std::path::Path;
use std::process::Command;

use pgassay::cluster::{
    Cache, DataDirectory, RunDirectory, RunPlaces, SUPERUSER, Search, Server, ServerOptions,
    ServiceUser, find,
};
use pgassay::run::admin_of;
use pgassay::session::{Connection, Watch};

/// A project whose test files ask for pgTAP in the ways that files do, and what each prints.
const FILES: [(&str, &str); 3] = [
    (
        "asks.sql",
        "CREATE EXTENSION IF NOT EXISTS pgtap;
         SELECT plan(1);
         SELECT is((SELECT count(*)::int FROM pg_extension WHERE extname = 'pgtap'), :'extensions'::int, 'rows of pg_extension');
         SELECT * FROM finish();",
    ),
    (
        "asks_elsewhere.sql",
        "BEGIN;
         CREATE SCHEMA tap;
         CREATE EXTENSION pgtap WITH SCHEMA tap;
         SET search_path = tap;
         SELECT plan(1);
         SELECT has_function('tap'::name, 'plan'::name);
         SELECT * FROM finish();
         ROLLBACK;",
    ),
    (
        "says_nothing.sql",
        "SELECT plan(1);
         SELECT pass('it was there');
         SELECT * FROM finish();",
    ),
];

/// Runs the project on a server as a role, and returns what was printed and the exit code.
fn run(project: &Path, server: &Server, role: &str, extensions: u32) -> (String, Option<i32>) {
    let url = format!(
        "host={} port={} user={role} dbname=postgres",
        server.socket_dir().display(),
        server.port()
    );
    let output = Command::new(env!("CARGO_BIN_EXE_pgassay"))
        .args(["test", "--color", "never", "--url", &url])
        .args(["--set", &format!("extensions={extensions}")])
        .current_dir(project)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", project)
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (text, output.status.code())
}

#[test]
fn create_extension_pgtap_is_content_with_what_the_template_brought_whoever_asks() {
    let user = ServiceUser::choose(None).unwrap();
    let binaries = match find(&Search::here(None, None), &user) {
        Ok(binaries) => binaries,
        Err(error) => return eprintln!("SKIPPED: {error}"),
    };
    let project = tempfile::tempdir().unwrap();
    fs::create_dir(project.path().join("sql-tests")).unwrap();
    for (name, text) in FILES {
        fs::write(project.path().join("sql-tests").join(name), text).unwrap();
    }
    let run_directory = RunDirectory::create(&RunPlaces::of_process(None)).unwrap();
    let cache = Cache::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cluster-cache"));
    let data = DataDirectory::create(&binaries, &run_directory, "d", Some(&cache)).unwrap();
    let server = Server::start(&binaries, &data, &ServerOptions::default()).unwrap();
    let mut admin = Connection::open(&admin_of(&server), Watch::default()).unwrap();
    admin.execute("CREATE ROLE plain LOGIN CREATEDB").unwrap();
    for (role, extensions) in [(SUPERUSER, 1), ("plain", 0)] {
        let (text, code) = run(project.path(), &server, role, extensions);
        assert_eq!(code, Some(0), "as {role}:\n{text}");
        assert!(text.contains("3 files: 3 passed"), "as {role}:\n{text}");
    }
    let left = admin
        .value("SELECT string_agg(datname, ' ') FROM pg_database WHERE datname LIKE 'pgassay%'")
        .unwrap();
    assert_eq!(left, None, "databases that were left");
}
