//! What holds of the parser for any stream and for any report.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "a stream that is made up here is short and is easier to read so"
)]

use proptest::prelude::*;

use super::{Assertion, Directive, Line, Parser, Plan, ProblemKind, Report, Subtest, parse};

/// Bytes in which TAP is likely to show.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec![
            "ok", "not ok", " 1", " 2", " - a", " # TODO", " # SKIP why", "1..2", "1..0", "\n", "\n", "\n", "\r\n",
            "    ", "    ", "# ", "# Subtest: a", "Bail out!", "TAP version 13\n", "TAP version 14\n", "  ---\n", "  ...\n", "|",
            "pragma +strict\n", "# Failed test 1: \"a", "\"", "# Looks like you failed", "not", " ", "\\", "18446744073709551616",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A line of text as it stands in a description or a comment.
fn text() -> impl Strategy<Value = String> {
    "[^\\x00-\\x1F]{0,12}".prop_map(|text| text.trim_matches(' ').to_owned())
}

fn directive() -> impl Strategy<Value = Option<Directive>> {
    prop_oneof![
        3 => Just(None),
        1 => text().prop_map(|reason| Some(Directive::Todo(reason))),
        1 => text().prop_map(|reason| Some(Directive::Skip(reason))),
    ]
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..3)
}

/// Reports without problems, as TAP 14 can say them.
fn report() -> impl Strategy<Value = Report> {
    level(Just(None).boxed()).prop_recursive(3, 24, 4, |inner| {
        let subtest = (text(), inner).prop_map(|(name, report)| Some(Subtest { name, report }));
        level(prop_oneof![2 => Just(None), 1 => subtest].boxed())
    })
}

fn level(subtest: BoxedStrategy<Option<Subtest>>) -> BoxedStrategy<Report> {
    let yaml = prop::option::of(lines().prop_map(|lines| lines.join("\n")));
    let assertion = (any::<bool>(), text(), directive(), lines(), yaml, subtest).prop_map(
        |(ok, description, directive, diagnostics, yaml, subtest)| Assertion {
            number: 0,
            // An `ok` would contradict a subtest that failed.
            ok: ok
                && subtest
                    .as_ref()
                    .is_none_or(|subtest| subtest.report.failed_assertions().next().is_none()),
            description,
            directive,
            diagnostics,
            yaml,
            subtest: subtest.map(Box::new),
            origin: 0,
        },
    );
    (prop::collection::vec(assertion, 0..5), lines(), text())
        .prop_map(|(mut assertions, comments, reason)| {
            for (assertion, number) in assertions.iter_mut().zip(1..) {
                assertion.number = number;
            }
            let skip_all = assertions.is_empty().then_some(reason);
            Report {
                plan: Some(Plan {
                    count: assertions.len() as u64,
                    skip_all,
                    origin: 0,
                }),
                assertions,
                comments: comments
                    .into_iter()
                    .map(|text| Line { text, origin: 0 })
                    .collect(),
                ..Report::default()
            }
        })
        .boxed()
}

/// The report as TAP 14. The plan comes last where `late`, and a subtest's name stands inside it where `inside`.
fn printed(report: &Report, late: bool, inside: bool) -> String {
    let mut out = String::new();
    if let Some(version) = report.version {
        out.push_str(&format!("TAP version {version}\n"));
    }
    let plan = report
        .plan
        .as_ref()
        .map_or_else(String::new, |plan| match &plan.skip_all {
            Some(reason) => format!("1..{} # SKIP {reason}\n", plan.count),
            None => format!("1..{}\n", plan.count),
        });
    if !late {
        out.push_str(&plan);
    }
    for line in &report.comments {
        out.push_str(&format!("# {}\n", line.text));
    }
    for assertion in &report.assertions {
        if let Some(subtest) = &assertion.subtest {
            let heading = format!("# Subtest: {}\n", subtest.name);
            let body = printed(&subtest.report, late, inside);
            if inside {
                out.push_str(&indented(&(heading + &body), 4));
            } else {
                out.push_str(&heading);
                out.push_str(&indented(&body, 4));
            }
        }
        let description = assertion
            .description
            .replace('\\', "\\\\")
            .replace('#', "\\#");
        let status = if assertion.ok { "ok" } else { "not ok" };
        out.push_str(&format!("{status} {} - {description}", assertion.number));
        match &assertion.directive {
            Some(Directive::Todo(reason)) => out.push_str(&format!(" # TODO {reason}\n")),
            Some(Directive::Skip(reason)) => out.push_str(&format!(" # SKIP {reason}\n")),
            None => out.push('\n'),
        }
        if let Some(yaml) = &assertion.yaml {
            out.push_str(&indented(&format!("---\n{yaml}\n...\n"), 2));
        }
        for line in &assertion.diagnostics {
            out.push_str(&format!("# {line}\n"));
        }
    }
    if late {
        out.push_str(&plan);
    }
    out
}

fn indented(text: &str, width: usize) -> String {
    text.lines()
        .map(|line| format!("{:width$}{line}\n", ""))
        .collect()
}

proptest! {
    #[test]
    fn any_bytes_give_a_report_and_where_they_are_cut_does_not_matter(
        text in bytes(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        cuts.sort_unstable();
        let mut parser = Parser::new();
        let mut start = 0;
        for cut in cuts {
            parser.push(&text[start..cut], 0);
            start = cut;
        }
        parser.push(&text[start..], 0);
        prop_assert_eq!(parser.finish(), parse(&text));
    }

    #[test]
    fn what_lies_after_a_bail_out_changes_nothing(text in bytes(), after in bytes()) {
        let head = [&b"TAP version 14\n"[..], &text, b"\nBail out! why\n"].concat();
        let mut parser = Parser::new();
        parser.push(&head, 0);
        // A YAML block or a lone `not` may have swallowed the line.
        prop_assume!(parser.bailed_out());
        prop_assert_eq!(parse(&[head, after].concat()), parser.finish());
    }

    #[test]
    fn a_report_printed_as_tap_reads_as_itself(report in report(), late: bool, inside: bool) {
        let report = Report { version: Some(14), ..report };
        let text = printed(&report, late, inside);
        let read = parse(text.as_bytes());
        prop_assert_eq!(read, report, "{}", text);
    }
}

#[test]
fn a_line_bears_the_origin_of_the_piece_that_began_it() {
    let mut parser = Parser::new();
    parser.push(b"1..2\nok 1\n# a\no", 4);
    parser.push(b"k 3\nte", 5);
    parser.push(b"xt", 6);
    let report = parser.finish();
    assert_eq!(report.plan.unwrap().origin, 4);
    let origins: Vec<_> = report
        .assertions
        .iter()
        .map(|assertion| assertion.origin)
        .collect();
    assert_eq!(origins, [4, 4]);
    assert_eq!(report.problems[0].origin, Some(4));
    assert_eq!(
        report.unknown,
        [Line {
            text: "text".into(),
            origin: 5
        }]
    );
}

#[test]
fn what_is_beyond_a_limit_is_counted() {
    let comments = "# a\n".repeat(10_003);
    let report = parse(format!("{comments}ok\n{comments}").as_bytes());
    assert_eq!(report.comments.len(), 10_001);
    assert_eq!(report.comments[10_000].text, "… (3 lines more)");
    assert_eq!(report.assertions[0].diagnostics.len(), 10_001);
    assert_eq!(report.assertions[0].diagnostics[10_000], "… (3 lines more)");

    let report = parse("text\n".repeat(2_007).as_bytes());
    assert_eq!((report.unknown.len(), report.dropped_unknown), (2_000, 7));

    let report = parse(format!("{}\n", "x".repeat(60_000)).repeat(20).as_bytes());
    assert_eq!((report.unknown.len(), report.dropped_unknown), (17, 3));

    let yaml = "  a\n".repeat(10_002);
    let report = parse(format!("TAP version 13\nok\n  ---\n{yaml}  ...\n").as_bytes());
    let yaml = report.assertions[0].yaml.as_ref().unwrap();
    assert!(yaml.ends_with("a\n… (2 lines more)"));
}

#[test]
fn free_text_of_a_stream_is_bounded_and_no_assertion_is_lost() {
    let long = "x".repeat(50_000);
    let one = format!("not ok - {long}\n# {long}\n").repeat(500);
    let report = parse(one.as_bytes());
    let kept: usize = report
        .assertions
        .iter()
        .map(|one| one.description.len() + one.diagnostics.iter().map(String::len).sum::<usize>())
        .sum();
    assert!((16_000_000..18_000_000).contains(&kept), "{kept}");
    assert_eq!(report.assertions.len(), 500);
    let last = &report.assertions[499];
    assert!(last.failed());
    assert!(last.description.ends_with("xx… (49800 bytes more)"));
    assert_eq!(last.diagnostics, ["… (1 lines more)"]);

    let of_one = format!("ok\n{}", format!("# {long}\n").repeat(100));
    let report = parse(of_one.as_bytes());
    let diagnostics = &report.assertions[0].diagnostics;
    assert_eq!((diagnostics.len(), diagnostics[0].len()), (21, 50_000));
    assert_eq!(diagnostics[20], "… (80 lines more)");
}

#[test]
fn problems_of_one_kind_are_kept_to_a_limit_and_leave_room_for_others() {
    let rows = format!("1|ok 1 - {}\n", "x".repeat(5_000)).repeat(1_200);
    let report = parse(format!("{rows}1..1\nok\n1..1\n").as_bytes());
    assert_eq!(report.problems.len(), 1_001);
    assert_eq!(report.problems[1_000].kind, ProblemKind::SecondPlan);
    assert_eq!(report.dropped_problems, 200);
    let ProblemKind::SeveralColumns { line } = &report.problems[0].kind else {
        panic!("{:?}", report.problems[0])
    };
    assert!(line.ends_with("xx… (4009 bytes more)"));
}

#[test]
fn subtests_nest_to_a_limit_and_what_lies_deeper_is_unknown() {
    let line = |depth: usize| format!("{:1$}ok 1 - a\n", "", depth * 4);
    let text: String = (1..=70)
        .map(|depth| format!("{:1$}# Subtest: a\n", "", depth * 4))
        .collect();
    let report = parse((text + &line(64) + &line(65)).as_bytes());
    let mut innermost = &report;
    let mut depth = 0;
    while let Some(subtest) = innermost.unclosed.first() {
        innermost = &subtest.report;
        depth += 1;
    }
    assert_eq!(depth, 64);
    assert_eq!(innermost.assertions.len(), 1);
    assert_eq!(innermost.unknown.len(), 7);
}

#[test]
fn a_todo_in_a_description_is_told_from_a_true_one() {
    let report = parse(
        b"not ok 1 - a # TODO b\n# Failed test 1: \"a # TODO b\"\nnot ok 2 - a # TODO b\n# Failed (TODO) test 2: \"a\"\n",
    );
    assert!(report.assertions[0].is_todo_by_accident());
    assert!(!report.assertions[1].is_todo_by_accident());
}

#[test]
fn nothing_is_missed_after_a_bail_out() {
    let report = parse(b"1..3\n    # Subtest: a\n    ok 1\nBail out! why\n");
    assert_eq!(report.problems, []);
    assert_eq!(report.unclosed.len(), 1);
    let missing = parse(b"1..3\n    # Subtest: a\n    ok 1\n");
    let kinds: Vec<_> = missing
        .problems
        .into_iter()
        .map(|problem| problem.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            ProblemKind::UnclosedSubtest { name: "a".into() },
            ProblemKind::PlanNotMet { planned: 3, ran: 0 },
            ProblemKind::NoAssertions,
        ]
    );
}
