//! Names may hold anything. Nothing in them may become a part of the report's form, in any of its forms.

use std::collections::BTreeSet;

use pgassay::catalog::{Kind, ObjectName, Property};
use pgassay::coverage::{Account, CoverageReport, CoveredLogic, Located, Logic, Point, PointKind};
use pgassay::report::coverage::{TextOptions, cobertura, html, json, lcov, markdown, text};
use proptest::prelude::*;
use roxmltree::{Document, ParsingOptions};
use serde_json::Value;

use crate::{contents, sample};

/// Odd names, and pieces of them.
fn name() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "</script>",
        "<!--",
        "<script>",
        "]]>",
        "\"",
        "'",
        "`",
        "``",
        "|",
        "\\",
        "\n",
        "\r\n",
        "\t",
        "&amp;",
        "&lt;",
        "*",
        "_",
        "__",
        "~~",
        "[x](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "www.example.com",
        "https://example.com",
        "@somebody",
        "#1",
        "😀",
        "שלום",
        "\u{202e}",
        "\u{2028}",
        "\u{1b}[31m",
        "{{ x }}",
        "{% raw %}",
        "%2F",
        "/",
        "?",
        "#",
        "é",
        "漢字",
        " ",
        "a",
        "B",
        "</style>",
        "${x}",
        "-->",
        "</details>",
        "- [ ] x",
        "1. x",
        "\u{0}",
    ]);
    prop_oneof![
        prop::collection::vec(pieces, 1..6).prop_map(|parts| parts.concat()),
        "\\PC{1,12}",
        any::<String>().prop_map(|text| format!("x{text}")),
    ]
}

fn report(schema: &str, table: &str, part: &str, role: &str) -> CoverageReport {
    let mut column = sample::object(
        ObjectName::part(Kind::Column, schema, table, part),
        &[
            (Property::Default, part),
            (Property::Privileges(role.to_owned()), "SELECT"),
        ],
    );
    column.object.made_at = Some(sample::place(part, 3));
    let found = BTreeSet::from([sample::assertion(3, part, false)]);
    column.asserted.insert(Property::Existence, found);
    let mut function = sample::object(
        ObjectName::in_schema(Kind::Function, schema, part).with_signature(table),
        &[],
    );
    function.object.made_at = Some(sample::place(part, 4));
    let mut report = sample::report_of(vec![
        sample::object(ObjectName::new(Kind::Schema, schema), &[]),
        sample::object(ObjectName::in_schema(Kind::Table, schema, table), &[]),
        column,
        function,
    ]);
    let function = report.objects.last_mut().unwrap();
    let body = format!("{part}\n{table}");
    function.object.properties.insert(Property::Body, body);
    function.logic = Some(CoveredLogic {
        logic: Logic {
            points: vec![Point {
                line: 1,
                kind: PointKind::Statement,
                probe: 0,
                of: None,
            }],
            is_in_a_row: false,
            unmeasured: Some(role.to_owned()),
        },
        hits: [(0, BTreeSet::from([sample::place(table, 1)]))].into(),
        located: Some(Located {
            file: part.to_owned(),
            statement: 1,
            lines: vec![2],
        }),
    });
    part.clone_into(&mut report.server);
    report.unseen.push(table.to_owned());
    report
}

/// The elements of a page: what stands in angle brackets outside of its scripts, styles and data.
fn tags(page: &str) -> Vec<&str> {
    let (head, behind) = page.split_once("id=\"data\">").unwrap();
    let (_, tail) = behind.split_once("</script>").unwrap();
    [head, tail]
        .iter()
        .flat_map(|part| part.split('<').skip(1))
        .map(|it| it.split([' ', '>', '\n']).next().unwrap())
        .collect()
}

fn page(report: &CoverageReport, project: &str) -> String {
    let account = Account::new(report, &[]);
    let mut all = contents(&account, &[], &[]);
    all.project = project;
    all.commit = Some(project);
    html(&all).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_name_changes_the_form_of_the_page(schema in name(), table in name(), part in name(), role in name()) {
        let plain = page(&report("s", "t", "p", "r"), "x");
        let odd = page(&report(&schema, &table, &part, &role), &part);
        prop_assert_eq!(tags(&plain), tags(&odd));
        let data = |page: &str| page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0.to_owned();
        let value: Value = serde_json::from_str(&data(&odd)).unwrap();
        let names: Vec<&str> = value["objects"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        prop_assert_eq!(names, [schema.as_str(), table.as_str(), part.as_str(), part.as_str()]);
        let ends = data(&odd).contains(['<', '>', '&', '\u{2028}', '\u{2029}']);
        prop_assert!(!ends);
    }

    #[test]
    fn no_name_changes_the_form_of_markdown(schema in name(), table in name(), part in name(), role in name()) {
        let told = |report: &CoverageReport| {
            let account = Account::new(report, &[]);
            markdown(&contents(&account, &[], &[]))
        };
        let plain = told(&report("s", "t", "p", "r"));
        let odd = told(&report(&schema, &table, &part, &role));
        prop_assert_eq!(plain.lines().count(), odd.lines().count());
        for (plain, odd) in plain.lines().zip(odd.lines()) {
            for sign in ["|", "<", ">", "[", "]", "`", "*", "~", "@", "://", "www."] {
                prop_assert_eq!(plain.matches(sign).count(), odd.matches(sign).count(), "{} in {:?}", sign, odd);
            }
        }
    }

    #[test]
    fn no_name_changes_the_form_of_the_table(schema in name(), table in name(), part in name(), role in name()) {
        let report = report(&schema, &table, &part, &role);
        let account = Account::new(&report, &[]);
        let told = text(&contents(&account, &[], &[]), TextOptions::default());
        prop_assert!(!told.chars().any(|it| it.is_control() && it != '\n'), "{:?}", told);
        let turns = told.contains(['\u{202e}', '\u{2028}']);
        prop_assert!(!turns);
    }

    #[test]
    fn no_name_changes_the_form_of_lcov(schema in name(), table in name(), part in name(), role in name()) {
        let told = |report: &CoverageReport| lcov(&contents(&Account::new(report, &[]), &[], &[]));
        let plain = told(&report("s", "t", "p", "r"));
        let odd = told(&report(&schema, &table, &part, &role));
        prop_assert_eq!(plain.split('\n').count(), odd.split('\n').count());
        for (plain, odd) in plain.split('\n').zip(odd.split('\n')) {
            let word = |line: &str| line.split_once(':').map(|(word, _)| word.to_owned());
            prop_assert_eq!(word(plain), word(odd));
            let is_file = odd.starts_with("SF:");
            prop_assert!(is_file || plain.matches(',').count() == odd.matches(',').count(), "{:?}", odd);
            prop_assert!(!odd.chars().any(char::is_control), "{:?}", odd);
        }
    }

    #[test]
    fn lcov_tells_any_two_functions_apart(one in name(), other in name()) {
        let told = |name: &str| lcov(&contents(&Account::new(&report("s", "t", name, "r"), &[]), &[], &[]));
        let function = |text: &str| text.lines().find(|it| it.starts_with("FN:")).unwrap().to_owned();
        prop_assert_eq!(function(&told(&one)) == function(&told(&other)), one == other);
    }

    #[test]
    fn cobertura_keeps_every_name_that_xml_can_hold(schema in name(), table in name(), part in name(), role in name()) {
        let report = report(&schema, &table, &part, &role);
        let account = Account::new(&report, &[]);
        let told = cobertura(&contents(&account, &[], &[]), &part).unwrap();
        let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
        let document = Document::parse_with_options(&told, options).unwrap();
        let all = |name: &str| document.descendants().filter(|it| it.has_tag_name(name)).collect::<Vec<_>>();
        for (element, number) in [("package", 1), ("class", 1), ("method", 1), ("line", 2)] {
            prop_assert_eq!(all(element).len(), number);
        }
        let is_held = |text: &str| !text.chars().any(|it| it.is_control() || matches!(it, '\u{fffe}' | '\u{ffff}'));
        if is_held(&schema) && is_held(&part) {
            prop_assert_eq!(all("package")[0].attribute("name").unwrap(), schema.trim_end());
            prop_assert_eq!(all("method")[0].attribute("name").unwrap(), part.trim_end());
            prop_assert_eq!(all("class")[0].attribute("filename").unwrap(), part.trim_end());
            prop_assert_eq!(all("source")[0].text().unwrap_or_default(), part.trim_end());
        }
    }

    #[test]
    fn json_keeps_every_name(schema in name(), table in name(), part in name(), role in name()) {
        let report = report(&schema, &table, &part, &role);
        let account = Account::new(&report, &[]);
        let told = json(&contents(&account, &[], &[])).unwrap();
        let value: Value = serde_json::from_str(&told).unwrap();
        let column = value["objects"].as_array().unwrap().iter().find(|it| it["kind"] == "column").unwrap();
        prop_assert_eq!(column["parent"].as_str(), Some(table.as_str()));
        prop_assert_eq!(column["schema"].as_str(), Some(schema.as_str()));
        prop_assert_eq!(told.trim_end_matches('\n').lines().count(), 1);
    }
}
