//! `pgassay db reset`.

use std::process::{Command, Stdio};

use crate::tool::{Running, psql};
use crate::{ask, done, running_shop, url};

#[test]
fn the_database_is_made_anew_and_the_servers_roles_are_not() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    ask(&project, "CREATE TABLE junk ()");
    let ran = project.run(&["db", "reset", "--yes"]).expect(0);
    assert_eq!(
        done(&ran),
        [
            "dropped  the database \"shop\"",
            "created  the database \"shop\"",
            "applied  migrations/V1__users.sql",
            "applied  migrations/V2__orders.sql",
            "ran  fixtures/1_users.sql",
        ]
    );
    assert_eq!(ask(&project, "SELECT to_regclass('junk') IS NULL"), "t");
    let again = project.run(&["db", "up"]).expect(0);
    assert_eq!(done(&again), Vec::<String>::new());
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn without_a_terminal_to_ask_on_nothing_is_dropped() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    let refused = project.run(&["db", "reset"]).expect(2);
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    assert_eq!(ask(&project, "SELECT count(*) FROM users"), "2");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn on_a_terminal_the_databases_name_has_to_be_typed() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    ask(&project, "CREATE TABLE junk ()");
    // util-linux's `script` gives it a terminal.
    let asked = |answer: &str| {
        let tool = project.command(&["db", "reset"]);
        let line = format!("'{}' db reset", tool.get_program().to_string_lossy());
        let mut command = Command::new("sh");
        command
            .args([
                "-c",
                &format!("printf '{answer}\\n' | script -qec \"{line}\" /dev/null"),
            ])
            .current_dir(project.path())
            .stdin(Stdio::null())
            .env_clear()
            .envs(
                tool.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        Running::start(command, project.around()).finish()
    };
    let has_script = Command::new("script")
        .arg("--version")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux"));
    if has_script {
        let wrong = asked("yes");
        assert_eq!(wrong.code, Some(2), "{}", wrong.out);
        assert!(
            wrong.out.contains("Type the database's name, shop,"),
            "{}",
            wrong.out
        );
        assert!(wrong.out.contains("nothing was done"), "{}", wrong.out);
        assert_eq!(ask(&project, "SELECT to_regclass('junk') IS NULL"), "f");
        let right = asked("shop");
        assert_eq!(right.code, Some(0), "{}", right.out);
        assert_eq!(ask(&project, "SELECT to_regclass('junk') IS NULL"), "t");
    }
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_protected_environment_is_never_reset_whatever_is_typed() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    let settings = format!(
        "database_name = \"shop\"\n[environment.live]\nurl = \"{}\"\nprotected = true\n",
        url(&project)
    );
    project.write("pgassay.toml", &settings);
    let refused = project
        .run(&["db", "reset", "--env", "live", "--yes", "--force"])
        .expect(2);
    assert!(
        refused.err.contains("environment live is protected"),
        "{}",
        refused.err
    );
    // Nor under another name.
    for arguments in [
        &["db", "reset", "--yes", "--url", &url(&project)][..],
        &["db", "reset", "--yes", "--env", "copy"],
    ] {
        let settings = format!(
            "{settings}[environment.copy]\nurl = \"{}\"\n",
            url(&project)
        );
        project.write("pgassay.toml", &settings);
        let refused = project.run(arguments).expect(2);
        assert!(
            refused
                .err
                .contains("of environment live, which is protected"),
            "{}",
            refused.err
        );
    }
    assert_eq!(ask(&project, "SELECT count(*) FROM users"), "2");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_protected_database_is_known_again_however_its_url_is_written() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    let url = url(&project);
    let (_, password) = url.split_once("postgres:").unwrap();
    let (password, _) = password.split_once('@').unwrap();
    let (_, port) = url.split_once("127.0.0.1:").unwrap();
    let (port, _) = port.split_once('/').unwrap();
    let socket = project.path().join(".pgassay/server");
    let by_socket = format!(
        "host={} port={port} user=postgres dbname=shop",
        socket.display()
    );
    let by_name = url.replace("127.0.0.1", "localhost");
    let refused = |protected: &str, arguments: &[&str], told: &str| {
        let settings = format!(
            "database_name = \"shop\"\n[environment.live]\nurl = \"{protected}\"\nprotected = true\n"
        );
        project.write("pgassay.toml", &settings);
        let mut all = vec!["db", "reset", "--yes"];
        all.extend(arguments);
        let refused = project.run(&all).expect(2);
        assert!(
            refused
                .err
                .contains("of environment live, which is protected")
                && refused.err.contains(told),
            "{protected} {arguments:?}: {}",
            refused.err
        );
    };
    let of_url = url.replace(password, "${NOT_SET}");
    for typed in [&url, &by_name, &by_socket] {
        for protected in [&url, &by_name, &by_socket, &of_url] {
            refused(protected, &["--url", typed], "is the database \"shop\"");
        }
    }
    refused(&of_url, &[], "is the database \"shop\"");
    // What is not known of it may be anything.
    for unknown in [
        url.replace("127.0.0.1", "${NOT_SET}"),
        url.replace(port, "${NOT_SET}"),
        url.replace("/shop?", "/${NOT_SET}?"),
        "${NOT_SET}".to_owned(),
    ] {
        refused(&unknown, &["--url", &url], "while NOT_SET is not set");
    }
    assert_eq!(crate::ask_at(&url, "SELECT count(*) FROM users"), "2");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn what_is_another_database_than_the_protected_one_is_reset() {
    let Some(project) = running_shop() else {
        return;
    };
    let settings = |protected: &str| {
        let text = format!(
            "database_name = \"shop\"\n[environment.live]\nurl = \"{protected}\"\nprotected = true\n"
        );
        project.write("pgassay.toml", &text);
    };
    let url = url(&project);
    for protected in [
        "${NOT_SET}".to_owned(),
        "postgres://deploy@${NOT_SET}/shop".to_owned(),
        "postgres://deploy:${NOT_SET}@127.0.0.1:1/shop".to_owned(),
        url.replace("/shop?", "/shop_live?"),
    ] {
        settings(&protected);
        project.run(&["db", "reset", "--yes"]).expect(0);
    }
    project
        .run(&["db", "reset", "--yes", "--url", &url])
        .expect(0);
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_database_of_the_servers_own_is_not_reset() {
    let Some(project) = running_shop() else {
        return;
    };
    let own = url(&project).replace("/shop?", "/postgres?");
    let refused = project
        .run(&["db", "reset", "--url", &own, "--yes"])
        .expect(2);
    assert!(refused.err.contains("\"postgres\""), "{}", refused.err);
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn sessions_of_others_are_told_of_and_ended_only_by_force() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    let mut other = Command::new(psql().unwrap())
        .args(["-Xqd", &url(&project), "-c", "SELECT pg_sleep(60)"])
        .env_clear()
        .env("PGAPPNAME", "somebody")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    crate::tool::wait_until("the other session is there", || {
        ask(
            &project,
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'somebody'",
        ) == "1"
    });
    let refused = project.run(&["db", "reset", "--yes"]);
    let forced = project.run(&["db", "reset", "--yes", "--force"]);
    other.kill().unwrap();
    other.wait().unwrap();
    let refused = refused.expect(2);
    assert!(
        refused
            .err
            .contains("of role postgres from 127.0.0.1 (somebody)"),
        "{}",
        refused.err
    );
    assert_eq!(done(&forced.expect(0)).len(), 5);
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn one_that_fails_behind_the_drop_says_what_goes_on() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    project.write("migrations/V2__orders.sql", "SELECT 1/0;\n");
    let failed = project.run(&["db", "reset", "--yes"]).expect(2);
    assert!(
        failed
            .err
            .contains("was dropped before; when that is mended, `pgassay db up` goes on"),
        "{}",
        failed.err
    );
    project.write("migrations/V2__orders.sql", "SELECT 1;\n");
    project.run(&["db", "up"]).expect(0);
    assert_eq!(ask(&project, "SELECT count(*) FROM users"), "2");
    project.run(&["db", "stop"]).expect(0);
}

#[test]
fn a_migration_that_cannot_be_read_shows_before_anything_is_dropped() {
    let Some(project) = running_shop() else {
        return;
    };
    project.run(&["db", "up"]).expect(0);
    project.write("migrations/V2__again.sql", "SELECT 1;\n");
    project.run(&["db", "reset", "--yes"]).expect(2);
    assert_eq!(ask(&project, "SELECT count(*) FROM users"), "2");
    project.run(&["db", "stop"]).expect(0);
}
