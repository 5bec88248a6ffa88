//! `--coverage`: what a run tells of the schema, and that the tests see nothing of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod gates;
mod kept;
mod logic;
mod measured;
mod same;
mod sample;
mod since;

use std::collections::BTreeSet;

use serde_json::Value;
use tool::{Project, Ran};

/// A project with a small schema.
fn project() -> Option<Project> {
    let project = Project::new()?;
    project
        .write("roles/roles.sql", "CREATE ROLE app LOGIN;\n")
        .write(
            "migrations/V1__tables.sql",
            "CREATE TABLE t (\n  id integer PRIMARY KEY,\n  name text NOT NULL CHECK (name <> '')\n);\n\nGRANT SELECT ON t TO app;\n",
        )
        .write(
            "migrations/V2__more.sql",
            "ALTER TABLE t ADD COLUMN note text DEFAULT 'none';\n",
        );
    Some(project)
}

/// A file of so many assertions, within a transaction.
fn file(assertions: &[&str]) -> String {
    let plan = format!("BEGIN;\nSELECT plan({});\n", assertions.len());
    let body: String = assertions
        .iter()
        .map(|it| format!("SELECT {it};\n"))
        .collect();
    format!("{plan}{body}SELECT finish();\nROLLBACK;\n")
}

fn run(project: &Project, arguments: &[&str]) -> Ran {
    let ran = project.run(&[&["test", "--coverage"], arguments].concat());
    project.assert_nothing_is_left();
    ran
}

/// What `pgassay coverage` reports in JSON.
fn report(project: &Project, reports: &[&str]) -> Value {
    let ran = project.run(&[&["coverage", "--format", "data"], reports].concat());
    serde_json::from_str(&ran.expect(0).out).unwrap()
}

/// The object of a kind, whose own name and whose parent's are these.
fn object<'r>(report: &'r Value, kind: &str, parent: Option<&str>, name: &str) -> &'r Value {
    let objects = report["objects"].as_array().unwrap();
    let found = objects.iter().find(|it| {
        let its = &it["name"];
        its["kind"] == kind && its["name"] == name && its["parent"].as_str() == parent
    });
    found.unwrap_or_else(|| panic!("no {kind} {name}: {report:#}"))
}

/// The properties of an object that assertions about it pinned down, with the lines of these.
fn asserted(object: &Value) -> Vec<String> {
    let properties = object["asserted"].as_object().unwrap();
    let lines = |assertions: &Value| -> BTreeSet<String> {
        let direct = assertions.as_array().unwrap().iter();
        direct
            .filter(|it| it["is_direct"] == true)
            .map(|it| {
                let place = &it["place"];
                format!("{}:{}", place["file"].as_str().unwrap(), place["line"])
            })
            .collect()
    };
    properties
        .iter()
        .map(|(property, assertions)| (property, lines(assertions)))
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(property, lines)| format!("{property}: {}", Vec::from_iter(lines).join(" ")))
        .collect()
}
