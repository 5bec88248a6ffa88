//! Guards against green by accident: each file below `tests/data/guards/sql-tests/raised` is one that `pg_prove` passes;
//! it says in its first lines which warnings it raises, and where. Those below `quiet` look like them and raise none.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgassay::cluster::{
    Cache, DataDirectory, RunDirectory, RunPlaces, SUPERUSER, Server, ServerOptions,
};
use pgassay::database::bundled_pgtap;
use pgassay::run::admin_of;
use pgassay::session::{Connection, Watch};
use serde_json::Value;

#[path = "tool/programs.rs"]
mod programs;

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/guards")
}

/// The samples, relative to the project.
fn samples() -> Vec<String> {
    let mut samples = Vec::new();
    for directory in ["raised", "quiet"] {
        let directory = Path::new("sql-tests").join(directory);
        for entry in project().join(&directory).read_dir().unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !name.starts_with('_') {
                samples.push(directory.join(name).to_str().unwrap().to_owned());
            }
        }
    }
    samples.sort();
    samples
}

/// What a sample says that it raises, sorted: `no-finish at line 3`.
fn expected(sample: &str) -> Vec<String> {
    let text = fs::read_to_string(project().join(sample)).unwrap();
    let lines = text
        .lines()
        .map_while(|line| line.strip_prefix("-- raises "));
    let mut expected: Vec<String> = lines.map(str::to_owned).collect();
    assert_eq!(
        expected.is_empty(),
        !sample.contains("/raised/"),
        "{sample}: files in `raised` say what they raise, and those in `quiet` raise nothing"
    );
    expected.sort();
    expected
}

/// The outcomes of `pgassay test ARGUMENTS`, by their files; none on a machine without server binaries.
fn outcomes(arguments: &[&str]) -> Option<BTreeMap<String, Value>> {
    let binaries = programs::binaries()?;
    let output = Command::new(env!("CARGO_BIN_EXE_pgassay"))
        .args(["test", "--format", "json"])
        .args(arguments)
        .current_dir(project())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("PGASSAY_PG_BIN", binaries.bin_dir)
        .env("HOME", env!("CARGO_TARGET_TMPDIR"))
        .env(
            "PGASSAY_CACHE_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("run-cache"),
        )
        .output()
        .unwrap();
    let events = String::from_utf8(output.stdout).unwrap();
    let outcomes: BTreeMap<String, Value> = events
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["event"] == "file-finished")
        .map(|event| (event["file"].as_str().unwrap().to_owned(), event))
        .collect();
    let names: Vec<String> = outcomes.keys().cloned().collect();
    assert_eq!(
        names,
        samples(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(outcomes)
}

fn list<'v>(outcome: &'v Value, what: &str) -> &'v [Value] {
    outcome[what].as_array().unwrap()
}

#[test]
fn each_guard_is_raised_where_it_should_be_and_nowhere_else() {
    let Some(outcomes) = outcomes(&[]) else {
        return;
    };
    let mut raised = std::collections::BTreeSet::new();
    for (sample, outcome) in &outcomes {
        let verdict = outcome["verdict"].as_str().unwrap();
        assert!(
            ["passed", "skipped"].contains(&verdict),
            "{sample}: {outcome}"
        );
        let mut found: Vec<String> = list(outcome, "warnings")
            .iter()
            .map(|warning| {
                let place = &warning["location"];
                assert_eq!(place["file"], sample.as_str(), "{warning}");
                raised.insert(warning["kind"].as_str().unwrap().to_owned());
                format!(
                    "{} at line {}",
                    warning["kind"].as_str().unwrap(),
                    place["line"]
                )
            })
            .collect();
        found.sort();
        assert_eq!(
            found,
            expected(sample),
            "{sample}: {:#?}",
            outcome["warnings"]
        );
    }
    let raised: Vec<&str> = raised.iter().map(String::as_str).collect();
    assert_eq!(
        raised,
        [
            "aborted-transaction",
            "accidental-skip",
            "accidental-todo",
            "empty-plan",
            "no-finish",
            "passing-todo",
            "several-columns",
            "swallowed-error",
            "unprinted",
            "wrong-overload",
        ]
    );
}

#[test]
fn under_strict_every_guard_breaks_its_file() {
    let Some(outcomes) = outcomes(&["--strict"]) else {
        return;
    };
    for (sample, outcome) in &outcomes {
        let expected = expected(sample);
        let verdict = outcome["verdict"].as_str().unwrap();
        assert_eq!(
            verdict == "broken",
            !expected.is_empty(),
            "{sample}: {verdict}"
        );
        let strict = |reason: &&Value| reason["kind"] == "strict";
        let reasons: Vec<&Value> = list(outcome, "reasons").iter().filter(strict).collect();
        assert_eq!(reasons.len(), expected.len(), "{sample}: {reasons:?}");
        for line in expected {
            let kind = line.split(' ').next().unwrap();
            assert!(
                reasons.iter().any(|reason| {
                    let text = reason["text"].as_str().unwrap();
                    text.ends_with(&format!("[{kind}]"))
                }),
                "{sample}: {kind} in {reasons:?}"
            );
        }
    }
}

#[test]
fn pg_prove_passes_every_sample() {
    let (Some(binaries), Some(psql)) = (programs::binaries(), programs::psql()) else {
        return;
    };
    if Command::new("pg_prove").arg("--version").output().is_err() {
        return eprintln!("SKIPPED: there is no pg_prove");
    }
    let run_directory = RunDirectory::create(&RunPlaces::of_process(None)).unwrap();
    let cache = Cache::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cluster-cache"));
    let data = DataDirectory::create(&binaries, &run_directory, "d", Some(&cache)).unwrap();
    let server = Server::start(&binaries, &data, &ServerOptions::default()).unwrap();
    let mut admin = Connection::open(&admin_of(&server), Watch::default()).unwrap();
    admin.execute("CREATE DATABASE template").unwrap();
    let template = admin_of(&server).with_database("template");
    let mut connection = Connection::open(&template, Watch::default()).unwrap();
    connection.execute(&bundled_pgtap().sql).unwrap();
    let migration = fs::read_to_string(project().join("migrations/V1__widgets.sql")).unwrap();
    connection.execute(&migration).unwrap();
    drop(connection);
    for (index, sample) in samples().iter().enumerate() {
        let database = format!("sample_{index}");
        admin
            .execute(&format!("CREATE DATABASE {database} TEMPLATE template"))
            .unwrap();
        let output = Command::new("pg_prove")
            .args(["--norc", "--verbose", "--dbname", &database])
            .args([
                "--username",
                SUPERUSER,
                "--port",
                &server.port().to_string(),
            ])
            .arg("--host")
            .arg(server.socket_dir())
            .arg("--psql-bin")
            .arg(&psql)
            .arg(sample)
            .current_dir(project())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{sample}:\n{text}");
    }
}
