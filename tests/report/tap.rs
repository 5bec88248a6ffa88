//! TAP 14 of a whole run, and that `prove` can read it.

use std::io::Write;
use std::process::{Command, Stdio};

use pgassay::event::{Event, Stop};
use pgassay::report::{Reporter, TapStream, TapVersion};

use crate::samples::{self, run};

fn stream(events: &[Event]) -> String {
    stream_of(events, TapVersion::V14)
}

fn stream_of(events: &[Event], version: TapVersion) -> String {
    let mut reporter = TapStream::new(Vec::new(), version);
    for event in events {
        reporter.event(event).unwrap();
    }
    reporter.finish().unwrap();
    String::from_utf8(reporter.into_writer()).unwrap()
}

#[test]
fn a_run_as_tap() {
    insta::assert_snapshot!(stream(&run(samples::outcomes(), Some(17), None, 0)));
}

#[test]
fn a_run_that_ended_early_bails_out() {
    let stop = Stop::BailOut {
        file: "sql-tests/a.sql".into(),
        reason: "no\ntable".to_owned(),
    };
    let text = stream(&run(vec![samples::passed()], None, Some(stop), 4));
    assert!(text.contains("\n1..5\n"), "{text}");
    assert!(
        text.ends_with("\nBail out! sql-tests/a.sql: no table\n"),
        "{text}"
    );
}

#[test]
fn a_run_without_files_is_a_skipped_plan() {
    let text = stream(&run(Vec::new(), None, None, 0));
    assert!(text.contains("\n1..0 # SKIP no test file\n"), "{text}");
}

#[test]
fn the_version_is_the_newest_that_the_reader_knows() {
    assert_eq!(TapVersion::for_reader(None), TapVersion::V14);
    assert_eq!(TapVersion::for_reader(Some("13")), TapVersion::V13);
    assert_eq!(TapVersion::for_reader(Some("14")), TapVersion::V14);
    assert_eq!(TapVersion::for_reader(Some("later")), TapVersion::V14);
}

/// Feeds a stream to `prove`; none where there is no `prove`.
#[allow(clippy::print_stderr, reason = "a test that was not run should say so")]
fn prove(stream: &str) -> Option<(bool, String)> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(stream.as_bytes()).unwrap();
    let mut run = Command::new("prove");
    run.args(["--verbose", "--exec", "cat"])
        .arg(file.path())
        .stdin(Stdio::null());
    let output = match run.output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: prove is not installed");
            return None;
        }
        Err(error) => panic!("cannot run prove: {error}"),
    };
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Some((output.status.success(), said.into_owned()))
}

#[test]
fn prove_passes_a_green_run() {
    let green = run(
        vec![samples::passed(), samples::todo(), samples::skip_all()],
        None,
        None,
        0,
    );
    let Some((passed, said)) = prove(&stream_of(&green, TapVersion::V13)) else {
        return;
    };
    assert!(passed, "{said}");
    assert!(said.contains("Tests=3,"), "{said}");
    assert!(!said.contains("Parse errors"), "{said}");
}

#[test]
fn prove_fails_the_files_that_did_not_pass_and_finds_no_parse_error() {
    let Some((passed, said)) = prove(&stream_of(
        &run(samples::outcomes(), Some(17), None, 0),
        TapVersion::V13,
    )) else {
        return;
    };
    assert!(!passed, "{said}");
    assert!(said.contains("Failed tests:  2-10, 13-14"), "{said}");
    assert!(!said.contains("Parse errors"), "{said}");
}
