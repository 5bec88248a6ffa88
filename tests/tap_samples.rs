//! Every sample of `tests/data/tap` is read to what stands beside it, and `Test::Harness`, where it is
//! installed, judges each sample and many made-up streams as we do.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgassay::tap::{Assertion, Directive, Problem, ProblemKind, Report, Subtest, parse};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

fn samples() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tap");
    let mut samples: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "tap"))
        .collect();
    samples.sort();
    assert!(samples.len() > 60, "the samples are gone");
    samples
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

#[test]
fn every_sample_is_read_to_what_stands_beside_it() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("data/tap");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _guard = settings.bind_to_scope();
    for path in samples() {
        insta::assert_snapshot!(name(&path), shown(&parse(&std::fs::read(&path).unwrap())));
    }
}

/// The report in lines that a person can check against the sample.
fn shown(report: &Report) -> String {
    let mut out = String::new();
    show(report, "", &mut out);
    out
}

fn show(report: &Report, indent: &str, out: &mut String) {
    let Report {
        version,
        plan,
        assertions,
        bail_out,
        comments,
        unknown,
        ..
    } = report;
    if let Some(version) = version {
        writeln!(out, "{indent}version {version}").unwrap();
    }
    if let Some(plan) = plan {
        let skip = plan
            .skip_all
            .as_ref()
            .map(|reason| format!(", all skipped: {reason:?}"));
        writeln!(
            out,
            "{indent}plan {}{}",
            plan.count,
            skip.unwrap_or_default()
        )
        .unwrap();
    }
    for line in comments {
        writeln!(out, "{indent}comment {:?}", line.text).unwrap();
    }
    for assertion in assertions {
        show_assertion(assertion, indent, out);
    }
    for line in unknown {
        writeln!(out, "{indent}unknown {:?}", line.text).unwrap();
    }
    if report.dropped_unknown > 0 {
        writeln!(
            out,
            "{indent}and {} unknown lines more",
            report.dropped_unknown
        )
        .unwrap();
    }
    for subtest in &report.unclosed {
        show_subtest(subtest, "unclosed subtest", indent, out);
    }
    if let Some(bail_out) = bail_out {
        writeln!(out, "{indent}bailed out: {:?}", bail_out.reason).unwrap();
    }
    for problem in &report.problems {
        let weight = if problem.kind.is_error() {
            "error"
        } else {
            "warning"
        };
        writeln!(out, "{indent}{weight}: {}", problem.kind).unwrap();
    }
}

fn show_assertion(assertion: &Assertion, indent: &str, out: &mut String) {
    let Assertion {
        number,
        ok,
        description,
        ..
    } = assertion;
    let verdict = if *ok { "ok" } else { "not ok" };
    let counts = if assertion.failed() { "failed" } else { "good" };
    write!(out, "{indent}{number} {counts} ({verdict}) {description:?}").unwrap();
    match &assertion.directive {
        Some(Directive::Todo(reason)) => writeln!(out, ", to do: {reason:?}").unwrap(),
        Some(Directive::Skip(reason)) => writeln!(out, ", skipped: {reason:?}").unwrap(),
        None => writeln!(out).unwrap(),
    }
    if let Some(subtest) = &assertion.subtest {
        show_subtest(subtest, "subtest", indent, out);
    }
    for line in assertion.yaml.iter().flat_map(|yaml| yaml.lines()) {
        writeln!(out, "{indent}  yaml | {line}").unwrap();
    }
    for line in &assertion.diagnostics {
        writeln!(out, "{indent}  # {line}").unwrap();
    }
}

fn show_subtest(subtest: &Subtest, what: &str, indent: &str, out: &mut String) {
    writeln!(out, "{indent}  {what} {:?}", subtest.name).unwrap();
    show(&subtest.report, &format!("{indent}    "), out);
}

/// What decides over a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Facts {
    run: usize,
    not_ok: usize,
    todo: usize,
    todo_passed: usize,
    skipped: usize,
    /// `None` after a bail out: what is missing then says nothing.
    errors: Option<bool>,
    good_plan: Option<bool>,
    skip_all: bool,
    bailed_out: bool,
}

impl Facts {
    fn of(report: &Report) -> Self {
        let todo = |assertion: &&Assertion| matches!(assertion.directive, Some(Directive::Todo(_)));
        let skip = |assertion: &&Assertion| matches!(assertion.directive, Some(Directive::Skip(_)));
        let bailed_out = report.bail_out.is_some();
        let errors = report.errors().next().is_some();
        let is_misplaced = |problem: &Problem| problem.kind == ProblemKind::PlanInTheMiddle;
        let plan_kept = report
            .plan
            .as_ref()
            .is_some_and(|plan| plan.count == report.assertions.len() as u64)
            && !report.problems.iter().any(is_misplaced);
        Self {
            run: report.assertions.len(),
            not_ok: report.failed_assertions().count(),
            todo: report.assertions.iter().filter(todo).count(),
            todo_passed: report
                .assertions
                .iter()
                .filter(todo)
                .filter(|a| a.ok)
                .count(),
            skipped: report.assertions.iter().filter(skip).count(),
            errors: (!bailed_out).then_some(errors),
            good_plan: (!bailed_out).then_some(plan_kept),
            skip_all: report
                .plan
                .as_ref()
                .is_some_and(|plan| plan.skip_all.is_some()),
            bailed_out,
        }
    }

    fn is_green(&self) -> bool {
        self.not_ok == 0 && self.errors == Some(false)
    }
}

/// Reads streams from standard input, each behind a line with its length in bytes, and prints a line of facts
/// for each. It stops at a bail out, as the harness does.
const ORACLE: &str = r#"
    use strict; use warnings; use TAP::Parser; use TAP::Parser::Iterator::Array;
    binmode STDIN; local $SIG{__WARN__} = sub {};
    while (defined(my $length = <STDIN>)) {
        read(STDIN, my $text, $length) == $length or die "short read" if $length > 0;
        $text = '' unless $length > 0;
        my @lines = split /\n/, $text, -1;
        pop @lines if @lines && $lines[-1] eq '';
        my $parser = TAP::Parser->new({ iterator => TAP::Parser::Iterator::Array->new(\@lines) });
        my ($bailed, $not_ok) = (0, 0);
        while (my $result = $parser->next) {
            $not_ok++ if $result->is_test && !$result->is_actual_ok && !$result->has_todo;
            if ($result->is_bailout) { $bailed = 1; last }
        }
        print join(' ', $parser->tests_run, $not_ok, scalar($parser->todo), scalar($parser->todo_passed),
            scalar($parser->skipped), ($bailed ? '- -'
                : (scalar($parser->parse_errors) ? 1 : 0) . ' ' . ($parser->is_good_plan ? 1 : 0)),
            ($parser->skip_all ? 1 : 0), $bailed), "\n";
    }
"#;

/// What Perl's `TAP::Parser` makes of the streams; `None` where it is not installed.
fn oracle(streams: &[Vec<u8>]) -> Option<Vec<Facts>> {
    let has_prove = Command::new("prove")
        .arg("--version")
        .output()
        .is_ok_and(|o| o.status.success());
    if !has_prove {
        // `eprintln!` would show nothing of a test that passes.
        let said = "SKIPPED: `prove` is not on PATH, so nothing was compared with Test::Harness\n";
        std::io::stderr().write_all(said.as_bytes()).unwrap();
        return None;
    }
    let mut perl = Command::new("perl")
        .args(["-e", ORACLE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = perl.stdin.take().unwrap();
    let streams = streams.to_vec();
    let writer = std::thread::spawn(move || {
        for stream in streams {
            writeln!(input, "{}", stream.len()).unwrap();
            input.write_all(&stream).unwrap();
        }
    });
    let output = perl.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "the oracle failed");
    Some(
        String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(facts)
            .collect(),
    )
}

fn facts(line: &str) -> Facts {
    let fields: Vec<&str> = line.split(' ').collect();
    let number = |index: usize| fields[index].parse().unwrap();
    let flag = |index: usize| (fields[index] != "-").then(|| fields[index] == "1");
    Facts {
        run: number(0),
        not_ok: number(1),
        todo: number(2),
        todo_passed: number(3),
        skipped: number(4),
        errors: flag(5),
        good_plan: flag(6),
        skip_all: flag(7).unwrap(),
        bailed_out: flag(8).unwrap(),
    }
}

/// The oracle knows no TAP 14: it reads it as 13, of which 14 is an extension.
fn as_known_to_the_oracle(text: &[u8]) -> Vec<u8> {
    match text.strip_prefix(b"TAP version 14") {
        Some(rest) => [b"TAP version 13", rest].concat(),
        None => text.to_vec(),
    }
}

#[test]
fn test_harness_finds_the_same_facts_in_every_sample() {
    let texts: Vec<Vec<u8>> = samples()
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    let known: Vec<_> = texts
        .iter()
        .map(|text| as_known_to_the_oracle(text))
        .collect();
    let Some(expected) = oracle(&known) else {
        return;
    };
    assert_eq!(expected.len(), texts.len());
    for ((path, text), expected) in samples().iter().zip(&texts).zip(expected) {
        let mut found = Facts::of(&parse(text));
        // The harness stops reading where a YAML block breaks off.
        if name(path).starts_with("version-13-yaml-unclosed") {
            found.run = expected.run;
            found.good_plan = expected.good_plan;
        }
        assert_eq!(found, expected, "{}", name(path));
    }
}

#[test]
fn prove_is_green_where_we_are() {
    if oracle(&[]).is_none() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for path in samples() {
        let text = std::fs::read(&path).unwrap();
        let copy = directory.path().join("sample.tap");
        std::fs::write(&copy, as_known_to_the_oracle(&text)).unwrap();
        let prove = Command::new("prove").arg("-Q").arg(&copy).output().unwrap();
        let facts = Facts::of(&parse(&text));
        assert_eq!(
            prove.status.success(),
            facts.is_green(),
            "{}: {facts:?}",
            name(&path)
        );
    }
}

/// Lines of which streams are made up: what the grammar distinguishes, and what nearly looks like it.
fn line() -> impl Strategy<Value = String> {
    let number = prop_oneof![4 => 0..6_u64, 1 => Just(u64::MAX)];
    let numbered = (
        number,
        prop::sample::select(vec!["", " ", " - a", " b", "x", " #", " - 1..2"]),
    );
    let status = prop::sample::select(vec![
        "ok", "not ok", "ok ", "not ok  ", "okay", "ok\t", "not ",
    ]);
    let directive = prop::sample::select(vec![
        "",
        "",
        "",
        " # TODO",
        " # skip why",
        "#todo\r",
        " # TODOX",
        r" \# TODO",
        r" \\# TODO",
        " # x # TODO",
        r" \",
        " | z",
        "\u{e9}",
    ]);
    let plan_tail = prop::sample::select(vec![
        "",
        "",
        "",
        " ",
        "\r",
        " # SKIP",
        " # Skipped: why",
        "# skip why",
        " # why",
        " todo 1 2",
        "x",
        " x",
    ]);
    prop_oneof![
        8 => (status, prop::option::of(numbered), directive).prop_map(|(status, numbered, directive)| {
            let numbered = numbered.map(|(number, text)| format!(" {number}{text}")).unwrap_or_default();
            format!("{status}{numbered}{directive}")
        }),
        2 => (0..6_u32, plan_tail).prop_map(|(count, tail)| format!("1..{count}{tail}")),
        2 => prop::sample::select(vec![
            "# a", "#", "", " ", "text", "not", "not ", " not", "Ok 1", "1|ok 1 - x", "2..3", "1..",
            "pragma +strict", "pragma -strict", "pragma +a,-strict ", "pragma strict",
            "# Looks like you failed 1 test of 2", "# Subtest: a", "# Failed test 1: \"a",
        ]).prop_map(str::to_owned),
        1 => prop::sample::select(vec![
            "    ok 1 - a", "    1..1", "    # Subtest: b", "        ok 1", "    text", "  ok 1", "\tok",
        ]).prop_map(str::to_owned),
        1 => prop::sample::select(vec![
            "TAP version 13", "tap VERSION  13 ", "TAP version 12", "TAP version 13x", "  Bail out!x",
            "Bail out", "Bail out!",
        ]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["  ---\n  a: b\n  ...", "   --- a\n   ...", "      ---\n      - a\n      ... "])
            .prop_map(str::to_owned),
    ]
}

fn stream() -> impl Strategy<Value = String> {
    let head = prop::sample::select(vec![
        "",
        "",
        "TAP version 13\n",
        "1..3\n",
        "TAP version 13\npragma +strict\n",
    ]);
    let end = prop::sample::select(vec!["\n", "\n", "", "\r\n", "\n\n", "\n1..3\n"]);
    (head, prop::collection::vec(line(), 0..8), end)
        .prop_map(|(head, lines, end)| format!("{head}{}{end}", lines.join("\n")))
}

/// Streams that are good but for one thing or none: the numbers are in sequence and the plan is right.
fn good_stream() -> impl Strategy<Value = String> {
    let head = prop::sample::select(vec!["", "", "TAP version 13\n", "# a\n\n", "text\n"]);
    let test = (
        prop::sample::select(vec!["ok", "ok", "ok", "not ok"]),
        prop::sample::select(vec![
            "",
            " - a",
            " - a # TODO why",
            " # SKIP",
            " # todo\r",
            " - 1..2",
            " a # TODO",
            "\n# a\n#  b",
            "\n\ntext",
            "\n  ---\n  a: b\n  ...",
            "\n    # Subtest: b\n    not ok 3",
        ]),
    );
    let plan_place = prop::sample::select(vec!["first", "first", "last", "last", "none"]);
    let end = prop::sample::select(vec![
        "",
        "",
        "",
        "# Looks like you failed\n",
        "    ok 1\n",
        "ok\n",
        "1..1",
    ]);
    (head, prop::collection::vec(test, 0..6), plan_place, end).prop_map(
        |(head, tests, place, end)| {
            let plan = format!("1..{}\n", tests.len());
            let lines = tests
                .iter()
                .zip(1..)
                .fold(String::new(), |lines, ((status, text), number)| {
                    lines + &format!("{status} {number}{text}\n")
                });
            match place {
                "first" => head.to_owned() + &plan + &lines + end,
                "last" => head.to_owned() + &lines + &plan + end,
                _ => head.to_owned() + &lines + end,
            }
        },
    )
}

#[test]
fn test_harness_judges_made_up_streams_as_we_do() {
    let mut runner = TestRunner::deterministic();
    let strategy = prop_oneof![stream(), good_stream()];
    let streams: Vec<String> = (0..4_000)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect();
    let texts: Vec<_> = streams
        .iter()
        .map(|stream| stream.as_bytes().to_vec())
        .collect();
    let Some(expected) = oracle(&texts) else {
        return;
    };
    assert_eq!(expected.len(), texts.len());
    let mut green = 0;
    for (stream, mut expected) in streams.iter().zip(expected) {
        let report = parse(stream.as_bytes());
        let found = Facts::of(&report);
        green += usize::from(found.is_green());
        if report
            .problems
            .iter()
            .any(|problem| problem.kind == ProblemKind::SecondPlan)
        {
            // An error in any case; but of several late plans the harness heeds the last one.
            expected = Facts {
                run: expected.run,
                errors: expected.errors,
                bailed_out: expected.bailed_out,
                ..found
            };
        }
        if report
            .errors()
            .all(|problem| problem.kind == ProblemKind::NoAssertions)
            && found.errors == Some(true)
        {
            // `1..0 todo 1` skips nothing and runs nothing: the harness has no tests then, and no error.
            assert_eq!((expected.errors, expected.run), (Some(false), 0));
            expected.errors = Some(true);
        }
        assert_eq!(found, expected, "{stream}");
    }
    assert!(
        green > 400,
        "only {green} streams were good, so little was compared"
    );
}
