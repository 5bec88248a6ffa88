//! The sample project, object by object: what its tests assert and exercise is what a person says who reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use pgassay::catalog::{Kind, Place};
use pgassay::coverage::{CoverageReport, CoveredObject};
use pgassay::script::{Scan, Scanner};

use crate::tool::Project;

/// This repository's own project.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Measures a project, or some of its files.
fn measured(project: &Project, directory: &Path, files: &[&str]) -> CoverageReport {
    let directory = directory.to_str().unwrap();
    let test = ["-C", directory, "test", "--coverage", "--quiet"];
    project.run(&[&test, files].concat()).expect(0);
    let data = ["-C", directory, "coverage", "--format", "data"];
    let data = project.run(&data).expect(0).out;
    CoverageReport::parse(data.as_bytes()).unwrap()
}

/// A line for each object: its level, what assertions about it pin down, what it was seen to do and what not.
fn line(object: &CoveredObject) -> String {
    let asserted: Vec<String> = object
        .asserted_properties()
        .map(ToString::to_string)
        .collect();
    let (seen, unseen): (Vec<_>, Vec<_>) = object
        .behaviours
        .iter()
        .partition(|behaviour| object.exercised.contains_key(behaviour));
    let words = |behaviours: Vec<_>| -> String {
        let words: Vec<String> = behaviours.iter().map(ToString::to_string).collect();
        words.join(", ")
    };
    let mut line = format!("{}: {}", object.object.name, object.level().word());
    for (what, words) in [
        ("asserted", asserted.join(", ")),
        ("seen", words(seen)),
        ("not seen", words(unseen)),
    ] {
        if !words.is_empty() {
            line.push_str(&format!("\n    {what}: {words}"));
        }
    }
    line
}

#[test]
fn every_object_of_the_sample_project_is_on_the_level_that_its_tests_give_it() {
    let Some(project) = Project::new() else {
        return;
    };
    let report = measured(&project, &root(), &[]);
    let varies = |it: &&CoveredObject| match it.object.name.kind {
        // Not-null constraints of tables are objects from PostgreSQL 18 on; the columns say the same. Who may refresh
        // the materialized view is tested from 17 on, and 18 scans its index then.
        Kind::NotNull | Kind::MaterializedView => true,
        Kind::Index => it.object.name.parent.as_deref() == Some("monthly_premiums"),
        _ => false,
    };
    let (varying, objects): (Vec<_>, Vec<_>) = report.objects.iter().partition(varies);
    for object in varying {
        assert!(object.is_asserted() || object.object.name.kind == Kind::NotNull);
    }
    let lines: Vec<String> = objects.into_iter().map(line).collect();
    assert!(lines.len() >= 150, "{}", lines.len());
    insta::assert_snapshot!("unseen", report.unseen.join("\n"));
    insta::assert_snapshot!(lines.join("\n"));
}

/// What a report says that some place asserts: object and property, with the places.
fn claims(report: &CoverageReport) -> BTreeMap<(String, String), BTreeSet<Place>> {
    let mut claims: BTreeMap<_, BTreeSet<Place>> = BTreeMap::new();
    for object in &report.objects {
        for (property, assertions) in &object.asserted {
            let key = (object.object.name.to_string(), property.to_string());
            let places = assertions.iter().map(|assertion| assertion.place.clone());
            claims.entry(key).or_default().extend(places);
        }
    }
    claims
}

/// The statement that begins in a line of a script, as it stands there.
fn statement(text: &str, line: u32) -> Option<&str> {
    let mut scanner = Scanner::new("".into(), text);
    loop {
        match scanner.next(&(), true).ok()? {
            Scan::Statement(fragment) if fragment.location().line() == line => {
                let statement = fragment.text().to_owned();
                let at = text.find(&statement)?;
                return Some(&text[at..at + statement.len()]);
            }
            Scan::Statement(_) => {}
            Scan::Command(_) => scanner.skip_command(),
            Scan::End(_) => return None,
        }
    }
}

#[test]
fn without_an_assertion_all_is_gone_that_it_alone_asserted_and_nothing_else() {
    /// Every so many of the assertions are left out, one at a time.
    const STEP: usize = 24;
    let Some(project) = Project::new() else {
        return;
    };
    let copy = project.path();
    for directory in ["roles", "migrations", "fixtures", "sql-tests"] {
        let copied = std::process::Command::new("cp")
            .arg("-r")
            .arg(root().join(directory))
            .arg(&copy)
            .status();
        assert!(copied.unwrap().success());
    }
    let settings = root().join("pgassay.toml");
    if settings.exists() {
        fs::copy(settings, copy.join("pgassay.toml")).unwrap();
    }
    let whole = claims(&measured(&project, &copy, &[]));
    let places: BTreeSet<Place> = whole.values().flatten().cloned().collect();
    let mut left_out = 0;
    for place in places.iter().step_by(STEP) {
        let path = copy.join(&place.file);
        let text = fs::read_to_string(&path).unwrap();
        let Some(statement) = statement(&text, place.line) else {
            continue;
        };
        // It may make several assertions.
        if !statement.trim_start().to_lowercase().starts_with("select")
            || statement.to_lowercase().contains(" from ")
        {
            continue;
        }
        let file = [place.file.as_str()];
        let before = claims(&measured(&project, &copy, &file));
        let lines = "\n".repeat(statement.matches('\n').count());
        let without = text.replacen(statement, &format!("SELECT pass('left out'){lines};"), 1);
        fs::write(&path, without).unwrap();
        let after = claims(&measured(&project, &copy, &file));
        fs::write(&path, text).unwrap();
        let mut expected = before;
        expected.retain(|_, places| {
            places.remove(place);
            !places.is_empty()
        });
        assert_eq!(after, expected, "{place}");
        left_out += 1;
    }
    assert!(left_out >= 10, "{left_out} of {}", places.len());
}
