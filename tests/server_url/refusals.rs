//! What the server refuses: exit code 2, and a message that says what the role needs.

use crate::tool::Host;
use crate::tool::{PASSING, Project, Running};

#[test]
fn what_a_server_refuses_is_told_with_the_role_the_database_and_the_remedy() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    let before = host.state();
    project.write("sql-tests/a.sql", PASSING);
    let tcp = host.by_tcp("ada");
    let socket = host.by_socket("ada");
    let elsewhere = socket.replace("dbname=postgres", "dbname=elsewhere");
    let bob = host.by_socket("bob");
    let nobody = host.by_socket("nobody_here");
    let cases: [(&str, &[&str]); 7] = [
        ("wrong", &["--url", &tcp]),
        ("", &["--url", &tcp]),
        ("", &["--url", &elsewhere]),
        ("", &["--url", &nobody]),
        ("", &["--url", &bob]),
        ("", &["--url", &socket, "--owner", "bob"]),
        ("", &["--url", &socket, "--owner", "missing"]),
    ];
    let told = cases.map(|(password, arguments)| {
        let arguments: Vec<&str> = ["test"].iter().chain(arguments).copied().collect();
        let mut command = project.command(&arguments);
        command.env("PGPASSWORD", password);
        let ran = Running::start(command, project.around()).finish().expect(2);
        // As PostgreSQL 16 and later say it.
        ran.shown()
            .replace(&format!(":{}", host.server.port()), ":[PORT]")
            .replace("must be able to SET ROLE", "must be member of role")
    });
    insta::assert_snapshot!(told.join("\n"));
    host.assert_is_as(&before);
}

#[test]
fn the_server_may_be_named_by_the_environment_or_the_settings_file() {
    let Some(project) = Project::new() else {
        return;
    };
    let host = Host::start(&project);
    let test = "SELECT plan(1);\nSELECT is(current_user::text, 'ada');\n";
    project.write("sql-tests/a.sql", test);
    // Neither may stand beside the programs of a server.
    let command = || {
        let mut command = project.command(&["test"]);
        command.env_remove("PGASSAY_PG_BIN");
        command
    };
    let mut by_variable = command();
    by_variable.env("PGASSAY_URL", host.by_socket("ada"));
    Running::start(by_variable, project.around())
        .finish()
        .expect(0);
    project.write(
        "pgassay.toml",
        &format!("url = \"{}\"\n", host.by_socket("ada")),
    );
    Running::start(command(), project.around())
        .finish()
        .expect(0);
    // What libpq knows of the environment counts here: the server is one's own.
    project.write("pgassay.toml", "url = \"dbname=postgres\"\n");
    let mut command = command();
    command
        .env("PGHOST", host.server.socket_dir())
        .env("PGPORT", host.server.port().to_string())
        .env("PGUSER", "ada");
    Running::start(command, project.around()).finish().expect(0);
}
