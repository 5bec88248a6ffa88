//! The order in which files begin, where nobody asked for one.

use crate::tool::{PASSING, Project};

const SLOW: &str = "SELECT plan(1);\nSELECT pass('slept') FROM pg_sleep(0.3);\n";

/// The files in the order in which they began.
fn begun(project: &Project, arguments: &[&str]) -> Vec<String> {
    let ran = project
        .run(&[&["test", "--format", "json"], arguments].concat())
        .expect(0);
    let events = ran
        .out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    events
        .filter(|event| event["event"] == "file-started")
        .map(|event| event["file"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_file_that_took_long_begins_first_in_the_next_run_of_several_workers() {
    let Some(project) = Project::new() else {
        return;
    };
    for name in ["a", "b", "c", "d", "e"] {
        project.write(&format!("sql-tests/{name}.sql"), PASSING);
    }
    project.write("sql-tests/z.sql", SLOW);
    let place_of = |name: &str, arguments: &[&str]| {
        let begun = begun(&project, arguments);
        let is_it = |file: &String| file.ends_with(name);
        (begun.iter().position(is_it), begun.len())
    };
    assert_eq!(place_of("z.sql", &["--jobs", "2"]), (Some(5), 6));
    let (place, _) = place_of("z.sql", &["--jobs", "2"]);
    // The other worker may be quicker to say so.
    assert!(place < Some(2), "{place:?}");
    // Whoever asks for an order, or for one file at a time, gets the order that is the same for everybody.
    assert_eq!(place_of("z.sql", &["--jobs", "1"]), (Some(5), 6));
    assert_eq!(
        place_of("z.sql", &["--jobs", "2", "--isolation", "shared"]),
        (Some(5), 6)
    );
    let listed = project.run(&["test", "--list"]).expect(0).out;
    assert!(listed.ends_with("sql-tests/z.sql\n"), "{listed}");
    // Once it is quick, it has its place in the order again.
    project.write("sql-tests/z.sql", PASSING);
    let (place, _) = place_of("z.sql", &["--jobs", "2"]);
    assert!(place < Some(2), "{place:?}");
    // A machine that is busy with other things may need a few runs until it is quick.
    let mut runs = (0..10).map(|_| place_of("z.sql", &["--jobs", "2"]));
    assert!(runs.any(|place| place == (Some(5), 6)));
}
