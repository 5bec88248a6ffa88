//! psql is the oracle: each script of `tests/data/psql_scripts/` prints the same bytes and ends in the same way here and
//! in `psql -XqAt -v ON_ERROR_STOP=1 -f`, each in a fresh database.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgassay::cluster::{
    Cache, DataDirectory, RunDirectory, RunPlaces, SUPERUSER, Server, ServerOptions,
};
use pgassay::event::{Notice, SqlError, Warning};
use pgassay::script::Location;
use pgassay::session::conninfo::ConnInfo;
use pgassay::session::{Connection, Interpreter, ScriptText, Sink, Surroundings, Watch};

#[path = "tool/programs.rs"]
mod programs;

/// Keeps what is printed.
#[derive(Default)]
struct Printed(Vec<u8>);

impl Sink for Printed {
    fn begin(&mut self, _: &Location, _: &str) {}
    fn output(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
    fn end(&mut self) {}
    fn notice(&mut self, _: Notice) {}
    fn error(&mut self, _: SqlError) {}
    fn warning(&mut self, _: Warning) {}
    fn wants_stop(&self) -> bool {
        false
    }
}

#[test]
fn scripts_print_what_psql_prints_and_end_as_it_ends() {
    let run = match RunDirectory::create(&RunPlaces::of_process(None)) {
        Ok(run) => run,
        Err(error) => return eprintln!("SKIPPED: {error}"),
    };
    let (Some(binaries), Some(psql)) = (programs::binaries(), programs::psql()) else {
        return;
    };
    // What a psql older than 15 prints of several results in one statement is another thing.
    let is_old = programs::major_version(&psql) < 15;
    let cache = Cache::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let data = DataDirectory::create(&binaries, &run, "psql", Some(&cache)).unwrap();
    let server = Server::start(&binaries, &data, &ServerOptions::default()).unwrap();
    let info = ConnInfo::unix(server.socket_dir(), server.port(), SUPERUSER, SUPERUSER);
    let mut admin = Connection::open(&info, Watch::default()).unwrap();

    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/psql_scripts");
    let mut scripts: Vec<PathBuf> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    scripts.sort();
    assert!(scripts.len() > 15, "samples are missing: {scripts:?}");
    let mut differences = String::new();
    for script in scripts {
        let name = script.file_stem().unwrap().to_string_lossy().into_owned();
        if is_old && (name.contains("several") || name.contains("ways")) {
            continue;
        }
        admin.execute("CREATE DATABASE ours").unwrap();
        admin.execute("CREATE DATABASE theirs").unwrap();
        let ours = run_here(&info.with_database("ours"), &script, &directory);
        let theirs = run_psql(&psql, &server, &script, &directory);
        if ours != theirs {
            differences.push_str(&format!("{name}\nours:   {ours:?}\npsql's: {theirs:?}\n\n"));
        }
        admin.execute("DROP DATABASE ours WITH (FORCE)").unwrap();
        admin.execute("DROP DATABASE theirs WITH (FORCE)").unwrap();
    }
    drop(admin);
    drop(server);
    run.remove().unwrap();
    assert!(differences.is_empty(), "{differences}");
}

/// What is printed, and whether the script ran to its end.
fn run_here(info: &ConnInfo, script: &Path, directory: &Path) -> (String, bool) {
    let surroundings = Surroundings {
        working_dir: directory.to_owned(),
        writable: Vec::new(),
        project_dir: directory.to_owned(),
        pgtap: None,
        inputs: None,
        shell: None,
    };
    let mut printed = Printed::default();
    let mut connection = Connection::open(info, Watch::default()).unwrap();
    let text = ScriptText::read(script, surroundings.shown(script)).unwrap();
    let ended = Interpreter::new(&mut connection, &mut printed, &surroundings).run(&text);
    (String::from_utf8(printed.0).unwrap(), ended.is_ok())
}

fn run_psql(psql: &Path, server: &Server, script: &Path, directory: &Path) -> (String, bool) {
    let output = Command::new(psql)
        .args([
            "-XqAt",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            SUPERUSER,
            "-d",
            "theirs",
            "-f",
        ])
        .arg(script)
        .arg("-h")
        .arg(server.socket_dir())
        .args(["-p", &server.port().to_string()])
        .env_remove("PGOPTIONS")
        .env("PGCLIENTENCODING", "UTF8")
        .current_dir(directory)
        .output()
        .unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        output.status.success(),
    )
}
