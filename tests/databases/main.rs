//! The developer's database: `pgassay db`, and `pgassay shell`, with real servers.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod reset;
mod secrets;
mod seeds;
mod server;
mod shell;
#[path = "../tool/mod.rs"]
mod tool;
mod up;

use std::process::Command;

use tool::{Project, Ran, psql};

/// A project with a roles script, two migrations and fixtures.
pub(crate) fn shop() -> Option<Project> {
    let project = Project::new()?;
    project
        .write("pgassay.toml", "database_name = \"shop\"\n")
        .write("roles/1_roles.sql", "CREATE ROLE shop_reader;\n")
        .write(
            "migrations/V1__users.sql",
            "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);\nGRANT SELECT ON users TO shop_reader;\n",
        )
        .write(
            "migrations/V2__orders.sql",
            "CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users);\n",
        )
        .write(
            "fixtures/1_users.sql",
            "INSERT INTO users VALUES (1, 'Ada'), (2, 'Grace');\n",
        );
    Some(project)
}

/// One with its server running.
pub(crate) fn running_shop() -> Option<Project> {
    let project = shop()?;
    project.run(&["db", "start"]).expect(0);
    Some(project)
}

/// The URL of the project's database, with its password.
pub(crate) fn url(project: &Project) -> String {
    let ran = project.run(&["db", "url"]).expect(0);
    ran.out.trim_end().to_owned()
}

/// What a query brings, `|` between its columns, `;` between its rows.
#[track_caller]
pub(crate) fn ask(project: &Project, query: &str) -> String {
    ask_at(&url(project), query)
}

/// The same, in the database at a URL.
#[track_caller]
pub(crate) fn ask_at(url: &str, query: &str) -> String {
    let output = Command::new(psql().unwrap())
        .args(["-XqAt", "-d", url, "-c", query])
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim_end().replace('\n', ";")
}

/// The lines that tell what was done, without their times: `created  the database "shop"`.
pub(crate) fn done(ran: &Ran) -> Vec<String> {
    let lines = ran.out.lines().filter(|line| line.ends_with("s)"));
    lines
        .map(|line| line.trim_start().rsplit_once("  (").unwrap().0.to_owned())
        .collect()
}
