//! `pgassay db up`.

use crate::tool::Running;
use crate::{ask, done, running_shop, shop, url};

#[test]
fn one_command_sets_all_up_and_again_only_brings_it_up_to_date() {
    let Some(project) = running_shop() else {
        return;
    };
    let first = project.run(&["db", "up"]).expect(0);
    assert_eq!(
        done(&first),
        [
            "created  the database \"shop\"",
            "ran  roles/1_roles.sql",
            "applied  migrations/V1__users.sql",
            "applied  migrations/V2__orders.sql",
            "ran  fixtures/1_users.sql",
        ]
    );
    let password = url(&project);
    let (_, password) = password.split_once("postgres:").unwrap();
    let (password, _) = password.split_once('@').unwrap();
    assert!(!first.out.contains(password), "{}", first.out);
    let again = project.run(&["db", "up"]).expect(0);
    assert_eq!(done(&again), Vec::<String>::new());
    let again = again.tells(&["was up to date: 1 roles script, 2 migrations, 1 fixtures script"]);
    assert_eq!(again.err, "");
    project
        .write("migrations/V3__items.sql", "CREATE TABLE items ();\n")
        .write(
            "fixtures/2_orders.sql",
            "INSERT INTO orders VALUES (1, 1);\n",
        );
    let more = project.run(&["db", "up"]).expect(0);
    assert_eq!(
        done(&more),
        [
            "applied  migrations/V3__items.sql",
            "ran  fixtures/2_orders.sql"
        ]
    );
    assert_eq!(
        ask(&project, "SELECT name FROM users ORDER BY id"),
        "Ada;Grace"
    );
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn without_a_server_it_says_what_to_do() {
    let Some(project) = shop() else { return };
    let refused = project.run(&["db", "up"]).expect(2);
    assert!(
        refused.err.contains("`pgassay db start`"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("--url"), "{}", refused.err);
}

#[test]
fn an_environment_that_is_added_does_not_take_the_place_of_the_projects_own_server() {
    let Some(project) = running_shop() else {
        return;
    };
    let own = url(&project);
    let elsewhere = own.replace("/shop?", "/elsewhere?");
    project.write(
        "pgassay.toml",
        &format!("database_name = \"shop\"\n[environment.staging]\nurl = \"{elsewhere}\"\n"),
    );
    let ran = project.run(&["db", "url"]).expect(0);
    assert_eq!(ran.out.trim_end(), own);
    assert!(
        ran.err
            .starts_with("note: this is about the server of `pgassay db start`")
            && ran.err.contains("--env staging"),
        "{}",
        ran.err
    );
    let named = project.run(&["db", "url", "--env", "staging"]).expect(0);
    assert_eq!(
        (named.out.trim_end(), named.err.as_str()),
        (&*elsewhere, "")
    );
    project.run(&["db", "stop"]).expect(0);
    let refused = project.run(&["db", "up"]).expect(2);
    assert!(
        refused
            .err
            .starts_with("error: this project's server does not run: `pgassay db start`"),
        "{}",
        refused.err
    );
}

#[test]
fn an_environment_called_dev_is_meant_before_the_projects_own_server_and_that_is_told() {
    let Some(project) = running_shop() else {
        return;
    };
    let dev = url(&project).replace("/shop?", "/dev?");
    project.write(
        "pgassay.toml",
        &format!("[environment.dev]\nurl = \"{dev}\"\n"),
    );
    let ran = project.run(&["db", "url"]).expect(0);
    assert_eq!(ran.out.trim_end(), dev);
    assert!(
        ran.err.contains("environment dev") && ran.err.contains("this project's own server"),
        "{}",
        ran.err
    );
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_changed_fixtures_script_is_told_of_and_runs_again_only_when_that_is_said() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    project.write(
        "fixtures/1_users.sql",
        "INSERT INTO users VALUES (3, 'Edsger');\n",
    );
    let told = project.run(&["db", "up"]).expect(0);
    assert!(
        told.err.contains("fixtures/1_users.sql has changed"),
        "{}",
        told.err
    );
    assert_eq!(ask(&project, "SELECT count(*) FROM users"), "2");
    let again = project.run(&["db", "up", "--fixtures-again"]).expect(0);
    assert_eq!(done(&again), ["ran  fixtures/1_users.sql"]);
    assert_eq!(ask(&project, "SELECT count(*) FROM users"), "3");
    let quiet = project.run(&["db", "up", "--fixtures-again"]).expect(0);
    assert_eq!(done(&quiet), Vec::<String>::new());
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_roles_script_runs_again_when_it_has_changed_and_its_error_says_what_to_do() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    let safe = "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_reader') THEN CREATE ROLE \
                shop_reader; END IF; END $$;\nALTER ROLE shop_reader CONNECTION LIMIT 7;\n";
    project.write("roles/1_roles.sql", safe);
    let ran = project.run(&["db", "up"]).expect(0);
    assert_eq!(done(&ran), ["ran  roles/1_roles.sql, which has changed"]);
    let limit = "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'shop_reader'";
    assert_eq!(ask(&project, limit), "7");
    project.write("roles/1_roles.sql", "CREATE ROLE shop_reader;\n");
    let failed = project.run(&["db", "up"]).expect(2);
    assert!(
        failed.err.contains("roles/1_roles.sql:1: ERROR 42710"),
        "{}",
        failed.err
    );
    for told in ["IF NOT EXISTS", "has changed since it ran here"] {
        assert!(failed.err.contains(told), "{}", failed.err);
    }
    assert!(!failed.err.contains("another database"), "{}", failed.err);
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn of_two_at_once_one_waits_for_the_other() {
    let Some(project) = running_shop() else {
        return;
    };
    project
        .write(
            "roles/1_roles.sql",
            "CREATE ROLE shop_reader;\nSELECT pg_sleep(1);\n",
        )
        .write(
            "fixtures/1_users.sql",
            "INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace');\nSELECT pg_sleep(1);\n",
        );
    let both = [project.start(&["db", "up"]), project.start(&["db", "up"])];
    let both = both.map(|up| up.finish().expect(0));
    let all: Vec<String> = both.iter().flat_map(done).collect();
    assert_eq!(all.len(), 5, "{all:?}");
    let notes: String = both.iter().map(|ran| ran.err.as_str()).collect();
    assert!(
        notes.contains("note: waiting for another session (process "),
        "{notes}"
    );
    assert_eq!(ask(&project, "SELECT count(*) FROM users"), "2");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn one_that_a_signal_ends_while_it_waits_says_so_in_one_line() {
    let Some(project) = running_shop() else {
        return;
    };
    project.write("fixtures/1_users.sql", "SELECT pg_sleep(60);\n");
    let first = project.start(&["db", "up"]);
    crate::tool::wait_until("the fixtures script runs", || {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'";
        ask_in_postgres(&project, count) == "1"
    });
    let second = project.start(&["db", "up"]);
    crate::tool::wait_until("the second waits", || {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_catalog.pg_try_advisory_lock' AND datname = 'shop'";
        ask_in_postgres(&project, count) == "1"
    });
    std::thread::sleep(std::time::Duration::from_millis(300));
    for (up, waits) in [(second, true), (first, false)] {
        up.signal(nix::sys::signal::Signal::SIGTERM);
        let ended = up.finish().expect(130);
        let lines: Vec<&str> = ended.err.lines().collect();
        assert_eq!(lines.len(), if waits { 2 } else { 1 }, "{}", ended.err);
        assert!(
            lines[lines.len() - 1].starts_with("note: ended by SIGTERM; "),
            "{}",
            ended.err
        );
    }
    project.run(&["db", "stop"]).expect(0);
}

/// What a query brings in the server's own database.
fn ask_in_postgres(project: &crate::tool::Project, query: &str) -> String {
    crate::ask_at(&url(project).replace("/shop?", "/postgres?"), query)
}

#[test]
fn options_that_only_migrate_up_has_are_told_with_its_command_line() {
    let Some(project) = running_shop() else {
        return;
    };
    let staging = url(&project).replace("/shop?", "/staging?");
    project.write(
        "pgassay.toml",
        &format!("[environment.staging]\nurl = \"{staging}\"\n"),
    );
    project.run(&["db", "up", "--env", "staging"]).expect(0);
    project.write("migrations/V1.5__between.sql", "SELECT 1;\n");
    let refused = project.run(&["db", "up", "--env", "staging"]).expect(2);
    assert!(
        refused
            .err
            .contains("`pgassay migrate up --env staging` takes --out-of-order"),
        "{}",
        refused.err
    );
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_role_that_may_not_see_what_has_run_is_told_what_it_needs() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    ask(&project, "CREATE ROLE weak LOGIN PASSWORD 'weak'");
    let own = url(&project);
    let (_, behind) = own.split_once('@').unwrap();
    let weak = format!("postgresql://weak:weak@{behind}");
    let refused = project.run(&["db", "up", "--url", &weak]).expect(2);
    assert!(
        refused
            .err
            .contains("GRANT SELECT, INSERT, UPDATE, DELETE ON public.pgassay_scripts"),
        "{}",
        refused.err
    );
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn of_a_project_in_which_nothing_is_found_that_is_told() {
    let Some(project) = crate::tool::Project::new() else {
        return;
    };
    project.run(&["db", "start"]).expect(0);
    let ran = project.run(&["db", "up"]).expect(0);
    assert!(
        ran.err
            .contains("no roles, migrations or fixtures were found"),
        "{}",
        ran.err
    );
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn what_fails_leaves_nothing_of_itself_and_what_ran_before_is_not_run_again() {
    let Some(project) = running_shop() else {
        return;
    };
    project
        .write("migrations/V2__orders.sql", "CREATE TABLE oops (;\n")
        .write(
            "fixtures/1_users.sql",
            "INSERT INTO users VALUES (1, 'Ada');\nINSERT INTO users VALUES (1, 'Grace');\n",
        );
    let failed = project.run(&["db", "up"]).expect(2);
    assert!(
        failed.err.contains("migrations/V2__orders.sql:1"),
        "{}",
        failed.err
    );
    project.write("migrations/V2__orders.sql", "CREATE TABLE orders ();\n");
    let failed = project.run(&["db", "up"]).expect(2);
    assert_eq!(done(&failed), ["applied  migrations/V2__orders.sql"]);
    assert!(
        failed.err.contains("fixtures/1_users.sql:2"),
        "{}",
        failed.err
    );
    assert_eq!(ask(&project, "SELECT count(*) FROM users"), "0");
    project.write(
        "fixtures/1_users.sql",
        "INSERT INTO users VALUES (1, 'Ada');\n",
    );
    let mended = project.run(&["db", "up"]).expect(0);
    assert_eq!(done(&mended), ["ran  fixtures/1_users.sql"]);
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_fixtures_script_that_cannot_be_in_a_transaction_runs_without_one_and_once() {
    let Some(project) = running_shop() else {
        return;
    };
    project.write(
        "fixtures/1_users.sql",
        "INSERT INTO users VALUES (1, 'Ada');\nVACUUM users;\n",
    );
    project.run(&["db", "up"]).expect(0);
    let again = project.run(&["db", "up"]).expect(0);
    assert_eq!(done(&again), Vec::<String>::new());
    assert_eq!(ask(&project, "SELECT name FROM users"), "Ada");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn the_owner_that_the_settings_name_owns_the_database_and_what_is_in_it() {
    let Some(project) = running_shop() else {
        return;
    };
    project.write(
        "pgassay.toml",
        "database_name = \"shop\"\nowner = \"keeper\"\n",
    );
    let ran = project.run(&["db", "up"]).expect(0);
    assert!(
        done(&ran)
            .iter()
            .any(|line| line.starts_with("created  the role \"keeper\"")),
        "{}",
        ran.out
    );
    let owners = "SELECT pg_get_userbyid(datdba), (SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE tablename IN \
                  ('users', 'orders')) FROM pg_database WHERE datname = 'shop'";
    assert_eq!(ask(&project, owners), "keeper|keeper");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn an_environment_says_where_the_database_is_and_what_may_run_there() {
    let Some(project) = running_shop() else {
        return;
    };
    let url = url(&project).replace("/shop?", "/staging?");
    project
        .write("roles/1_roles.sql", "SELECT no_such_function();\n")
        .write(
            "migrations/V1__users.sql",
            "CREATE TABLE users (id int PRIMARY KEY, name text);\n",
        )
        .write(
            "pgassay.toml",
            "[environment.staging]\nurl = \"${STAGING_URL}\"\nroles = false\nfixtures = false\n\
             [environment.other]\nurl = \"host=nowhere.invalid\"\n",
        );
    let up = |name: &str| {
        let mut command = project.command(&["db", "up", "--env", name]);
        command.env("STAGING_URL", &url);
        Running::start(command, project.around()).finish()
    };
    let ran = up("staging").expect(0);
    assert_eq!(
        done(&ran),
        [
            "created  the database \"staging\"",
            "applied  migrations/V1__users.sql",
            "applied  migrations/V2__orders.sql"
        ]
    );
    assert!(
        ran.err
            .contains("roles scripts are not run in environment staging, where the settings say `roles = false`")
            && ran.err.contains("fixtures scripts are not run in environment staging"),
        "{}",
        ran.err
    );
    assert_eq!(crate::ask_at(&url, "SELECT count(*) FROM users"), "0");
    let unset = project.run(&["db", "up", "--env", "staging"]).expect(2);
    assert!(
        unset
            .err
            .starts_with("error: pgassay.toml:2:7: the variable STAGING_URL"),
        "{}",
        unset.err
    );
    let none = up("stagin").expect(2);
    assert!(none.err.contains("did you mean `staging`?"), "{}", none.err);
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_migrate_command_migrates_the_developers_database_too() {
    let Some(project) = running_shop() else {
        return;
    };
    let Some(psql) = crate::tool::psql() else {
        return;
    };
    let command = format!(
        "migrate_command = '''{} -qX -v ON_ERROR_STOP=1 -d \"$DATABASE_URL\" -f up.sql --set=password=hunter2'''\ndatabase_name = \"shop\"\n",
        psql.display()
    );
    project.write("pgassay.toml", &command).write(
        "up.sql",
        "CREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY, name text);\n",
    );
    let ran = project.run(&["db", "up"]).expect(0);
    assert!(!ran.out.contains("hunter2"), "{}", ran.out);
    assert_eq!(ask(&project, "SELECT count(*) FROM users"), "2");
    project.write("up.sql", "SELECT 'hunter2://u:hunter2@h', 1/0;\n");
    let failed = project.run(&["db", "up"]).expect(2);
    assert!(failed.err.contains("division by zero"), "{}", failed.err);
    project.run(&["db", "stop"]).expect(0);
}
