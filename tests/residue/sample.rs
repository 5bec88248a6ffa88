//! The sample project: whatever is used again, and in whatever order, its report is the same.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::tool::Project;

/// What varies from run to run.
const VARYING: [&str; 5] = ["seconds", "step_seconds", "worker", "started_at", "started"];

/// The report of each file of this repository's own project, without what varies.
fn reports(project: &Project, arguments: &[&str]) -> BTreeMap<String, Value> {
    let sample = env!("CARGO_MANIFEST_DIR");
    let all = [&["-C", sample, "test", "--format", "json"], arguments].concat();
    let ran = project.run(&all).expect(0);
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

#[test]
fn the_sample_projects_report_is_that_of_a_copy_for_each_file_in_any_order() {
    let Some(project) = Project::new() else {
        return;
    };
    let copied = reports(&project, &["--isolation", "copy"]);
    assert!(copied.len() > 50, "{}", copied.len());
    for arguments in [
        &[][..],
        &["-j", "1"],
        &["--shuffle=1"],
        &["--shuffle=2", "-j", "1"],
        &["--reverse"],
    ] {
        let reports = reports(&project, arguments);
        assert_eq!(reports.len(), copied.len(), "{arguments:?}");
        for (file, report) in &copied {
            assert_eq!(&reports[file], report, "{arguments:?}");
        }
    }
}
