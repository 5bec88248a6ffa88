//! What extensions leave behind, as far as this machine's server has them.

use crate::tool::{PASSING, Project, binaries, skip};
use crate::{file, project, run};

/// Whether the server has a library: `dblink`.
fn has_library(name: &str) -> bool {
    let file = format!("{name}.so");
    binaries().is_some_and(|binaries| {
        let lib = binaries.bin_dir.join("../lib");
        [lib.clone(), lib.join("postgresql")]
            .iter()
            .any(|directory| directory.join(&file).exists())
    })
}

/// A project whose template has an extension; none, with a word about it, where the server does not have that, or the
/// machine does not have what the extension itself needs: `plperl` needs the very version of Perl it was built with.
fn project_with(extension: &str) -> Option<Project> {
    if !has_library(extension) {
        return skip(&format!("the server has no {extension}"));
    }
    let project = project()?;
    project
        .write(
            "migrations/V2__extension.sql",
            &format!("CREATE EXTENSION {extension};\n"),
        )
        .write("sql-tests/a_leaves.sql", PASSING);
    let ran = run(&project, &[]);
    if ran.code == Some(2) && ran.err.contains("could not load library") {
        return skip(&format!("the server cannot load its {extension}"));
    }
    ran.expect(0);
    Some(project)
}

/// Writes a file that leaves something, and one that passes where it is not there.
fn write(project: &Project, leaves: &str, clean: &str) {
    let looks =
        format!("BEGIN;\nSELECT plan(1);\nSELECT ok({clean});\nSELECT finish();\nROLLBACK;\n");
    project
        .write("sql-tests/a_leaves.sql", &file(leaves))
        .write("sql-tests/b_looks.sql", &looks);
}

#[track_caller]
fn expect_clean(project: &Project) {
    for isolation in ["pristine", "copy"] {
        run(project, &["--isolation", isolation])
            .expect(0)
            .tells(&["2 files: 2 passed"]);
    }
    // The second file would see it.
    run(project, &["--isolation", "shared"])
        .expect(1)
        .tells(&["2 files: 1 passed, 1 failed"]);
}

/// The way of the server to itself.
const TO_ITSELF: &str = "format('host=%s port=%s dbname=pgassay user=postgres', trim('\"' FROM current_setting('unix_socket_directories')), \
     current_setting('port'))";

#[test]
fn what_a_connection_of_dblink_committed_while_the_file_rolled_back_is_gone() {
    let Some(project) = project_with("dblink") else {
        return;
    };
    let leaves = format!(
        "BEGIN;\nSELECT dblink_exec({TO_ITSELF}, 'INSERT INTO t (name) VALUES (''left'')') \\gset x_\nROLLBACK;"
    );
    write(&project, &leaves, "(SELECT count(*) FROM t) = 1");
    expect_clean(&project);
}

#[test]
fn what_dblink_committed_by_words_that_were_put_together_is_gone_too() {
    let Some(project) = project_with("dblink") else {
        return;
    };
    let leaves = format!(
        "BEGIN;\nDO $$ BEGIN EXECUTE 'SELECT db' || 'link_exec(' || quote_literal({TO_ITSELF}) || \
         ', ''INSERT INTO t (name) VALUES (''''left'''')'')'; END $$;\nROLLBACK;"
    );
    write(&project, &leaves, "(SELECT count(*) FROM t) = 1");
    expect_clean(&project);
}

#[test]
fn a_connection_of_dblink_ends_with_its_file() {
    let Some(project) = project_with("dblink") else {
        return;
    };
    let leaves = format!("BEGIN;\nSELECT dblink_connect('c', {TO_ITSELF}) \\gset x_\nROLLBACK;");
    write(&project, &leaves, "dblink_get_connections() IS NULL");
    for isolation in ["pristine", "copy"] {
        run(&project, &["--isolation", isolation])
            .expect(0)
            .tells(&["2 files: 2 passed"]);
    }
}

#[test]
fn a_library_that_was_loaded_is_not_there_for_the_next_file() {
    if !has_library("auto_explain") {
        skip::<()>("the server has no auto_explain");
        return;
    }
    let Some(project) = project() else { return };
    write(
        &project,
        "BEGIN;\nLOAD 'auto_explain';\nROLLBACK;",
        "current_setting('auto_explain.log_analyze', true) IS NULL",
    );
    for isolation in ["pristine", "copy"] {
        run(&project, &["--isolation", isolation])
            .expect(0)
            .tells(&["2 files: 2 passed"]);
    }
}

#[test]
fn what_an_interpreter_keeps_is_not_there_for_the_next_file() {
    let Some(project) = project_with("plperl") else {
        return;
    };
    project.write(
        "migrations/V3__functions.sql",
        "CREATE FUNCTION keep() RETURNS void LANGUAGE plperl AS '$_SHARED{kept} = 1';
CREATE FUNCTION kept() RETURNS boolean LANGUAGE plperl AS 'return exists $_SHARED{kept} ? 1 : 0';\n",
    );
    write(&project, "SELECT keep() \\gset x_", "NOT kept()");
    for isolation in ["pristine", "copy"] {
        run(&project, &["--isolation", isolation])
            .expect(0)
            .tells(&["2 files: 2 passed"]);
    }
}

#[test]
fn settings_that_a_library_brings_along_are_not_there_for_the_next_file() {
    let Some(project) = project_with("pg_trgm") else {
        return;
    };
    project.write(
        "migrations/V3__functions.sql",
        "CREATE FUNCTION threshold() RETURNS text LANGUAGE sql
             AS 'SELECT current_setting(''pg_trgm.similarity_threshold'', true)';\n",
    );
    let leaves = "BEGIN;\nSELECT similarity('a', 'b') \\gset x_\nROLLBACK;";
    for clean in [
        "threshold() IS NULL",
        "current_setting('pg_trgm.similarity_threshold', true) IS NULL",
    ] {
        write(&project, leaves, clean);
        for isolation in ["pristine", "copy"] {
            run(&project, &["--isolation", isolation])
                .expect(0)
                .tells(&["2 files: 2 passed"]);
        }
    }
}
