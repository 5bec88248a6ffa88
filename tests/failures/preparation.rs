//! Roles, migrations, commands that migrate, and fixtures.

use crate::tool::{PASSING, Project, psql, wait_until};

/// Runs a project of `tests/data/failures`, which cannot proceed.
fn failure(sample: &str) -> Option<String> {
    let project = Project::of(&format!("failures/{sample}"))?;
    let ran = project.run(&["test"]).expect(2);
    project.assert_nothing_is_left();
    Some(ran.shown())
}

#[test]
fn a_statement_that_fails_is_shown_with_its_place_and_all_that_the_server_says() {
    for sample in ["statement", "function", "included", "data", "hint"] {
        let Some(shown) = failure(sample) else { return };
        insta::assert_snapshot!(sample, shown);
    }
}

#[test]
fn a_script_that_cannot_be_run_says_why() {
    for sample in [
        "command",
        "shell",
        "unfinished",
        "open_transaction",
        "swallowed",
    ] {
        let Some(shown) = failure(sample) else { return };
        insta::assert_snapshot!(sample, shown);
    }
}

#[test]
fn roles_fixtures_and_an_owner_that_fail_are_told_as_such() {
    for sample in [
        "roles",
        "fixtures",
        "owner_without_login",
        "owner_without_right",
    ] {
        let Some(shown) = failure(sample) else { return };
        insta::assert_snapshot!(sample, shown);
    }
}

#[test]
fn migrations_that_are_no_set_are_refused_before_a_server_is_made() {
    for sample in ["duplicate_versions", "no_sql"] {
        let Some(shown) = failure(sample) else { return };
        insta::assert_snapshot!(sample, shown);
    }
}

#[test]
fn a_command_that_fails_to_migrate_is_told_with_the_end_of_its_output() {
    // Shells differ in their words.
    let words = regex::Regex::new("(?m)^.*no-such-migration-tool: .*$").unwrap();
    for sample in ["command_fails", "command_missing", "command_silent"] {
        let Some(shown) = failure(sample) else { return };
        insta::assert_snapshot!(sample, words.replace(&shown, "[THE SHELL'S WORDS]"));
    }
}

#[test]
fn of_a_long_output_only_the_end_is_told() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", PASSING);
    let command = "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; exit 1";
    let ran = project
        .run(&["test", "--migrate-command", command])
        .expect(2);
    assert!(ran.err.ends_with("line 2998\nline 2999\n"), "{}", ran.err);
    assert!(ran.err.len() < 5000, "{}", ran.err.len());
}

#[test]
fn what_needs_no_transaction_runs_without_one() {
    let Some(project) = Project::of("failures/works") else {
        return;
    };
    project.run(&["test"]).expect(0);
}

#[test]
fn no_migrations_are_no_failure() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("sql-tests/a.sql", PASSING)
        .write("migrations/.keep", "");
    project.run(&["test"]).expect(0);
}

#[test]
fn an_owner_that_no_roles_script_makes_is_made() {
    let Some(project) = Project::new() else {
        return;
    };
    let test = "SELECT plan(2);\nSELECT is(current_user::text, 'app');\nSELECT db_owner_is(current_database(), 'app');\n";
    project.write("sql-tests/a.sql", test);
    let made = "prepared  the role \"app\" (setting `owner`), which no roles script makes";
    let told = |project: &Project| {
        let ran = project.run(&["test", "--no-cache", "--owner", "app"]);
        ran.expect(0).out
    };
    assert!(told(&project).contains(made), "{}", told(&project));
    project.write("roles/app.sql", "CREATE ROLE app LOGIN;\n");
    assert!(!told(&project).contains(made), "{}", told(&project));
}

#[test]
fn a_command_migrates_by_the_url_and_by_the_variables_of_libpq() {
    let Some(psql) = psql() else { return };
    let Some(project) = Project::new() else {
        return;
    };
    let psql = psql.display();
    // The project's own tools expect the database that is said, whatever the machine's environment says.
    let script = format!(
        "set -e\n\
         {psql} -X -v ON_ERROR_STOP=1 \"$DATABASE_URL\" -c 'CREATE TABLE by_url ()'\n\
         {psql} -X -v ON_ERROR_STOP=1 -c 'CREATE TABLE by_variables ()'\n\
         pwd > where\n\
         echo \"$PGUSER $PGDATABASE $PGHOST\" > who\n"
    );
    let settings = "migrate_command = \"sh migrate.sh\"\nowner = \"O'Hara @home\"\n";
    project
        .write("migrate.sh", &script)
        .write("pgassay.toml", settings);
    let test = "SELECT plan(4);
SELECT has_table('by_url');
SELECT has_table('by_variables');
SELECT table_owner_is('by_url', 'O''Hara @home');
SELECT is((SELECT count(*) FROM pg_authid WHERE rolpassword IS NOT NULL), 0::bigint, 'no password stays');
";
    project.write(
        "sql-tests/a.sql",
        &format!("-- pgassay: role postgres\n{test}"),
    );
    let mut command = project.command(&["test"]);
    command
        .env("PGHOST", "/nowhere")
        .env("PGSERVICE", "nonsense")
        .env("PGOPTIONS", "-c nonsense=1");
    crate::tool::Running::start(command, project.around())
        .finish()
        .expect(0);
    assert_eq!(
        project.read("where").trim(),
        project.path().display().to_string()
    );
    assert_eq!(project.read("who"), "O'Hara @home pgassay 127.0.0.1\n");
}

#[test]
fn a_command_that_migrates_leaves_the_owners_password_and_no_process() {
    let Some(project) = Project::new() else {
        return;
    };
    let settings =
        "migrate_command = \"sleep 600 & echo $! > pid\"\nowner = \"app\"\nroles = \"roles.sql\"\n";
    let hash = "md5f3b1c6a7d0e94b528f6a3c1d7e0b9a45";
    let test = format!(
        "-- pgassay: role postgres\nSELECT plan(1);\nSELECT is(rolpassword, '{hash}') FROM pg_authid WHERE rolname = 'app';\n"
    );
    project
        .write("pgassay.toml", settings)
        .write(
            "roles.sql",
            &format!("CREATE ROLE app LOGIN PASSWORD '{hash}';\n"),
        )
        .write("sql-tests/a.sql", &test);
    project.run(&["test"]).expect(0);
    let pid: i32 = project.read("pid").trim().parse().unwrap();
    wait_until("the command's child is gone", || {
        // Killed and, where nobody waits for it, perhaps still listed.
        std::fs::read_to_string(format!("/proc/{pid}/stat"))
            .map_or(true, |stat| stat.contains(") Z "))
    });
}
