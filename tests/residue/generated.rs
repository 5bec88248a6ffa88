//! Suites that are made to leave much: whatever is used again, and in whatever order, their reports are the same.

use crate::tool::{Project, reports};

#[path = "../../benches/suites/generator.rs"]
mod generator;

use generator::Shape;

#[test]
fn a_generated_suites_report_is_that_of_a_copy_for_each_file_in_any_order() {
    let Some(project) = Project::new() else {
        return;
    };
    let shape = Shape {
        files: 60,
        tables: 12,
        migrations: 12,
        committing: 30,
        roles: 20,
        sequences: 25,
        ..Shape::STANDARD
    };
    shape.write(&project.path()).unwrap();
    let copied = reports(&project, &["--isolation", "copy"], 0);
    assert_eq!(copied.len(), shape.files);
    for arguments in [
        &[][..],
        &["-j", "1"],
        &["--shuffle=3"],
        &["--reverse", "-j", "3"],
    ] {
        assert_eq!(reports(&project, arguments, 0), copied, "{arguments:?}");
    }
}
