//! A project with migrations of a table `words`, and snapshots of it.

use crate::tool::{Host, Project, names};

/// What migrates.
pub(crate) const MIGRATIONS: [(&str, &str); 5] = [
    (
        "V1__make",
        "CREATE TABLE words (id int PRIMARY KEY, word text);\nINSERT INTO words VALUES (1, 'made');\n",
    ),
    ("V2__count", "ALTER TABLE words ADD COLUMN letters int;\n"),
    ("V3__fill", "UPDATE words SET letters = length(word);\n"),
    (
        "V4__shorten",
        "-- Words are short.\nALTER TABLE words\n    ALTER COLUMN word TYPE varchar(5);\n",
    ),
    ("V5__index", "CREATE INDEX ON words (word);\n"),
];

/// The project.
pub(crate) fn project() -> Option<Project> {
    let project = Project::new()?;
    for (name, text) in MIGRATIONS {
        project.write(&format!("migrations/{name}.sql"), text);
    }
    Some(project)
}

/// Saves a snapshot of a database that was migrated up to a version, and then got these rows; its name.
pub(crate) fn save(project: &Project, host: &Host, version: &str, rows: &str) -> String {
    let database = format!("v{version}_{}", snapshots(project).len());
    let mut client = host.client("postgres");
    client
        .batch_execute(&format!("CREATE DATABASE {database}"))
        .unwrap();
    let url = host
        .by_socket("postgres")
        .replace("dbname=postgres", &format!("dbname={database}"));
    project
        .run(&["migrate", "up", "--to", version, "--url", &url])
        .expect(0);
    host.client(&database).batch_execute(rows).unwrap();
    let before = snapshots(project);
    project.run(&["snapshot", "save", "--url", &url]).expect(0);
    let after = snapshots(project);
    let new = after.iter().find(|name| !before.contains(name)).unwrap();
    new.clone()
}

/// The names of all snapshots.
pub(crate) fn snapshots(project: &Project) -> Vec<String> {
    let directory = project.path().join("snapshots");
    if directory.is_dir() {
        names(&directory)
    } else {
        Vec::new()
    }
}

/// What the JSON of a run says of its migrations.
pub(crate) fn trials(project: &Project, arguments: &[&str], code: i32) -> Vec<serde_json::Value> {
    let all = [&["test", "--format", "json"], arguments].concat();
    let ran = project.run(&all).expect(code);
    let events = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    events
        .filter(|event: &serde_json::Value| event["event"] == "file-finished")
        .collect()
}
