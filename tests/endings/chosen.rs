//! Which files run, in which order, how and for how long; and that none of it changes a verdict.

use std::time::{Duration, Instant};

use crate::tool::{PASSING, Project};

const FAILING: &str = "SELECT plan(1);\nSELECT fail('no');\n";

/// The lines of `--list`.
fn listed(project: &Project, arguments: &[&str]) -> Vec<String> {
    let arguments: Vec<&str> = ["test", "--list"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    let ran = project.run(&arguments).expect(0);
    ran.out.lines().map(str::to_owned).collect()
}

#[test]
fn files_are_chosen_by_name_tag_and_path() {
    let project = Project::without_server();
    project
        .write("sql-tests/accounts/a2.sql", PASSING)
        .write("sql-tests/accounts/a10.sql", PASSING)
        .write(
            "sql-tests/slow.sql",
            &format!("-- pgassay: tags slow, nightly\n{PASSING}"),
        )
        .write(
            "sql-tests/nightly.pg",
            &format!("-- pgassay: tags nightly\n{PASSING}"),
        )
        .write("sql-tests/_setup.sql", "SELECT 1;\n")
        .write("other/b.sql", PASSING);
    assert_eq!(
        listed(&project, &[]),
        [
            "sql-tests/accounts/a2.sql",
            "sql-tests/accounts/a10.sql",
            "sql-tests/nightly.pg",
            "sql-tests/slow.sql"
        ]
    );
    assert_eq!(
        listed(&project, &["--match", "a[0-9]\\.sql$"]),
        ["sql-tests/accounts/a2.sql"]
    );
    assert_eq!(listed(&project, &["--tag", "slow"]), ["sql-tests/slow.sql"]);
    assert_eq!(
        listed(&project, &["--tag", "slow", "--tag", "nightly"]),
        ["sql-tests/nightly.pg", "sql-tests/slow.sql"]
    );
    assert_eq!(
        listed(&project, &["other", "sql-tests/slow.sql"]),
        ["other/b.sql", "sql-tests/slow.sql"]
    );
    assert_eq!(listed(&project, &["-C", "other", "."]), ["b.sql"]);
}

#[test]
fn a_seed_gives_the_same_order_twice() {
    let Some(project) = Project::new() else {
        return;
    };
    for number in 0..8 {
        project.write(&format!("sql-tests/{number}.sql"), PASSING);
    }
    let order = |seed: &str| listed(&project, &[&format!("--shuffle={seed}")]);
    assert_eq!(order("42"), order("42"));
    assert_ne!(order("42"), order("43"));
    assert_ne!(order("42"), listed(&project, &[]));
    // With one worker, files end in the order in which they are listed.
    let ran = project.run(&["test", "-j", "1", "--shuffle=42"]).expect(0);
    let ended: Vec<String> = ran
        .out
        .lines()
        .filter_map(|line| line.trim().strip_prefix("passed  "))
        .map(|rest| rest.split("  ").next().unwrap().to_owned())
        .collect();
    assert_eq!(ended, order("42"));
    assert!(ran.out.contains("--shuffle=42"), "{}", ran.out);
    // A seed that was drawn is told, and gives that order again.
    let drawn = project.run(&["test", "-j", "1", "--shuffle"]).expect(0);
    let seed = drawn.out.split("--shuffle=").nth(1).unwrap();
    let seed = seed.split(|c: char| !c.is_ascii_digit()).next().unwrap();
    let again = order(seed);
    let first = drawn.out.find(&again[0]).unwrap();
    assert!(
        again
            .iter()
            .all(|file| drawn.out.find(file).unwrap() >= first),
        "{}",
        drawn.out
    );
}

#[test]
fn fail_fast_stops_after_so_many_and_the_rest_is_counted_as_not_run() {
    let Some(project) = Project::new() else {
        return;
    };
    for (number, text) in [PASSING, FAILING, PASSING, "SELECT 1/0;\n", PASSING]
        .iter()
        .enumerate()
    {
        project.write(&format!("sql-tests/{number}.sql"), text);
    }
    let after_one = project.run(&["test", "-j", "1", "--fail-fast"]).expect(1);
    after_one.tells(&[
        "5 files: 1 passed, 1 failed, 3 not run",
        "stopped: after 1 file",
    ]);
    let after_two = project.run(&["test", "-j", "1", "--fail-fast=2"]).expect(1);
    after_two.tells(&["5 files: 2 passed, 1 failed, 1 broken, 1 not run"]);
    let never = project.run(&["test", "-j", "1", "--fail-fast=0"]).expect(1);
    never.tells(&["5 files: 3 passed, 1 failed, 1 broken"]);
    project.assert_nothing_is_left();
}

#[test]
fn the_number_of_workers_changes_no_verdict() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write(
        "migrations/V1__t.sql",
        "CREATE TABLE t (i integer);\nCREATE SEQUENCE s;\n",
    );
    // Each would disturb the next if it could: roles, committed rows, sequences, settings.
    for number in 0..6 {
        let test = format!(
            "SELECT plan(4);
SELECT is((SELECT count(*) FROM t), 0::bigint);
SELECT is(nextval('s'), 1::bigint);
SELECT hasnt_role('intruder');
SELECT {}('by number');
INSERT INTO t VALUES (1);
ALTER DATABASE pgassay SET work_mem = '5MB';
{}",
            if number % 3 == 0 { "fail" } else { "pass" },
            if number < 2 {
                "CREATE ROLE intruder;\n"
            } else {
                ""
            },
        );
        project.write(&format!("sql-tests/{number}.sql"), &test);
    }
    let verdicts = |jobs: &str| project.run(&["test", "-j", jobs]).expect(1).verdicts();
    let one = verdicts("1");
    assert_eq!(one.len(), 6);
    assert_eq!(
        one.iter()
            .filter(|verdict| verdict.starts_with("failed"))
            .count(),
        2
    );
    assert_eq!(verdicts("2"), one);
    assert_eq!(verdicts("8"), one);
    project.assert_nothing_is_left();
}

#[test]
fn headers_say_how_a_file_wants_to_be_run() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("roles/app.sql", "CREATE ROLE app LOGIN;\n")
        .write("sql-tests/alone.sql", &format!("-- pgassay: serial\n{PASSING}"))
        .write(
            "sql-tests/role.sql",
            "-- pgassay: role app\nSELECT plan(2);\nSELECT is(current_user::text, 'app');\nSELECT is(session_user::text, 'app');\nSELECT finish();\n",
        )
        .write(
            "sql-tests/short.sql",
            "-- pgassay: timeout 300ms\nSELECT plan(1);\nSELECT pg_sleep(60);\nSELECT pass('never');\n",
        )
        .write("sql-tests/unknown.sql", &format!("-- pgassay: rôle app\n{PASSING}"));
    let begin = Instant::now();
    let ran = project.run(&["test", "-j", "2"]).expect(1);
    assert!(begin.elapsed() < Duration::from_secs(30));
    assert_eq!(
        ran.verdicts(),
        [
            "broken  sql-tests/short.sql",
            "passed  sql-tests/alone.sql",
            "passed  sql-tests/role.sql",
            "passed  sql-tests/unknown.sql"
        ]
    );
    let ran = ran.tells(&["time limit of 300ms"]);
    assert!(ran.out.contains("1 warning"), "{}", ran.out);
    // A serial file is the last one, whatever its name.
    assert!(
        ran.out.find("alone.sql") > ran.out.find("role.sql"),
        "{}",
        ran.out
    );
}

#[test]
fn a_time_limit_holds_for_every_file_that_says_nothing_else() {
    let Some(project) = Project::new() else {
        return;
    };
    // The limit is one that a file which does not sleep keeps on a busy machine too.
    let sleeping = "SELECT plan(1);\nSELECT pg_sleep(3);\nSELECT pass('slept');\n";
    project
        .write("sql-tests/limited.sql", sleeping)
        .write(
            "sql-tests/never.sql",
            &format!("-- pgassay: timeout 0\n{sleeping}"),
        )
        .write("sql-tests/later.sql", PASSING);
    let ran = project
        .run(&["test", "-j", "1", "--timeout", "2s"])
        .expect(1);
    assert_eq!(
        ran.verdicts(),
        [
            "broken  sql-tests/limited.sql",
            "passed  sql-tests/later.sql",
            "passed  sql-tests/never.sql"
        ]
    );
    project.assert_nothing_is_left();
}

#[test]
fn a_profile_goes_before_the_rest_of_the_file_and_the_command_line_before_both() {
    let Some(project) = Project::new() else {
        return;
    };
    let test = "SELECT plan(1);\nSELECT is(:'stage', current_setting('app.expected'));\n";
    let settings =
        "[set]\nstage = \"local\"\n[profile.ci]\nset.stage = \"ci\"\njunit = \"ci.xml\"\n";
    project
        .write("sql-tests/a.sql", test)
        .write("pgassay.toml", settings);
    let with = |arguments: &[&str], expected: &str| {
        let options = format!("pgoptions = \"-c app.expected={expected}\"\n{settings}");
        project.write("pgassay.toml", &options);
        let arguments: Vec<&str> = ["test"].iter().chain(arguments).copied().collect();
        project.run(&arguments).expect(0);
    };
    with(&[], "local");
    assert!(!project.path().join("ci.xml").exists());
    with(&["--profile", "ci"], "ci");
    assert!(project.path().join("ci.xml").exists());
    with(&["--profile", "ci", "--set", "stage=typed"], "typed");
}
