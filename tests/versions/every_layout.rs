//! Versions of every layout of migrations.

use pgassay::migration::MigrationSet;

use crate::tool::{PASSING, Project, samples};

#[test]
fn every_migration_of_every_layout_can_be_tested() {
    let mut names: Vec<String> = std::fs::read_dir(samples().join("migration"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut tested = 0;
    for name in names {
        let path = samples().join("migration").join(&name);
        // What is refused is told in the tests of the layouts themselves, and this one presupposes what is not there.
        let Ok(set) = MigrationSet::load(std::slice::from_ref(&path), None, &samples()) else {
            continue;
        };
        if name == "graphile_current" || set.migrations.is_empty() {
            continue;
        }
        let Some(project) = project(&name) else {
            return;
        };
        let mut files = 0;
        for (place, migration) in set.migrations.iter().enumerate() {
            let called = migration.called();
            if set.named(&called).is_err() {
                continue;
            }
            project.write(
                &format!("sql-tests/{place}.sql"),
                &format!("-- pgassay: at {called}\n{PASSING}"),
            );
            files += 1;
            if !called.contains('/') {
                project.write(
                    &format!("sql-tests/migrations/{called}/before.sql"),
                    "CREATE TABLE pgassay_rows ();\n",
                );
                project.write(&format!("sql-tests/migrations/{called}/after.sql"), PASSING);
                files += 2;
            }
        }
        let ran = project.run(&["test"]);
        assert_eq!(ran.code, Some(0), "{name}: {}{}", ran.out, ran.err);
        assert!(
            ran.out.contains(&format!("{files} file")),
            "{name}: {}",
            ran.out
        );
        tested += 1;
    }
    assert!(tested > 17, "{tested}");
}

/// A project with a sample's migrations.
fn project(sample: &str) -> Option<Project> {
    let project = Project::new()?;
    let from = samples().join("migration").join(sample);
    for entry in walkdir::WalkDir::new(&from) {
        let entry = entry.unwrap();
        let name = entry.path().strip_prefix(&from).unwrap();
        if entry.file_type().is_file() {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            project.write(&format!("migrations/{}", name.display()), &text);
        }
    }
    Some(project)
}
