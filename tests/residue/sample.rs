//! The sample project: whatever is used again, and in whatever order, its report is the same.

use crate::tool::{Project, reports};

#[test]
fn the_sample_projects_report_is_that_of_a_copy_for_each_file_in_any_order() {
    let Some(project) = Project::new() else {
        return;
    };
    // This repository's own project.
    let reports = |arguments: &[&str]| {
        let there = ["-C", env!("CARGO_MANIFEST_DIR")];
        reports(&project, &[arguments, &there].concat(), 0)
    };
    let copied = reports(&["--isolation", "copy"]);
    assert!(copied.len() > 50, "{}", copied.len());
    for arguments in [
        &[][..],
        &["-j", "1"],
        &["--shuffle=1"],
        &["--shuffle=2", "-j", "1"],
        &["--reverse"],
    ] {
        let reports = reports(arguments);
        assert_eq!(reports.len(), copied.len(), "{arguments:?}");
        for (file, report) in &copied {
            assert_eq!(&reports[file], report, "{arguments:?}");
        }
    }
}
