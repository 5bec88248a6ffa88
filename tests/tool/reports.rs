//! The reports of a run's files, to be compared with those of another run.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Project;

/// What varies from run to run.
const VARYING: [&str; 5] = ["seconds", "step_seconds", "worker", "started_at", "started"];

/// The report of each file of a run that ends with this exit code, without what varies.
pub(crate) fn reports(project: &Project, arguments: &[&str], code: i32) -> BTreeMap<String, Value> {
    let all = [&["test", "--format", "json"], arguments].concat();
    let ran = project.run(&all).expect(code);
    let mut reports = BTreeMap::new();
    for line in ran.out.lines() {
        let mut event: Value = serde_json::from_str(line).unwrap();
        if event["event"] == "file-finished" {
            strip(&mut event);
            reports.insert(event["file"].as_str().unwrap().to_owned(), event);
        }
    }
    reports
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !VARYING.contains(&name.as_str()));
            fields.values_mut().for_each(strip);
        }
        Value::Array(values) => values.iter_mut().for_each(strip),
        _ => {}
    }
}
