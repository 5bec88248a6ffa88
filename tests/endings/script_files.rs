//! Files that scripts read and write: none makes a run wait past its time limit.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::tool::{PASSING, Project};

/// A test file with a time limit that runs these lines and would pass.
fn limited(lines: &str) -> String {
    format!(
        "-- pgassay: timeout 1s\nBEGIN;\nSELECT plan(1);\nCREATE TABLE t (i int);\n{lines}\nSELECT pass();\nROLLBACK;\n"
    )
}

#[test]
fn what_is_no_regular_file_is_neither_read_nor_written() {
    let Some(project) = Project::new() else {
        return;
    };
    mkfifo(&project.path().join("fifo"), Mode::S_IRWXU).unwrap();
    for (name, line) in [
        ("from_fifo", r"\copy t from 'fifo'"),
        ("from_zero", r"\copy t from '/dev/zero'"),
        ("to_fifo", r"\copy t to 'fifo'"),
        ("out_fifo", r"\o fifo"),
        ("g_fifo", r"SELECT 1 \g fifo"),
        (
            "null_is_fine",
            "\\copy t from '/dev/null'\n\\copy t to '/dev/null'\n\\o /dev/null\n\\o",
        ),
    ] {
        project.write(&format!("sql-tests/{name}.sql"), &limited(line));
    }
    project.run(&["test", "-j", "1"]).expect(1).tells(&[
        "fifo: it is no regular file",
        "/dev/zero: it is no regular file",
        "6 files: 1 passed, 5 broken",
    ]);
    project.assert_nothing_is_left();
}

#[test]
fn a_copy_from_a_file_ends_with_its_time_limit_and_with_the_servers_error() {
    let Some(project) = Project::new() else {
        return;
    };
    // The server takes all that comes, at once and for long.
    let mut long = File::create(project.path().join("long")).unwrap();
    let lines = "1\n".repeat(1 << 20);
    for _ in 0..48 {
        long.write_all(lines.as_bytes()).unwrap();
    }
    // Wrong in its first line, and a terabyte long.
    let mut wrong = File::create(project.path().join("wrong")).unwrap();
    wrong.write_all(b"one\n").unwrap();
    wrong.set_len(1 << 40).unwrap();
    project
        .write(
            "sql-tests/long.sql",
            &limited(r"\copy t from 'long' where false"),
        )
        .write(
            "sql-tests/wrong.sql",
            &limited(r"\copy t from 'wrong'").replace("timeout 1s", "timeout 50s"),
        )
        .write("sql-tests/z.sql", PASSING);
    let begin = Instant::now();
    let ran = project.run(&["test", "-j", "1"]).expect(1).tells(&[
        "time limit of 1s",
        "invalid input syntax for type integer: \"one\"",
        "3 files: 1 passed, 2 broken",
    ]);
    assert!(begin.elapsed() < Duration::from_secs(30), "{}", ran.out);
    project.assert_nothing_is_left();
}
