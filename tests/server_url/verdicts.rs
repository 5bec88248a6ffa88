//! The same project on the tool's own clusters and on a server that exists.

use crate::tool::{Host, password_file};
use crate::tool::{Project, Running, psql};

/// Files of every verdict; each would see it if another had left something in its database.
pub(crate) fn project() -> Option<Project> {
    let project = Project::new()?;
    project
        .write(
            "migrations/V1__t.sql",
            "CREATE TABLE t (i integer PRIMARY KEY);\nCREATE SCHEMA app;\nCREATE VIEW app.v AS SELECT i FROM t;\n\
             COMMENT ON TABLE t IS 'a table';\n",
        )
        .write("fixtures/rows.sql", "INSERT INTO t VALUES (1), (2);\n");
    let committing = "SELECT plan(3);
SELECT is((SELECT count(*) FROM t), 2::bigint);
INSERT INTO t VALUES (3);
SELECT has_view('app', 'v', 'there');
SELECT throws_ok('INSERT INTO t VALUES (3)', '23505');
";
    for name in ["a", "b", "c"] {
        project.write(&format!("sql-tests/{name}.sql"), committing);
    }
    project
        .write(
            "sql-tests/extension.sql",
            "BEGIN;\nCREATE EXTENSION IF NOT EXISTS pgtap;\nSELECT plan(1);\nSELECT has_table('t');\nSELECT * FROM finish();\nROLLBACK;\n",
        )
        .write("sql-tests/failing.sql", "SELECT plan(2);\nSELECT fail('no');\nSELECT pass('yes');\n")
        .write("sql-tests/broken.sql", "SELECT plan(1);\nSELECT 1/0;\n")
        .write("sql-tests/short.sql", "SELECT plan(3);\nSELECT pass('only');\n")
        .write("sql-tests/skipped.sql", "SELECT plan(0) WHERE false;\nSELECT '1..0 # SKIP not now';\n");
    Some(project)
}

#[test]
fn verdicts_are_those_of_own_clusters_for_a_superuser_and_for_a_role_that_may_only_create_databases()
 {
    let Some(project) = project() else { return };
    let own = project.run(&["test"]).expect(1).verdicts();
    assert_eq!(own.len(), 8, "{own:?}");
    let host = Host::start(&project);
    let before = host.state();
    for (user, jobs) in [("postgres", "2"), ("ada", "2"), ("ada", "1")] {
        let ran = project
            .run(&["test", "-j", jobs, "--url", &host.by_socket(user)])
            .expect(1);
        assert_eq!(ran.verdicts(), own, "{user}: {}", ran.out);
        assert!(ran.out.contains("pgTAP 1.3.5)"), "{}", ran.out);
        host.assert_is_as(&before);
    }
}

#[test]
fn a_password_comes_from_the_variable_the_password_file_or_the_url() {
    let Some(project) = project() else { return };
    let host = Host::start(&project);
    let before = host.state();
    let url = host.by_tcp("ada");
    let files = ["sql-tests/a.sql", "sql-tests/b.sql"];
    let command = |url: &str| project.command(&["test", files[0], files[1], "--url", url]);
    let green = |command| Running::start(command, project.around()).finish().expect(0);
    let mut by_variable = command(&url);
    by_variable.env("PGPASSWORD", "spät & früh");
    green(by_variable);
    password_file(
        &project.around().join("home/.pgpass"),
        "127.0.0.1:*:*:ada:spät & früh",
    );
    green(command(&url));
    std::fs::remove_file(project.around().join("home/.pgpass")).unwrap();
    let elsewhere = project.around().join("passwords");
    password_file(&elsewhere, "*:*:*:ada:spät & früh");
    let mut by_file = command(&url);
    by_file.env("PGPASSFILE", &elsewhere);
    green(by_file);
    let with_password = url.replace("ada@", "ada:sp%C3%A4t%20%26%20fr%C3%BCh@");
    let ran = green(command(&with_password));
    assert!(
        !ran.out.contains("sp%C3") && !ran.out.contains("spät"),
        "{}",
        ran.out
    );
    host.assert_is_as(&before);
}

#[test]
fn the_password_of_the_server_is_not_told_to_scripts() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    project.write(
        "sql-tests/a.sql",
        r"\getenv password PGPASSWORD
\getenv host PGHOST
\setenv PGUSER told
\getenv user PGUSER
SELECT plan(3);
SELECT is(:{?password}, false, 'no password');
SELECT is(:{?host}, false, 'nor the way to the server');
SELECT is(:'user'::text, 'told', 'what is set is there');
",
    );
    project.write(
        "sql-tests/programs.sql",
        r"\set password `echo ${PGPASSWORD-none}`
\set name `echo $PGDATABASE`
SELECT plan(2);
SELECT is(:'name'::text, :'DBNAME'::text, 'the way to the database');
SELECT is(:'password'::text, :'expected'::text, 'the password');
",
    );
    let secret = host
        .by_tcp("ada")
        .replace("ada@", "ada:sp%C3%A4t%20%26%20fr%C3%BCh@");
    let ends = [
        (&secret, None, "none"),
        (&host.by_socket("ada"), Some("own"), "own"),
    ];
    for (url, own, expected) in ends {
        let expected = format!("expected={expected}");
        let arguments = ["test", "--url", url, "--allow-shell", "--set", &expected];
        let mut command = project.command(&arguments);
        match own {
            // The first file holds where the environment says nothing.
            Some(own) => command.env("PGPASSWORD", own).arg("sql-tests/programs.sql"),
            None => &mut command,
        };
        Running::start(command, project.around()).finish().expect(0);
    }
}

#[test]
fn an_owner_that_the_role_is_a_member_of_owns_and_tests() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    let before = host.state();
    let test = "SELECT plan(4);
SELECT is(current_user::text, 'carol');
SELECT is(session_user::text, 'ada');
SELECT table_owner_is('t', 'carol');
SELECT db_owner_is(current_database(), 'carol');
";
    project
        .write("migrations/V1__t.sql", "CREATE TABLE t ();\n")
        .write("sql-tests/a.sql", test)
        .write("sql-tests/b.sql", test);
    project
        .run(&["test", "--url", &host.by_socket("ada"), "--owner", "carol"])
        .expect(0);
    host.assert_is_as(&before);
}

#[test]
fn roles_scripts_run_there_only_when_they_are_told_to() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    let before = host.state();
    project.write("roles/app.sql", "CREATE ROLE app;\n").write(
        "sql-tests/a.sql",
        "SELECT plan(1);\nSELECT hasnt_role('app');\n",
    );
    let url = host.by_socket("postgres");
    project
        .run(&["test", "--url", &url])
        .expect(0)
        .tells(&["roles scripts are not run on a server that pgassay did not start"]);
    host.assert_is_as(&before);
    project
        .write("pgassay.toml", "roles_on_server = true\n")
        .write(
            "sql-tests/a.sql",
            "SELECT plan(1);\nSELECT has_role('app');\n",
        );
    project.run(&["test", "--url", &url]).expect(0);
    host.client("postgres")
        .batch_execute("DROP ROLE app")
        .unwrap();
    host.assert_is_as(&before);
}

#[test]
fn a_command_migrates_there_too() {
    let Some(psql) = psql() else { return };
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    let before = host.state();
    project.write(
        "sql-tests/a.sql",
        "SELECT plan(2);\nSELECT has_table('t');\nSELECT has_table('u');\n",
    );
    let migrate = format!(
        "'{psql}' -X \"$DATABASE_URL\" -c 'CREATE TABLE t ()' && '{psql}' -X -c 'CREATE TABLE u ()'",
        psql = psql.display()
    );
    let mut command = project.command(&[
        "test",
        "--url",
        &host.by_tcp("ada"),
        "--migrate-command",
        &migrate,
    ]);
    command.env("PGPASSWORD", "spät & früh");
    Running::start(command, project.around()).finish().expect(0);
    host.assert_is_as(&before);
}
