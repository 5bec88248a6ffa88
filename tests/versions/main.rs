//! Test files at earlier versions of the schema, and migrations on rows that exist.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

#[path = "../tool/mod.rs"]
mod tool;

mod around;
mod dropped_roles;
mod every_layout;
mod pinned;
mod sample;
mod slips;

use tool::Project;

/// A project with three migrations of a table `t`, and a role that the second one makes.
fn project() -> Option<Project> {
    let project = Project::new()?;
    project
        .write(
            "migrations/V001__make.sql",
            "CREATE TABLE t (id int PRIMARY KEY, word text);\n",
        )
        .write(
            "migrations/V002__let_clerks_read.sql",
            "CREATE ROLE clerk;\nGRANT SELECT ON t TO clerk;\n",
        )
        .write(
            "migrations/V003__shorten.sql",
            "-- Words are short.\nALTER TABLE t\n    ALTER COLUMN word TYPE varchar(5);\n",
        );
    Some(project)
}

/// A test file of one assertion, with a header.
fn asserting(header: &str, assertion: &str) -> String {
    format!(
        "{header}\nBEGIN;\nSELECT plan(1);\nSELECT {assertion};\nSELECT * FROM finish();\nROLLBACK;\n"
    )
}
