//! Files that share a database: all of them (`--isolation shared`), or those of a group.

use crate::tool::{PASSING, Project};

/// Makes a function that outlives the file.
const LEAVING: &str = "CREATE FUNCTION answer() RETURNS integer LANGUAGE sql AS 'SELECT 42';
BEGIN;
SELECT plan(1);
SELECT pass('made');
SELECT finish();
ROLLBACK;
";
/// Lives on it.
const USING: &str = "BEGIN;
SELECT plan(1);
SELECT is(answer(), 42);
SELECT finish();
ROLLBACK;
";

fn with(text: &str, header: &str) -> String {
    format!("-- pgassay: {header}\n{text}")
}

/// The files in the order in which they ended.
fn ended(out: &str) -> Vec<String> {
    out.lines()
        .filter_map(|line| line.trim_start().split_once("  "))
        .filter(|(word, rest)| ["passed", "failed", "broken"].contains(word) && rest.contains(" ("))
        .map(|(_, rest)| rest.split("  ").next().unwrap().to_owned())
        .collect()
}

#[test]
fn isolation_shared_runs_all_files_in_one_database_in_the_given_order() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("sql-tests/1.sql", USING)
        .write("sql-tests/2.sql", LEAVING)
        .write("sql-tests/3.sql", USING);
    let ran = project
        .run(&["test", "-j", "4", "--isolation", "shared"])
        .expect(1);
    assert_eq!(
        ran.verdicts(),
        [
            "broken  sql-tests/1.sql",
            "passed  sql-tests/2.sql",
            "passed  sql-tests/3.sql"
        ]
    );
    let named = ["sql-tests/2.sql", "sql-tests/1.sql", "sql-tests/3.sql"];
    let arguments: Vec<&str> = ["test", "--isolation", "shared"]
        .into_iter()
        .chain(named)
        .collect();
    let ran = project.run(&arguments).expect(0);
    assert_eq!(ended(&ran.out), named);
    // A file of its own otherwise, whatever was named first.
    let ran = project.run(&["test", named[0], named[1]]).expect(1);
    assert!(
        ran.verdicts()
            .contains(&"broken  sql-tests/1.sql".to_owned())
    );
    project.write("pgassay.toml", "isolation = \"shared\"\n");
    project
        .run(&["test", "--reverse"])
        .expect(1)
        .tells(&["2 passed, 1 broken"]);
    project
        .run(&["test", "--isolation", "copy", "sql-tests/3.sql"])
        .expect(1);
    project.assert_nothing_is_left();
}

#[test]
fn files_that_share_a_database_have_sessions_of_their_own() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("roles/app.sql", "CREATE ROLE app LOGIN;\n")
        .write(
            "sql-tests/1.sql",
            "\\set left behind\nSET search_path = public, pg_temp;\nCREATE TEMP TABLE gone ();\nBEGIN;\n\
             CREATE TABLE never_committed ();\nSELECT plan(1);\nSELECT pass('open transaction');\n",
        )
        .write(
            "sql-tests/2.sql",
            "-- pgassay: role app\nSELECT plan(4);\nSELECT is(:'left'::text, 'unset');\nSELECT ok(to_regclass('gone') IS NULL);\n\
             SELECT ok(to_regclass('never_committed') IS NULL);\nSELECT is(session_user::text, 'app');\n",
        );
    let ran = project.run(&["test", "--isolation", "shared", "--set", "left=unset", "-v"]);
    ran.expect(0);
}

#[test]
fn the_files_of_a_group_share_a_database_in_order_and_others_do_not() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("sql-tests/1_leaving.sql", &with(LEAVING, "group answers"))
        .write("sql-tests/2_other.sql", USING)
        .write("sql-tests/3_using.sql", &with(USING, "group answers"))
        .write("sql-tests/4_other.sql", &with(PASSING, "group others"));
    let ran = project.run(&["test", "-j", "2"]).expect(1);
    assert_eq!(
        ran.verdicts(),
        [
            "broken  sql-tests/2_other.sql",
            "passed  sql-tests/1_leaving.sql",
            "passed  sql-tests/3_using.sql",
            "passed  sql-tests/4_other.sql"
        ]
    );
    // However the order is changed, a group keeps its own.
    for order in ["--shuffle=1", "--shuffle=2", "--shuffle=3", "--reverse"] {
        for isolation in ["copy", "shared"] {
            let ran = project.run(&["test", "-j", "1", order, "--isolation", isolation]);
            let order = ended(&ran.out);
            let place = |name: &str| order.iter().position(|file| file.contains(name)).unwrap();
            assert_eq!(place("1_leaving") + 1, place("3_using"), "{order:?}");
        }
    }
    let listed = project.run(&["test", "--list"]).expect(0);
    assert_eq!(
        listed.out,
        "sql-tests/1_leaving.sql\nsql-tests/3_using.sql\nsql-tests/2_other.sql\nsql-tests/4_other.sql\n"
    );
    project.assert_nothing_is_left();
}

#[test]
fn fail_fast_ends_a_group_too_and_nothing_is_left() {
    let Some(project) = Project::new() else {
        return;
    };
    for name in ["1", "2", "3"] {
        let text = format!("CREATE TABLE t{name} ();\n{USING}");
        project.write(&format!("sql-tests/{name}.sql"), &with(&text, "group g"));
    }
    let ran = project.run(&["test", "--fail-fast"]).expect(1);
    ran.tells(&["3 files: 1 broken, 2 not run"]);
    project.assert_nothing_is_left();
}

#[test]
fn a_file_out_of_time_holds_up_nobody_behind_it() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("migrations/V1__t.sql", "CREATE TABLE t (i integer);\n")
        .write(
            "sql-tests/1.sql",
            "BEGIN;\nLOCK TABLE t;\nSELECT plan(1);\nSELECT pg_sleep(60);\nSELECT pass('never');\n",
        )
        .write(
            "sql-tests/2.sql",
            "SELECT plan(1);\nSELECT is(count(*), 0::bigint) FROM t;\n",
        );
    let ran = project
        .run(&["test", "--isolation", "shared", "--timeout", "2s"])
        .expect(1);
    assert_eq!(
        ran.verdicts(),
        ["broken  sql-tests/1.sql", "passed  sql-tests/2.sql"]
    );
    project.assert_nothing_is_left();
}

#[test]
fn after_a_crash_that_the_server_recovers_from_the_files_behind_it_run_on() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("sql-tests/1.sql", LEAVING)
        .write(
            "sql-tests/2.sql",
            // The servers do not wait for the disk: without CHECKPOINT, what was committed last goes with the crash.
            "CHECKPOINT;\nSELECT plan(1);\nCOPY (SELECT pg_backend_pid()) TO PROGRAM 'xargs kill -9';\nSELECT pg_sleep(10);\n",
        )
        .write("sql-tests/3.sql", USING);
    let ran = project.run(&["test", "--isolation", "shared"]).expect(1);
    assert_eq!(
        ran.verdicts(),
        [
            "broken  sql-tests/2.sql",
            "passed  sql-tests/1.sql",
            "passed  sql-tests/3.sql"
        ]
    );
    project.assert_nothing_is_left();
}

#[test]
fn a_file_that_brings_the_server_down_breaks_those_behind_it_that_share_its_database() {
    let Some(project) = Project::new() else {
        return;
    };
    let killing = "SELECT plan(1);\nCOPY (SELECT) TO PROGRAM 'kill -QUIT $(head -1 postmaster.pid)';\n\
                   SELECT pg_sleep(10);\nSELECT pass('never');\n";
    project
        .write("sql-tests/1.sql", &with(LEAVING, "group g"))
        .write("sql-tests/2.sql", &with(killing, "group g"))
        .write("sql-tests/3.sql", &with(USING, "group g"))
        .write("sql-tests/4.sql", &with(USING, "group g"))
        .write("sql-tests/5.sql", PASSING);
    let ran = project.run(&["test", "-j", "1"]).expect(1);
    assert_eq!(
        ran.verdicts(),
        [
            "broken  sql-tests/2.sql",
            "broken  sql-tests/3.sql",
            "broken  sql-tests/4.sql",
            "passed  sql-tests/1.sql",
            "passed  sql-tests/5.sql"
        ]
    );
    // Each of those behind it says with which file; none is blamed for it.
    let (_, behind) = ran.out.split_once("\nbroken  sql-tests/3.sql").unwrap();
    let told = "it did not run: the database that it shares was lost with sql-tests/2.sql, which ran before it";
    assert_eq!(behind.matches(told).count(), 2, "{}", ran.out);
    for blame in ["brought its server down", "the server's last words"] {
        assert!(!behind.contains(blame), "{}", ran.out);
    }
    project.assert_nothing_is_left();
}

#[test]
fn the_database_of_a_group_is_kept_with_what_all_of_its_files_left() {
    let Some(psql) = crate::tool::psql() else {
        return;
    };
    let Some(project) = Project::new() else {
        return;
    };
    let failing = "SELECT plan(1);\nSELECT fail('look');\n";
    project
        .write("sql-tests/1.sql", &with(failing, "group g"))
        .write("sql-tests/2.sql", &with(LEAVING, "group g"))
        .write("sql-tests/3.sql", PASSING);
    let ran = project.run(&["test", "-j", "1", "--keep-failed"]).expect(1);
    let told = ran.out.clone() + &ran.err;
    assert!(told.contains("as the last of them left it"), "{told}");
    let line = ran
        .out
        .lines()
        .find_map(|line| line.trim().strip_prefix("database kept: psql "))
        .unwrap_or_else(|| panic!("{}", ran.out));
    let look = format!("'{}' -XAt {line} -c 'SELECT answer()'", psql.display());
    let output = std::process::Command::new("sh")
        .args(["-c", &look])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "42\n");
}

#[test]
fn files_that_the_settings_call_serial_run_alone_at_the_end() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("pgassay.toml", "serial = [\"sql-tests/{a,b}*.sql\"]\n")
        .write("sql-tests/alone.sql", PASSING)
        .write("sql-tests/beside.sql", PASSING)
        .write("sql-tests/c.sql", PASSING);
    let ran = project.run(&["test", "-j", "3"]).expect(0);
    assert_eq!(
        ended(&ran.out),
        [
            "sql-tests/c.sql",
            "sql-tests/alone.sql",
            "sql-tests/beside.sql"
        ]
    );
}

#[test]
fn what_counts_for_files_only_is_said() {
    let Some(project) = Project::of("runtests") else {
        return;
    };
    let path = project.path().join("pgassay.toml");
    let settings = std::fs::read_to_string(&path).unwrap_or_default();
    let set = "isolation = \"shared\"\nstate = [\"save\"]\n";
    std::fs::write(&path, format!("{set}{settings}")).unwrap();
    let ran = project.run(&["test", "--runtests", "checks"]);
    let told = ran.out + &ran.err;
    let said = "`isolation`, `state` count for files and not for test functions";
    assert!(told.contains(said), "{told}");
}
