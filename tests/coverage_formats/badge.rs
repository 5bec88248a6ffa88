//! The badge, as an image that says in words what it shows.

use std::path::Path;

use roxmltree::Document;

use crate::tool::Project;
use crate::{file, measure, odd, written};

fn words(svg: &str) -> (String, Vec<String>) {
    let document = Document::parse(svg).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "svg");
    assert_eq!(root.attribute("role"), Some("img"));
    let of = |name: &str| -> Vec<String> {
        let found = root.descendants().filter(|it| it.tag_name().name() == name);
        found
            .filter_map(|it| it.text().map(str::to_owned))
            .collect()
    };
    let title = of("title").remove(0);
    assert_eq!(root.attribute("aria-label"), Some(title.as_str()));
    // It loads nothing.
    assert_eq!(svg.matches("http").count(), 1, "{svg}");
    (title, of("text"))
}

#[test]
fn a_badge_says_how_many_branches_were_taken() {
    let Some(project) = odd() else { return };
    measure(&project, &project.path(), &[]);
    let badge = written(&project, &project.path(), "badge");
    assert_eq!(badge.err, "");
    let (title, texts) = words(&badge.out);
    assert_eq!(title, "branches: 36.3 % taken");
    assert_eq!(texts, ["branches", "36.3 %"]);
    insta::assert_snapshot!(badge.out);
}

#[test]
fn a_badge_says_that_there_are_no_branches() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("migrations/V1__t.sql", "CREATE TABLE t ();\n")
        .write("sql-tests/a.sql", &file(&["has_table('t')"]));
    measure(&project, &project.path(), &[]);
    let badge = written(&project, &project.path(), "badge").out;
    let (title, texts) = words(&badge);
    assert_eq!(title, "branches: there are none");
    assert_eq!(texts, ["branches", "–"]);
}

/// The sample project is the one that people look into for how to do it: all of its branches are taken, and README says
/// so by the badge that the tool makes of it.
#[test]
fn the_sample_projects_badge_is_that_of_the_readme() {
    let Some(project) = Project::new() else {
        return;
    };
    let sample = Path::new(env!("CARGO_MANIFEST_DIR"));
    let test = ["test", "--coverage", "--quiet"];
    let demand = ["--fail-under-branches", "100"];
    let directory = ["-C", sample.to_str().unwrap()];
    project
        .run(&[&directory[..], &test, &demand].concat())
        .expect(0);
    let badge = written(&project, sample, "badge").out;
    assert_eq!(badge, include_str!("../../docs/images/coverage.svg"));
    let (title, _) = words(&badge);
    assert_eq!(title, "branches: 100 % taken");
    let readme = include_str!("../../README.md");
    assert!(readme.contains("100 %](docs/images/coverage.svg)"));
}
