//! JSON lines, read back and compared with what `docs/json.md` says of them.

use std::collections::{BTreeMap, BTreeSet};

use pgassay::event::{Event, Stop, Summary};
use pgassay::report::{Json, Reporter};
use serde_json::Value;

use crate::samples::{self, run};

/// For every object of the format, its fields.
type Shapes = BTreeMap<String, BTreeSet<String>>;

fn lines(events: &[Event]) -> Vec<Value> {
    let mut reporter = Json::new(Vec::new());
    for event in events {
        reporter.event(event).unwrap();
    }
    reporter.finish().unwrap();
    let text = String::from_utf8(reporter.into_writer()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_run_as_json_lines() {
    let events = run(
        vec![samples::short_values(), samples::sql_error()],
        Some(17),
        None,
        0,
    );
    let lines: Vec<String> = lines(&events)
        .iter()
        .map(|line| serde_json::to_string_pretty(line).unwrap())
        .collect();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r#""pgassay [^"]+""#, r#""pgassay [version]""#);
    settings.bind(|| insta::assert_snapshot!(lines.join("\n")));
}

#[test]
fn the_first_line_says_the_version_and_every_line_its_event() {
    let lines = lines(&run(samples::outcomes(), None, None, 0));
    assert_eq!(lines[0]["version"], 1);
    assert!(lines.iter().all(|line| line["event"].is_string()));
    assert_eq!(
        lines
            .iter()
            .filter(|line| line["event"] == "file-finished")
            .count(),
        14
    );
}

#[test]
fn control_characters_survive_as_they_are() {
    let lines = lines(&run(vec![samples::foreign_characters()], None, None, 0));
    let file = lines
        .iter()
        .find(|line| line["event"] == "file-finished")
        .unwrap();
    assert_eq!(
        file["output"]["text"],
        samples::foreign_characters().output.text
    );
}

/// The tables of the document: under each heading of a name in backquotes, the names in the first column.
fn documented() -> Shapes {
    let mut shapes = Shapes::new();
    let mut heading = String::new();
    for line in include_str!("../../docs/json.md").lines() {
        let name = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
        if line.starts_with("##") {
            heading = name(line);
        } else if line.starts_with("| `") && !heading.is_empty() {
            shapes
                .entry(heading.clone())
                .or_default()
                .insert(name(line));
        }
    }
    shapes
}

/// The objects that a line holds, by the names under which the document describes them.
fn collect(name: &str, value: &Value, shapes: &mut Shapes) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, shapes)),
        Value::Object(fields) => {
            for (field, value) in fields {
                shapes
                    .entry(name.to_owned())
                    .or_default()
                    .insert(field.clone());
                let inner = match field.as_str() {
                    "reasons" => "reason",
                    "warnings" => "warning",
                    "assertions" => "assertion",
                    "comments" | "unknown" => "line",
                    "errors" => "error",
                    "notices" => "notice",
                    "changes" => "change",
                    "losses" => "loss",
                    other => other,
                };
                collect(inner, value, shapes);
            }
        }
        _ => {}
    }
}

#[test]
fn the_document_lists_exactly_the_events_and_fields_that_are_written() {
    let stops = [
        Stop::Interrupted("SIGINT"),
        Stop::BailOut {
            file: "a.sql".into(),
            reason: "enough".to_owned(),
        },
        Stop::FailFast(1),
        Stop::NothingFound("no test function".to_owned()),
        Stop::Error("no server".to_owned()),
    ];
    let mut events = run(vec![samples::everything()], Some(1), None, 0);
    events.extend(stops.into_iter().map(|stop| {
        Event::RunFinished(Summary {
            stopped: Some(stop),
            ..Summary::default()
        })
    }));
    let mut written = Shapes::new();
    for line in lines(&events) {
        collect(line["event"].as_str().unwrap(), &line, &mut written);
    }
    assert_eq!(written, documented());
}
