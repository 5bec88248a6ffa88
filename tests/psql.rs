//! What psql prints for a script, pgassay prints too: the samples below `tests/data/psql` go through both, on one server, and
//! their outputs are compared byte for byte. A person can do the same with `psql -XqAt -v ON_ERROR_STOP=1 -f`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "tool/mod.rs"]
mod tool;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use pgassay::cluster::{
    Cache, DataDirectory, RunDirectory, RunPlaces, SUPERUSER, Server, ServerOptions,
};
use pgassay::database::bundled_pgtap;
use pgassay::run::admin_of;
use pgassay::session::{Connection, Watch};
use similar::TextDiff;
use tool::Project;

/// The first version of psql that prints all results of a message with several statements.
const FIRST_COMPARED: u32 = 15;
/// What psql prints for this one depends on its minor release; see below.
const COPY_THAT_FAILS: &str = "sql-tests/copy_that_fails.sql";
/// psql before 18 sends the end mark of inline CSV data along, which servers from 18 on take for data.
const COPIES: &str = "sql-tests/copy.sql";
/// For this one psql prints listings for people.
const LISTINGS: &str = "sql-tests/listings.sql";
/// Of this one too: since 15.20 at the latest, and not in 15.18, it gives values the room that headings take.
const RECORDS: &str = "sql-tests/records.sql";

/// What pgassay printed for each file of a project, run on a server.
fn printed_by_pgassay(project: &Project, server: &Server) -> BTreeMap<String, String> {
    let url = format!(
        "host={} port={} user={SUPERUSER} dbname=postgres",
        server.socket_dir().display(),
        server.port()
    );
    let ran = project.run(&["test", "--allow-shell", "--format", "json", "--url", &url]);
    let events = ran.out.lines().map(|line| {
        serde_json::from_str::<serde_json::Value>(line)
            .unwrap_or_else(|error| panic!("{error}: {line}\n{}", ran.err))
    });
    events
        .filter(|event| event["event"] == "file-finished")
        .map(|event| {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            (text(&event["file"]), text(&event["output"]["text"]))
        })
        .collect()
}

/// What psql prints, called as `pg_prove` calls it.
fn printed_by_psql(psql: &Path, project: &Project, server: &Server, more: &[&str]) -> String {
    let output = Command::new(psql)
        .args(["--no-psqlrc", "--no-align", "--quiet", "--pset=pager=off"])
        .args(["--pset=tuples_only=true", "--set=ON_ERROR_STOP=1"])
        .args(more)
        .current_dir(project.path())
        .env_clear()
        .env("PGHOST", server.socket_dir())
        .env("PGPORT", server.port().to_string())
        .env("PGUSER", SUPERUSER)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A server with nothing on it.
fn server(project: &Project) -> Option<(RunDirectory, Server)> {
    let binaries = tool::binaries()?;
    let places = RunPlaces {
        named: Some(project.runs()),
        ..RunPlaces::of_process(None)
    };
    let run = RunDirectory::create(&places).unwrap();
    let cache = Cache::new(tool::cache());
    let data = DataDirectory::create(&binaries, &run, "d", Some(&cache)).unwrap();
    let server = Server::start(&binaries, &data, &ServerOptions::default()).unwrap();
    Some((run, server))
}

#[test]
fn what_psql_prints_is_printed_byte_for_byte() {
    let Some(project) = Project::of("psql") else {
        return;
    };
    let Some(psql) = tool::psql() else { return };
    if tool::major_version(&psql) < FIRST_COMPARED {
        return eprintln!("SKIPPED: psql is older than {FIRST_COMPARED}");
    }
    let Some((_run, server)) = server(&project) else {
        return;
    };
    let ours = printed_by_pgassay(&project, &server);
    assert!(ours.len() > 15, "{:?}", ours.keys());
    let info = admin_of(&server);
    let mut admin = Connection::open(&info, Watch::default()).unwrap();
    let with_pgtap = "CREATE DATABASE with_pgtap";
    admin.execute(with_pgtap).unwrap();
    let mut session =
        Connection::open(&info.with_database("with_pgtap"), Watch::default()).unwrap();
    bundled_pgtap().install(&mut session, "public").unwrap();
    drop(session);
    let probe = [
        "--dbname=postgres",
        "--pset=format=aligned",
        "--pset=expanded",
        "--pset=tuples_only=off",
        "--pset=border=2",
        "--command=SELECT 1 AS n",
    ];
    let gives_room = printed_by_psql(&psql, &project, &server, &probe).contains("| n | 1        |");
    let sends_end_marks = tool::major_version(&psql) < 18
        && tool::binaries().is_some_and(|found| found.version.major >= 18);
    if sends_end_marks {
        eprintln!("SKIPPED: {COPIES}: this psql is too old for this server");
    }
    let mut differing = Vec::new();
    for (file, ours) in &ours {
        let too_old = file == COPIES && sends_end_marks;
        if file == COPY_THAT_FAILS || file == RECORDS && !gives_room || too_old {
            continue;
        }
        admin.execute("DROP DATABASE IF EXISTS compared").unwrap();
        admin
            .execute("CREATE DATABASE compared TEMPLATE with_pgtap")
            .unwrap();
        let psqls = printed_by_psql(
            &psql,
            &project,
            &server,
            &["--dbname", "compared", "--file", file],
        );
        if file == LISTINGS {
            let is_tap = |line: &&str| line.starts_with("ok ") || line.starts_with("1..");
            let tap: Vec<&str> = psqls.lines().filter(is_tap).collect();
            assert_eq!(ours.lines().collect::<Vec<_>>(), tap);
        } else if psqls != *ours {
            let difference = TextDiff::from_lines(&psqls, ours);
            let mut unified = difference.unified_diff();
            unified.header("psql", "pgassay");
            differing.push(format!("{file}\n{unified}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// Its data are no statements, so that nothing of them may run where `ON_ERROR_STOP` is off. psql sent them to the
/// server, up to its release 15.18 at least, and passes over them since 15.20 at the latest.
#[test]
fn a_copy_that_fails_takes_its_data_along() {
    let Some(project) = Project::of("psql") else {
        return;
    };
    let Some((_run, server)) = server(&project) else {
        return;
    };
    let printed = printed_by_pgassay(&project, &server);
    let lines: Vec<String> = (1..=7)
        .map(|number| format!("goes on {number}\n"))
        .collect();
    assert_eq!(printed[COPY_THAT_FAILS], lines.concat());
}
