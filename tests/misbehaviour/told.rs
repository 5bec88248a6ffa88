//! What a run tells of each of its files, from JSON and JUnit, in the words of the table of expectations.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};
use serde_json::Value;

/// The lines of each file, by its path below `sql-tests/`: its verdict, then what went wrong and where, then the
/// cases of JUnit that are no success.
pub(crate) type Told = BTreeMap<String, Vec<String>>;

/// The events of one kind in a stream of JSON lines.
pub(crate) fn events<'s>(json: &'s str, kind: &'s str) -> impl Iterator<Item = Value> + 's {
    json.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(move |event| event["event"] == kind)
}

/// What JSON and JUnit tell, held against each other on the way.
pub(crate) fn told(json: &str, junit: &str) -> Told {
    let document = Document::parse(junit).unwrap();
    let mut suites: BTreeMap<&str, Node<'_, '_>> = document
        .root_element()
        .children()
        .filter(Node::is_element)
        .map(|suite| (suite.attribute("name").unwrap(), suite))
        .collect();
    let mut told = Told::new();
    for file in events(json, "file-finished") {
        let name = file["file"].as_str().unwrap();
        let suite = suites
            .remove(name)
            .unwrap_or_else(|| panic!("{name} should be in the JUnit report"));
        let mut lines = of_json(&file);
        lines.extend(of_junit(&file, suite));
        told.insert(short(name).to_owned(), lines);
    }
    assert!(suites.is_empty(), "suites of no file: {suites:?}");
    told
}

fn short(name: &str) -> &str {
    name.strip_prefix("sql-tests/").unwrap_or(name)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn of_json(file: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let count = list(&file["report"]["assertions"]).len();
    let plural = if count == 1 { "" } else { "s" };
    let mut lines = vec![format!(
        "{}, {count} assertion{plural}",
        text(&file["verdict"])
    )];
    for assertion in list(&file["report"]["assertions"]) {
        if assertion["failed"] == true {
            lines.push(format!(
                "not ok {}{}",
                assertion["number"],
                place(file, assertion)
            ));
        }
    }
    for reason in list(&file["reasons"]) {
        lines.push(format!("{}{}", text(&reason["kind"]), place(file, reason)));
    }
    for warning in list(&file["warnings"]) {
        let kind = text(&warning["kind"]);
        lines.push(format!("warning {kind}{}", place(file, warning)));
    }
    lines
}

/// ` at line 3`, with the file where it is another one; nothing where there is no place.
fn place(file: &Value, what: &Value) -> String {
    let location = &what["location"];
    let Some(line) = location["line"].as_u64() else {
        return String::new();
    };
    let there = location["file"].as_str().unwrap();
    if location["file"] == file["file"] {
        format!(" at line {line}")
    } else {
        format!(" at {}:{line}", short(there))
    }
}

fn of_junit(file: &Value, suite: Node<'_, '_>) -> Vec<String> {
    let name = file["file"].as_str().unwrap();
    let cases: Vec<Node<'_, '_>> = suite
        .children()
        .filter(|node| node.has_tag_name("testcase"))
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut lines = Vec::new();
    for case in &cases {
        for result in case.children().filter(Node::is_element) {
            let kind = result.tag_name().name();
            *counts.entry(kind).or_default() += 1;
            let [type_, message] = ["type", "message"].map(|name| result.attribute(name).unwrap());
            lines.push(format!(
                "junit {kind} {type_}, {}: {message}",
                case.attribute("name").unwrap()
            ));
            hold_content(file, kind, result);
        }
        let class = case.attribute("classname").unwrap();
        assert!(class.starts_with(name), "{name}: a case of {class}");
    }
    let told = |attribute| {
        suite
            .attribute(attribute)
            .unwrap()
            .parse::<usize>()
            .unwrap()
    };
    let counted = |kind| counts.get(kind).copied().unwrap_or(0);
    assert_eq!(told("tests"), cases.len(), "{name}");
    assert_eq!(told("failures"), counted("failure"), "{name}");
    assert_eq!(told("errors"), counted("error"), "{name}");
    assert_eq!(told("skipped"), counted("skipped"), "{name}");
    let broken = usize::from(file["verdict"] == "broken");
    assert_eq!(
        counted("error"),
        broken,
        "{name}: broken files are one error"
    );
    assert_eq!(
        counted("failure") > 0,
        file["failed_assertions"].as_u64().unwrap() > 0,
        "{name}: failed assertions are failures"
    );
    for output in suite.children().filter(Node::is_text) {
        assert!(output.text().unwrap().trim().is_empty(), "{name}");
    }
    for part in ["system-out", "system-err"] {
        let long = suite
            .children()
            .filter(|node| node.has_tag_name(part))
            .flat_map(|node| node.children().filter_map(|child| child.text()))
            .map(str::len)
            .sum::<usize>();
        assert!(long <= 101_000, "{name}: {long} bytes of {part}");
    }
    lines
}

/// The text of a failure begins with its place and its source line, that of an error with the reason and its place.
fn hold_content(file: &Value, kind: &str, result: Node<'_, '_>) {
    let content: String = result.children().filter_map(|node| node.text()).collect();
    let place_of = |what: &Value| {
        let location = &what["location"];
        location["line"]
            .as_u64()
            .map(|line| format!("{}:{line}", location["file"].as_str().unwrap()))
    };
    let expected: Vec<String> = match kind {
        "failure" => list(&file["report"]["assertions"])
            .iter()
            .filter(|assertion| assertion["failed"] == true)
            .map(|assertion| {
                format!(
                    "{}\n{}\n\nnot ok ",
                    place_of(assertion).unwrap(),
                    assertion["source"].as_str().unwrap()
                )
            })
            .collect(),
        "error" => {
            let reason = &file["reasons"][0];
            let place = place_of(reason).map_or(String::new(), |place| format!("{place}: "));
            let [kind, text] = ["kind", "text"].map(|field| reason[field].as_str().unwrap());
            vec![format!("{place}{kind}: {text}")]
        }
        _ => return,
    };
    // XML ends a line by a line feed alone, and holds no control characters.
    let plain = |text: &str| text.replace(|c: char| c.is_control() && c != '\n', "");
    assert!(
        expected.iter().any(|start| {
            let start = plain(start);
            let end = start.len().min(90_000);
            plain(&content).starts_with(&start[..end])
        }),
        "{}: the content of a {kind} begins otherwise:\n{content}\nnone of {expected:?}",
        file["file"]
    );
}
