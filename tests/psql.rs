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

/// A listing prints nothing here; but where psql stops at one, a test file stops too.
#[test]
fn a_listing_fails_where_that_of_psql_fails() {
    let Some(project) = Project::new() else {
        return;
    };
    let Some(psql) = tool::psql() else { return };
    let Some((_run, server)) = server(&project) else {
        return;
    };
    let forms = [
        r"\d nosuch",
        r"\d+ nosuch",
        r"\d no*",
        r"\d pg_catalog.no_such*",
        r"\d 'nosuch'",
        r#"\d "Pg_class""#,
        r"\d a.b.c.d",
        r"\d elsewhere.public.t",
        r"\d PG_CLASS",
        r"\d pg_cl?ss;",
        r"\d pg_catalog.*",
        r"\d information_schema.tables",
        r"\d tables",
        r"\d (pg_class|nosuch)",
        r#"\d :"DBNAME".pg_catalog.pg_class"#,
        r"\d",
        r"\dt",
        r"\dt nosuch",
        r"\df nosuch",
        r"\z nosuch",
        r"\dq",
        r"\drop",
        r"\dfo",
        r"\dx nosuch",
        r"\dx+ nosuch",
        r"\dx+",
        r"\dRp",
        r"\dRp+",
        r"\dF+ nosuch",
        r"\dFp+ nosuch",
        r"\dFp+ def*",
        r"\sf nosuch",
        r"\sf nosuch(integer)",
        r"\sf now",
        r"\sf+ pg_catalog.abs(integer);",
        r"\sf abs",
        r"\sf now;",
        r"\sf+ now",
        r"\sf pg_catalog.abs(integer)",
        r"\sf count",
        r"\sf",
        r"\sv nosuch",
        r"\sv pg_class",
        r"\sv pg_catalog.pg_views",
        r"\sv",
        "BEGIN; SELECT 1/0;\n\\set ON_ERROR_STOP 1\n\\dt",
        "\\if false\n\\dq\n\\endif",
    ];
    let mut texts = BTreeMap::new();
    for (number, form) in forms.iter().enumerate() {
        let is_lax = form.starts_with("BEGIN");
        let lax = if is_lax {
            "\\set ON_ERROR_STOP 0\n"
        } else {
            ""
        };
        let text = format!("{lax}{form}\nSELECT '1..1'; SELECT 'ok 1';\n");
        let file = format!("sql-tests/{number:02}.sql");
        project.write(&file, &text);
        texts.insert(file, *form);
    }
    let ours = printed_by_pgassay(&project, &server);
    assert_eq!(ours.len(), forms.len());
    let mut stopped = 0;
    for (file, form) in texts {
        let psqls = printed_by_psql(
            &psql,
            &project,
            &server,
            &["--dbname=postgres", "--file", &file],
        );
        let passes = |printed: &str| printed.contains("ok 1\n");
        assert_eq!(passes(&ours[&file]), passes(&psqls), "{form}");
        stopped += usize::from(!passes(&psqls));
    }
    assert!((15..forms.len() - 15).contains(&stopped), "{stopped}");
    let (_, told) = told(&project, &[]);
    for text in [
        r#"\d: Did not find any relation named "nosuch"."#,
        r#"\sf: function "nosuch" does not exist"#,
        r#"\sv: "pg_class" is not a view"#,
        r#"\sv: relation "nosuch" does not exist"#,
        r"\sf: function name is required",
        r"\dRp+: Did not find any publications.",
    ] {
        assert!(told.contains(text), "{text}\n{told}");
    }
}

/// The version of psql that a sample needs: its first line says so.
fn first_version(sample: &str) -> u32 {
    let rest = sample.strip_prefix("-- psql ").unwrap();
    let digits = rest.split(|it: char| !it.is_ascii_digit()).next().unwrap();
    digits.parse().unwrap()
}

/// What only newer psqls do or do otherwise. What they print is kept, for machines whose psql is too old to be asked;
/// where it is not, it is asked.
#[test]
fn what_newer_psqls_print_is_printed() {
    let Some(project) = Project::of("psql_newer") else {
        return;
    };
    let Some((_run, server)) = server(&project) else {
        return;
    };
    let printed = printed_by_pgassay(&project, &server);
    assert!(printed.len() >= 5, "{:?}", printed.keys());
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/psql_newer");
    let psql = tool::psql();
    let version = psql.as_deref().map_or(0, tool::major_version);
    let mut admin = Connection::open(&admin_of(&server), Watch::default()).unwrap();
    let mut differing = Vec::new();
    for (file, printed) in printed {
        let sample = samples.join(&file);
        let needed = first_version(&std::fs::read_to_string(&sample).unwrap());
        if let Some(psql) = psql.as_ref().filter(|_| version >= needed) {
            admin.execute("DROP DATABASE IF EXISTS compared").unwrap();
            admin.execute("CREATE DATABASE compared").unwrap();
            let arguments = ["--dbname", "compared", "--file", file.as_str()];
            let psqls = printed_by_psql(psql, &project, &server, &arguments);
            if psqls != printed {
                let difference = TextDiff::from_lines(&psqls, &printed);
                let mut unified = difference.unified_diff();
                unified.header("psql", "pgassay");
                differing.push(format!("{file}\n{unified}"));
            }
        } else {
            eprintln!("SKIPPED: {file} is not compared with psql: it needs psql {needed}");
        }
        let expected = sample.with_extension("out");
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            std::fs::write(expected, printed).unwrap();
        } else {
            assert_eq!(
                printed,
                std::fs::read_to_string(&expected).unwrap(),
                "{expected:?}"
            );
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// What each file came to, and all that is said of it.
fn told(project: &Project, arguments: &[&str]) -> (Vec<String>, String) {
    let ran = project.run(&[&["test", "-v"], arguments].concat());
    (ran.verdicts(), ran.out + &ran.err)
}

#[test]
fn without_leave_no_form_of_a_shell_command_runs() {
    let Some(project) = Project::new() else {
        return;
    };
    let forms = [
        ("bang", r"\! touch MARK"),
        ("backticks", r"\echo `touch MARK`"),
        ("g", r"SELECT 1 \g |touch MARK"),
        ("o", r"\o |touch MARK"),
        ("copy_from", r"\copy t from program 'touch MARK'"),
        ("copy_to", r"\copy t to program 'touch MARK'"),
    ];
    let mark = project.around().join("marks/ran");
    for (name, form) in forms {
        let form = form.replace("MARK", &mark.display().to_string());
        let text = format!(
            "CREATE TABLE t ();\n\\set ON_ERROR_STOP 0\n{form}\nSELECT plan(1); SELECT pass();\n"
        );
        project.write(&format!("sql-tests/{name}.sql"), &text);
    }
    let (verdicts, told) = told(&project, &[]);
    assert_eq!(verdicts.len(), forms.len(), "{told}");
    assert!(
        verdicts.iter().all(|verdict| verdict.contains("broken")),
        "{verdicts:?}"
    );
    // Beneath the file's line and in its details.
    assert_eq!(
        told.matches("allow_shell = true").count(),
        2 * forms.len(),
        "{told}"
    );
    assert!(!mark.exists());
    project.write("pgassay.toml", "allow_shell = true\n");
    project.run(&["test", "sql-tests/bang.sql"]);
    assert!(mark.exists());
}

#[test]
fn a_large_object_goes_into_the_file_of_that_name_if_there_is_one() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("kept", "as it was\n");
    project.write(
        "sql-tests/a.sql",
        r"\lo_import kept
\lo_export :LASTOID '|touch ran'
\lo_export :LASTOID new
\set ON_ERROR_STOP 0
\lo_export 4000000000 kept
SELECT lo_create(0) AS empty \gset
\lo_export :empty empty
SELECT plan(1);
SELECT pass();
",
    );
    let (verdicts, told) = told(&project, &["--allow-shell"]);
    assert_eq!(verdicts, ["passed  sql-tests/a.sql"], "{told}");
    let read = |name: &str| std::fs::read_to_string(project.path().join(name));
    for name in ["|touch ran", "new", "kept"] {
        assert_eq!(read(name).unwrap(), "as it was\n", "{name}");
    }
    assert_eq!(read("empty").unwrap(), "");
    assert!(read("ran").is_err(), "a program ran");
    assert!(told.contains("does not exist"), "{told}");
}

#[test]
fn a_file_in_backticks_never_makes_a_run_wait() {
    let Some(project) = Project::new() else {
        return;
    };
    let pipe = project.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    for (name, file) in [("pipe", "pipe"), ("device", "/dev/zero")] {
        let text = format!(
            "\\set ON_ERROR_STOP 0\n\\set x `cat {file}`\nSELECT plan(1); SELECT pass();\n"
        );
        project.write(&format!("sql-tests/{name}.sql"), &text);
    }
    let (verdicts, told) = told(&project, &["--timeout", "20s"]);
    assert_eq!(
        verdicts,
        ["broken  sql-tests/device.sql", "broken  sql-tests/pipe.sql"],
        "{told}"
    );
    for file in ["pipe", "/dev/zero"] {
        let why = format!("cannot read {file}: it is no regular file");
        assert!(told.contains(&why), "{told}");
    }
}

#[test]
fn a_shell_command_ends_with_its_file_and_so_does_what_it_left_behind() {
    let Some(project) = Project::new() else {
        return;
    };
    let begun = std::time::Instant::now();
    for (name, form) in [
        ("waits", r"\! sleep 60 & sleep 60"),
        (
            "listens_to_nothing",
            r"\echo `trap '' TERM; sleep 60 & sleep 60; sleep 60`",
        ),
        ("prints", r"\copy t from program 'yes'"),
        (
            "leaves",
            "\\! sleep 60 >/dev/null 2>&1 &\nSELECT plan(1); SELECT pass();",
        ),
    ] {
        let text = format!("-- pgassay: timeout 2s\nCREATE TABLE t (word text);\n{form}\n");
        project.write(&format!("sql-tests/{name}.sql"), &text);
    }
    let (verdicts, told) = told(&project, &["--allow-shell"]);
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(40),
        "{told}"
    );
    assert_eq!(
        verdicts,
        [
            "broken  sql-tests/listens_to_nothing.sql",
            "broken  sql-tests/prints.sql",
            "broken  sql-tests/waits.sql",
            "passed  sql-tests/leaves.sql"
        ],
        "{told}"
    );
    let ended = told.matches("its shell command was ended").count();
    assert!(
        ended >= 2 && !told.contains("statement was cancelled"),
        "{told}"
    );
    project.assert_nothing_is_left();
}

#[test]
fn pgtap_is_reached_after_discard_all_and_in_a_new_session() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("pgassay.toml", "pgtap.schema = 'tap'\n");
    project.write(
        "roles/1.sql",
        "CREATE ROLE tester LOGIN; CREATE ROLE other LOGIN;\n",
    );
    project.write(
        "sql-tests/a.sql",
        r#"-- pgassay: role tester
DISCARD ALL;
SELECT current_setting('search_path') AS after_discard \gset
SET search_path = nowhere;
RESET ALL;
SELECT current_setting('search_path') AS after_reset \gset
\c - other
SELECT current_user AS second_role \gset
\c - postgres
ALTER ROLE other SET search_path = pg_catalog;
\c - other
SELECT current_setting('search_path') AS of_the_role \gset
ALTER ROLE other SET search_path = pg_temp;
\c :DBNAME
SELECT plan(6);
SELECT is(:'after_discard'::text, '"$user", public, tap', 'after DISCARD ALL');
SELECT is(:'after_reset'::text, '"$user", public, tap', 'after RESET ALL');
SELECT is(:'second_role'::text, 'other', 'as another role');
SELECT is(:'of_the_role'::text, 'pg_catalog, tap', 'the role has its own');
SELECT is(current_setting('search_path'), 'pg_temp, tap', 'asked anew');
SELECT is(current_user::text, 'other', 'still');
"#,
    );
    let refused = [
        (r"\c template1", "a test file has one database"),
        (r"\c - - example.org", "leave host and port out"),
        (
            r"\c 'host=example.org dbname=x'",
            "connection strings are not supported",
        ),
        (r"\c - nobody_of_that_name", "cannot connect as role"),
    ];
    for (number, (form, _)) in refused.iter().enumerate() {
        let text = format!("\\set ON_ERROR_STOP 0\n{form}\nSELECT plan(1); SELECT pass();\n");
        project.write(&format!("sql-tests/refused_{number}.sql"), &text);
    }
    let (verdicts, told) = told(&project, &["--jobs", "1"]);
    let (broken, passed) = verdicts.split_at(refused.len());
    assert_eq!(passed, ["passed  sql-tests/a.sql"], "{told}");
    assert!(
        broken.iter().all(|verdict| verdict.starts_with("broken")),
        "{told}"
    );
    for (form, why) in refused {
        assert!(told.contains(why), "{form}\n{told}");
    }
}

#[test]
fn what_is_passed_over_of_missing_files_is_warned_of() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write(
        "sql-tests/a.sql",
        "\\set ON_ERROR_STOP 0\nSELECT plan(1);\n\\i no/such.sql\nSELECT pass();\n",
    );
    let (verdicts, told) = told(&project, &[]);
    assert_eq!(verdicts, ["passed  sql-tests/a.sql"], "{told}");
    assert!(told.contains("no such file"), "{told}");
    let (verdicts, told) = self::told(&project, &["--strict"]);
    assert_eq!(verdicts, ["broken  sql-tests/a.sql"], "{told}");
}

#[test]
fn a_bare_cd_leads_to_the_home_directory() {
    let Some(project) = Project::new() else {
        return;
    };
    std::fs::write(
        project.around().join("home/_there.sql"),
        "SELECT pass('home');\n",
    )
    .unwrap();
    project.write("elsewhere/_there.sql", "SELECT pass('elsewhere');\n");
    project.write(
        "sql-tests/a.sql",
        &format!(
            "SELECT plan(2);\n\\cd\n\\i _there.sql\n\\setenv HOME {}\n\\cd\n\\i _there.sql\n",
            project.path().join("elsewhere").display()
        ),
    );
    let (verdicts, told) = told(&project, &[]);
    assert_eq!(verdicts, ["passed  sql-tests/a.sql"], "{told}");
    assert!(
        told.contains("home") && told.contains("elsewhere"),
        "{told}"
    );
}
