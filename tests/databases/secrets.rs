//! No password is ever printed, wherever it stands and whatever is wrong with it.

use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use crate::tool::{Project, Ran, Running};

/// The recognisable part of every password here.
const SECRET: &str = "hunter2";

fn ran(project: &Project, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command: Command = project.command(arguments);
    command.envs(variables.iter().copied());
    Running::start(command, project.around()).finish()
}

/// Fails when what was printed holds the secret. That something was printed shows that there was something to hide.
#[track_caller]
fn assert_hidden(ran: &Ran, what: &str) {
    let printed = format!("{}{}", ran.out, ran.err);
    assert!(!printed.trim().is_empty(), "{what}: nothing is printed");
    assert!(!printed.contains(SECRET), "{what}:\n{printed}");
}

/// Connection strings that are right, and that are wrong in ways that errors tell of. None leads to a server.
const STRINGS: [&str; 13] = [
    "postgres://u:hunter2@127.0.0.1:1/d",
    "postgresql://u:xhunter2@127.0.0.1:1/d?connect_timeout=1",
    "postgres://u:x@hunter2@127.0.0.1:1/d",
    "postgres://u:x/hunter2@127.0.0.1:1/d",
    "postgres://u:x#hunter2?@127.0.0.1:1/d",
    "postgres://u:%zzhunter2@127.0.0.1:1/d",
    "postgres://u:hunter2",
    "postgres://127.0.0.1:1/d?password=hunter2&nosuch=1",
    "postgres://127.0.0.1:1/d?password=x%ZZhunter2",
    "host=127.0.0.1 port=1 user=u password=hunter2",
    "host=127.0.0.1 port=1 password=x hunter2 dbname=d",
    "host=127.0.0.1 port=1 password = 'x hunter2",
    "host=127.0.0.1 port=no password=hunter2",
];

#[test]
fn a_connection_string_is_hidden_in_every_place_where_it_can_be_said() {
    let project = Project::without_server();
    project.write("sql-tests/a.sql", "SELECT plan(1);\n");
    for string in STRINGS {
        let variables = [("PGASSAY_URL", string)];
        assert_hidden(&ran(&project, &["test", "-v"], &variables), string);
        for arguments in [
            &["test", "-v", "--url", string][..],
            &["test", "--url", string, "--pg-version", "15"],
            &["test", string],
            &["test", "--roles", string],
            &["--url", string],
            &["--url", string, "sql-tests"],
            &["tst", "--url", string],
            &["db", "up", "--url", string],
            &["db", "up", "--url", string, "--env", "dev"],
            &["db", "reset", "--url", string],
            &["db", "reset", "--yes", "--force", "--url", string],
            &["migrate", "status", "-v", "--url", string],
            &["migrate", "up", "--url", string],
            &["shell", "--roles", string],
            &["db", "up", "--env", string],
            &["test", "--profile", string],
            &["test", "--config", string],
            &["test", "-C", string],
            &["test", "--match", &format!("({string}")],
        ] {
            let told = format!("{arguments:?}");
            assert_hidden(&ran(&project, arguments, &[]), &told);
        }
    }
}

#[test]
fn the_settings_file_is_never_quoted_with_a_password() {
    let project = Project::without_server();
    project.write("sql-tests/a.sql", "SELECT plan(1);\n");
    let commands: [&[&str]; 3] = [
        &["test", "-v"],
        &["db", "reset", "--env", "dev"],
        &["migrate", "status"],
    ];
    for string in STRINGS {
        let quoted = format!("'''{string}'''");
        let files = [
            format!("url = {quoted}\n[environment.dev]\nurl = {quoted}\n"),
            format!("url = {quoted}\npg_version = 15\n"),
            format!("url = [{quoted}]\n"),
            format!("url = {quoted}, x\n"),
            format!("urls = {quoted}\n"),
            format!("url = \"{string}\n"),
            format!("url = {string}\n"),
            format!("pset = {{ x = {quoted}, nosuch = 1 }}\n"),
            format!("jobs = {quoted}\n"),
            format!("roles = {quoted}\n"),
            format!("timeout = {quoted}\n"),
            format!("[profile.ci]\nurl = {quoted}\nnosuch = 1\n"),
            format!("profile.ci = {{ url = {quoted}, nosuch = 1 }}\n"),
            format!("environment.dev = {{ url = {quoted}, nosuch = 1 }}\n"),
            format!("[environment.dev]\nurl = '''{string}${{NOT_SET}}'''\n"),
            format!("[environment.dev]\nurl = '''{string}${{'''\n"),
            format!("[environment]\ndev = {quoted}\n"),
        ];
        for file in files {
            project.write("pgassay.toml", &file);
            for arguments in commands {
                let told = format!("{arguments:?} with\n{file}");
                assert_hidden(&ran(&project, arguments, &[]), &told);
            }
        }
    }
}

#[test]
fn values_of_variables_are_hidden_too() {
    let project = Project::without_server();
    project.write(
        "pgassay.toml",
        "[environment.dev]\nurl = \"postgres://u:${PW}@127.0.0.1:1/${DB:-d}\"\n",
    );
    for password in ["hunter2", "x@hunter2", "x/hunter2", "x hunter2", "%hunter2"] {
        let told = ran(&project, &["db", "up", "-v"], &[("PW", password)]);
        assert_hidden(&told, password);
        assert_eq!(told.code, Some(2));
    }
    let mut command = project.command(&["db", "up"]);
    command.env("PW", std::ffi::OsStr::from_bytes(b"hunter2\xff"));
    let told = Running::start(command, project.around()).finish();
    assert_hidden(&told, "not UTF-8");
    assert!(told.err.contains("PW"), "{}", told.err);
    let mut command = project.command(&["test"]);
    command.env(
        "PGASSAY_URL",
        std::ffi::OsStr::from_bytes(b"postgres://u:hunter2\xff@h"),
    );
    let told = Running::start(command, project.around()).finish();
    assert_hidden(&told, "PGASSAY_URL");
}

#[test]
fn a_migrate_command_is_shown_without_its_passwords() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", "SELECT plan(1);\nSELECT pass();\n");
    for command in [
        "true -password=hunter2 -url=jdbc:postgresql://h/d?user=u&password=hunter2",
        "PGPASSWORD='x hunter2' true",
        "true --password hunter2",
        "echo postgres://u:hunter2@h/d; echo password=hunter2; exit 3",
        "echo \"$DATABASE_URL\"; exit 3 # --db-password hunter2",
    ] {
        let file = format!("migrate_command = '''{command}'''\n");
        project.write("pgassay.toml", &file);
        let told = ran(&project, &["test", "-v"], &[]);
        assert_hidden(&told, command);
        assert!(
            told.out.contains("***") || told.err.contains("***"),
            "{}{}",
            told.out,
            told.err
        );
    }
}
