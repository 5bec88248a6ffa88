//! The command line from outside: what the binary prints on which stream, and how it ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::process::{Command, Output, Stdio};

/// Runs the tool in a place where there is no project; nothing here needs one.
fn run(arguments: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_pgassay"))
        .args(arguments)
        .current_dir(directory.path())
        .env_clear()
        .env("HOME", directory.path())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What goes to standard output, with exit code 0 and nothing on standard error.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What goes to standard error, with exit code 2 and nothing on standard output.
#[track_caller]
fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments:?}");
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn the_version_is_one_line_and_with_verbose_tells_what_the_binary_carries() {
    let line = format!("pgassay {}\n", env!("CARGO_PKG_VERSION"));
    for arguments in [&["--version"][..], &["-V"]] {
        assert_eq!(printed(arguments), line);
    }
    for arguments in [
        &["--version", "--verbose"][..],
        &["-V", "-v"],
        &["-v", "--version"],
    ] {
        let told = printed(arguments);
        assert!(told.starts_with(&line), "{told}");
        for part in [
            "pgTAP 1.3.5 (bundled)",
            "PostgreSQL 13 and later",
            "MIT OR Apache-2.0",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }
}

#[test]
fn help_goes_to_standard_output_and_names_every_subcommand_and_exit_code() {
    for arguments in [&["--help"][..], &["help"], &["-h"]] {
        let help = printed(arguments);
        for word in ["test", "cache", "completions", "man", "Usage: pgassay"] {
            assert!(help.contains(word), "{help}");
        }
    }
    let help = printed(&["--help"]);
    for code in ["0 ", "1 ", "2 ", "4 ", "130 "] {
        assert!(
            help.lines().any(|line| line.trim_start().starts_with(code)),
            "{code}: {help}"
        );
    }
    for subcommand in ["test", "cache", "completions", "man"] {
        let asked = printed(&["help", subcommand]);
        assert!(
            asked.contains(&format!("Usage: pgassay {subcommand}")),
            "{asked}"
        );
        assert_eq!(asked, printed(&[subcommand, "--help"]));
    }
}

#[test]
fn without_a_subcommand_the_help_is_shown_as_a_mistake() {
    let told = refused(&[]);
    assert!(told.contains("Usage: pgassay"), "{told}");
}

#[test]
fn wrong_usage_says_what_is_wrong_and_what_is_right() {
    let cases: [(&[&str], &str); 12] = [
        (&["tset"], "'test'"),
        (&["test", "--job", "2"], "'--jobs'"),
        (&["test", "--jobs", "0"], "at least 1"),
        (&["test", "--jobs"], "a value is required"),
        (&["test", "--timeout", "5"], "say the unit"),
        (&["test", "--match", "("], "unclosed group"),
        (&["test", "--format", "xml"], "console, json, tap"),
        (
            &["test", "--url", "x", "--pg-bin", "y"],
            "cannot be used with",
        ),
        (&["test", "-q", "-v"], "cannot be used with"),
        (&["-v"], "no subcommand was named"),
        (&["cache"], "clean"),
        (&["completions", "cmd.exe"], "bash"),
    ];
    for (arguments, hint) in cases {
        let told = refused(arguments);
        assert!(told.contains(hint), "{arguments:?}: {told}");
    }
}

#[test]
fn what_is_meant_by_habits_of_pg_prove_and_psql_is_told() {
    let cases: [(&[&str], &str); 16] = [
        (
            &["test", "--timer"],
            "`--timer` is pg_prove's: times are always shown; leave it out",
        ),
        (&["test", "-rv"], "directories are always searched whole"),
        (
            &["test", "-dtest"],
            "`-d` is pg_prove's; here it is `--url`",
        ),
        (
            &["test", "--dbname=x"],
            "`--dbname` is pg_prove's; here it is `--url`",
        ),
        (&["-U", "me", "sql-tests"], "`-U` is pg_prove's"),
        (
            &["test", "--failures"],
            "failed assertions are always shown",
        ),
        (&["test", "-Q"], "here it is `-q`"),
        (&["test", "-s", "x"], "here it is `--runtests`"),
        (&["sql-tests"], "`pgassay test sql-tests`"),
        (
            &["tests/a.sql", "-j", "2"],
            "`pgassay test tests/a.sql -j 2`",
        ),
        (&["--match", "a b"], "`pgassay test --match 'a b'`"),
        (&["-D"], "`pgassay test -D`"),
        (&["test", "-vON_ERROR_STOP=0"], "`--set ON_ERROR_STOP=0`"),
        (&["test", "-v", "a=1"], "`--set a=1`"),
        (&["test", "--jobz", "1"], "a similar argument exists"),
        (&["tset"], "a similar subcommand exists"),
    ];
    for (arguments, hint) in cases {
        let told = refused(arguments);
        assert!(told.contains(hint), "{arguments:?}: {told}");
    }
}

#[test]
fn arguments_that_are_not_text_are_refused_in_order() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let output = Command::new(env!("CARGO_BIN_EXE_pgassay"))
        .arg("test")
        .arg("--match")
        .arg(OsStr::from_bytes(b"\xff"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: "));
}

#[test]
fn shells_accept_their_completions_and_bash_completes_by_them() {
    for shell in ["bash", "zsh", "fish"] {
        let script = printed(&["completions", shell]);
        for word in ["test", "cache", "migrate-command", "fail-fast"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &script).unwrap();
        // Where the shell is there, it must be able to read it.
        if let Ok(output) = Command::new(shell).arg("-n").arg(file.path()).output() {
            assert!(output.status.success(), "{shell}: {output:?}");
        }
    }
    let script = printed(&["completions", "bash"]);
    let ask = format!(
        "{script}\nCOMP_WORDS=(pgassay test --fail); COMP_CWORD=2; _pgassay pgassay --fail test; echo \"${{COMPREPLY[@]}}\""
    );
    if let Ok(output) = Command::new("bash").args(["-c", &ask]).output() {
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "--fail-fast --fail-under-branches\n",
            "{output:?}"
        );
    }
}

#[test]
fn manual_pages_are_troff_that_man_can_format() {
    for (arguments, title) in [
        (&["man"][..], ".TH pgassay 1"),
        (&["man", "test"], ".TH pgassay-test 1"),
        (&["man", "cache", "clean"], ".TH pgassay-cache-clean 1"),
    ] {
        let page = printed(arguments);
        assert!(page.contains(title), "{page}");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &page).unwrap();
        if let Ok(output) = Command::new("groff")
            .args(["-k", "-man", "-Tutf8", "-ww"])
            .arg(file.path())
            .output()
        {
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        }
    }
    let told = refused(&["man", "nothing"]);
    assert!(told.contains("no subcommand `nothing`"), "{told}");
}

#[test]
fn output_that_nobody_reads_or_that_cannot_be_written_is_told_apart() {
    use std::os::unix::net::UnixStream;
    let (ours, theirs) = UnixStream::pair().unwrap();
    drop(ours);
    let gone = Command::new(env!("CARGO_BIN_EXE_pgassay"))
        .args(["completions", "bash"])
        .stdout(Stdio::from(std::os::fd::OwnedFd::from(theirs)))
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(gone.status.code(), Some(0), "{gone:?}");
    assert_eq!(gone.stderr, b"");
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else {
        return;
    };
    let full = Command::new(env!("CARGO_BIN_EXE_pgassay"))
        .args(["completions", "bash"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(full.status.code(), Some(2));
    let told = String::from_utf8(full.stderr).unwrap();
    assert!(
        told.starts_with("error: cannot write to standard output: "),
        "{told}"
    );
}

#[test]
fn a_working_directory_that_is_gone_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let script = "rmdir \"$PWD\" && exec \"$0\" test";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_pgassay")])
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("the working directory"), "{told}");
}
