//! Files that share a database, on a server that exists.

use std::process::Command;

use pgassay::database::bundled_pgtap;

use crate::tool::Host;
use crate::tool::{Project, psql, skip};

const LEAVING: &str = "CREATE TABLE left_behind AS SELECT 42 AS answer;\nBEGIN;\nCREATE TABLE open_still ();\n\
                       SELECT plan(1);\nSELECT pass('made');\n";
const USING: &str = "SELECT plan(2);\nSELECT is(answer, 42) FROM left_behind;\n\
                     SELECT ok(to_regclass('open_still') IS NULL, 'rolled back by now');\n";
const FAILING: &str = "SELECT plan(1);\nSELECT fail('no');\n";

fn project() -> Option<Project> {
    let project = Project::new()?;
    let grouped = |text: &str| format!("-- pgassay: group g\n{text}");
    project
        .write("sql-tests/1.sql", &grouped(LEAVING))
        .write("sql-tests/2.sql", &grouped(FAILING))
        .write("sql-tests/3.sql", &grouped(USING))
        .write("sql-tests/4.sql", USING);
    Some(project)
}

#[test]
fn a_group_and_all_files_can_share_a_database_and_none_is_left() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    let before = host.state();
    for user in ["postgres", "ada"] {
        let url = host.by_socket(user);
        let grouped = project.run(&["test", "-j", "2", "--url", &url]).expect(1);
        assert_eq!(
            grouped.verdicts(),
            [
                "broken  sql-tests/4.sql",
                "failed  sql-tests/2.sql",
                "passed  sql-tests/1.sql",
                "passed  sql-tests/3.sql"
            ]
        );
        host.assert_is_as(&before);
        let shared = project
            .run(&["test", "--isolation", "shared", "--url", &url])
            .expect(1);
        shared.tells(&["4 files: 3 passed, 1 failed"]);
        host.assert_is_as(&before);
        // The run ends in the middle of the group.
        let stopped = project
            .run(&[
                "test",
                "--fail-fast",
                "--url",
                &url,
                "sql-tests/1.sql",
                "sql-tests/2.sql",
                "sql-tests/3.sql",
            ])
            .expect(1);
        stopped.tells(&["3 files: 1 passed, 1 failed, 1 not run"]);
        host.assert_is_as(&before);
        let found = project
            .run(&[
                "test",
                "-q",
                "--find-dependency",
                "sql-tests/4.sql",
                "--url",
                &url,
            ])
            .expect(1);
        found.tells(&["sql-tests/4.sql lives on sql-tests/1.sql:"]);
        host.assert_is_as(&before);
    }
}

/// Which files pg_prove passes, run on a database of its own that holds pgTAP.
fn passed_by_pg_prove(project: &Project, host: &Host, files: &[&str]) -> Option<Vec<bool>> {
    let psql = psql()?;
    host.client("postgres")
        .batch_execute("DROP DATABASE IF EXISTS suite")
        .unwrap();
    host.client("postgres")
        .batch_execute("CREATE DATABASE suite")
        .unwrap();
    host.client("suite")
        .batch_execute(&bundled_pgtap().sql)
        .unwrap();
    let output = Command::new("pg_prove")
        .args(["--norc", "--dbname", "suite", "--username", "postgres"])
        .arg("--psql-bin")
        .arg(psql)
        .arg("--host")
        .arg(host.server.socket_dir())
        .args(["--port", &host.server.port().to_string(), "--ext", ".sql"])
        .args(files)
        .current_dir(project.path())
        .output();
    let Ok(output) = output else {
        return skip("there is no pg_prove");
    };
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let passed = files.iter().map(|file| {
        let line = told
            .lines()
            .find(|line| line.starts_with(&format!("{file} .")))
            .unwrap_or_else(|| panic!("{file}: {told}"));
        line.ends_with(" ok")
    });
    Some(passed.collect())
}

#[test]
fn in_one_database_the_verdicts_are_those_of_pg_prove_in_every_order() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    project
        .write(
            "sql-tests/5.sql",
            "BEGIN;\nSELECT plan(1);\nSELECT hasnt_table('public', 'left_behind', 'not yet');\nROLLBACK;\n",
        )
        .write(
            "sql-tests/6.sql",
            "SELECT plan(1);\nDROP TABLE left_behind;\nSELECT pass('gone');\n",
        );
    let all = ["1", "2", "3", "4", "5", "6"].map(|name| format!("sql-tests/{name}.sql"));
    for order in [[0, 1, 2, 3, 4, 5], [4, 0, 3, 5, 2, 1], [3, 0, 5, 4, 2, 1]] {
        let files: Vec<&str> = order.iter().map(|place| all[*place].as_str()).collect();
        let Some(theirs) = passed_by_pg_prove(&project, &host, &files) else {
            return;
        };
        let mut arguments = vec!["test", "--isolation", "shared"];
        arguments.extend(&files);
        let verdicts = project.run(&arguments).expect(1).verdicts();
        let ours = files
            .iter()
            .map(|file| verdicts.contains(&format!("passed  {file}")));
        assert_eq!(ours.collect::<Vec<bool>>(), theirs, "{files:?}");
    }
}
