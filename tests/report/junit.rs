//! `JUnit` XML, read back as CI systems read it.

use std::collections::HashSet;

use pgassay::event::FileOutcome;
use pgassay::report::{Junit, Reporter, junit};
use roxmltree::{Document, Node};

use crate::samples::{self, run};

fn report(outcomes: &[FileOutcome]) -> String {
    junit::junit(outcomes).unwrap()
}

fn suites<'a>(document: &'a Document<'_>) -> Vec<Node<'a, 'a>> {
    document
        .descendants()
        .filter(|node| node.has_tag_name("testsuite"))
        .collect()
}

fn cases<'a>(suite: Node<'a, 'a>) -> Vec<Node<'a, 'a>> {
    suite
        .children()
        .filter(|node| node.has_tag_name("testcase"))
        .collect()
}

fn number(node: Node<'_, '_>, attribute: &str) -> f64 {
    node.attribute(attribute).unwrap().parse().unwrap()
}

fn text(node: Node<'_, '_>) -> String {
    node.children().filter_map(|child| child.text()).collect()
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.children().find(|child| child.has_tag_name(name))
}

/// For snapshots: an element a line.
fn spread(xml: &str) -> String {
    [
        "<testcase",
        "<system-",
        "</testcase",
        "</testsuite",
        "<failure",
        "<error",
        "<skipped",
    ]
    .iter()
    .fold(xml.to_owned(), |text, tag| {
        text.replace(tag, &format!("\n{tag}"))
    })
    .replace("\n\n", "\n")
}

#[test]
fn a_suite_for_each_kind_of_file() {
    let outcomes = [
        samples::passed(),
        samples::short_values(),
        samples::sql_error(),
        samples::skip_all(),
    ];
    insta::assert_snapshot!(spread(&report(&outcomes)));
}

#[test]
fn todo_and_skipped_assertions_are_skipped_cases() {
    insta::assert_snapshot!(spread(&report(&[samples::todo()])));
}

#[test]
fn subtests_are_cases_with_their_path() {
    insta::assert_snapshot!(spread(&report(&[samples::subtests()])));
}

#[test]
fn every_report_can_be_read_and_its_numbers_are_right() {
    let outcomes = samples::outcomes();
    let xml = report(&outcomes);
    let document = Document::parse(&xml).unwrap();
    let suites = suites(&document);
    assert_eq!(suites.len(), outcomes.len());
    for (index, (suite, outcome)) in suites.iter().zip(&outcomes).enumerate() {
        let cases = cases(*suite);
        let count = |name: &str| {
            cases
                .iter()
                .filter(|case| child(**case, name).is_some())
                .count()
        };
        let wanted = [
            ("id", index),
            ("tests", cases.len()),
            ("failures", count("failure")),
            ("errors", count("error")),
            ("skipped", count("skipped")),
        ];
        for (attribute, wanted) in wanted {
            assert_eq!(
                suite.attribute(attribute),
                Some(wanted.to_string().as_str()),
                "{attribute}"
            );
        }
        assert!((number(*suite, "time") - outcome.elapsed.as_secs_f64()).abs() < 1e-6);
        assert_eq!(suite.attribute("timestamp"), Some("2026-01-01T00:00:00Z"));
        let of_cases: f64 = cases.iter().map(|case| number(*case, "time")).sum();
        let of_steps: f64 = outcome
            .steps
            .iter()
            .map(|step| step.elapsed.as_secs_f64())
            .sum();
        assert!((of_cases - of_steps).abs() < 1e-4, "{of_cases} {of_steps}");
        for case in cases {
            assert!(case.attribute("file").is_some() && case.attribute("classname").is_some());
        }
    }
}

#[test]
fn no_two_cases_of_a_file_have_the_same_name() {
    let xml = report(&[samples::very_long(), samples::subtests()]);
    let document = Document::parse(&xml).unwrap();
    for suite in suites(&document) {
        let cases = cases(suite);
        let names: HashSet<_> = cases.iter().map(|case| case.attribute("name")).collect();
        assert_eq!(names.len(), cases.len());
    }
}

#[test]
fn characters_that_xml_cannot_hold_become_escapes() {
    let xml = report(&[samples::foreign_characters()]);
    let document = Document::parse(&xml).unwrap();
    let suite = suites(&document)[0];
    assert_eq!(
        suite.attribute("name"),
        Some("sql-tests/ünïcode\\x1b[2J.sql")
    );
    let first = cases(suite)[0];
    assert_eq!(
        first.attribute("name"),
        Some("漢字 \u{202e}drow ]]> <b>&\"\\x00")
    );
    assert_eq!(
        cases(suite)[1].attribute("name"),
        Some("two lines # not a \\ directive")
    );
    assert!(text(child(first, "failure").unwrap()).contains("have: \\x1b[31mred\\x08"));
    assert_eq!(
        text(child(suite, "system-out").unwrap()),
        "\\x1b[1mbold\\x1b[0m ]]> \\ufffe\nnext\\x00\n"
    );
}

#[test]
fn very_long_texts_are_cut() {
    let xml = report(&[samples::very_long()]);
    let document = Document::parse(&xml).unwrap();
    let suite = suites(&document)[0];
    let output = text(child(suite, "system-out").unwrap());
    assert!(output.len() < 101_000);
    assert!(
        output.ends_with("\n… and 71000 more bytes\n"),
        "{}",
        &output[output.len() - 60..]
    );
    assert_eq!(suite.attribute("failures"), Some("10000"));
}

#[test]
fn the_reporter_writes_what_the_function_renders() {
    let mut reporter = Junit::new(Vec::new());
    for event in run(samples::outcomes(), None, None, 0) {
        reporter.event(&event).unwrap();
    }
    reporter.finish().unwrap();
    assert_eq!(
        String::from_utf8(reporter.into_writer()).unwrap(),
        report(&samples::outcomes())
    );
}

#[test]
fn a_run_without_files_is_a_report_without_suites() {
    let mut reporter = Junit::new(Vec::new());
    reporter.finish().unwrap();
    let xml = String::from_utf8(reporter.into_writer()).unwrap();
    assert!(suites(&Document::parse(&xml).unwrap()).is_empty());
    assert_eq!(xml, report(&[]));
}
