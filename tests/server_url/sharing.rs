//! Files that share a database, on a server that exists.

use crate::host::Host;
use crate::tool::Project;

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
