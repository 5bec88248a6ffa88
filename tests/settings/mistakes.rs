use std::fs;
use std::path::Path;

use crate::project::Project;

#[test]
fn every_mistake_in_the_file_is_told_with_its_place() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/settings/mistakes");
    let mut samples: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    samples.sort();
    assert!(!samples.is_empty());
    for sample in samples {
        let text = fs::read_to_string(&sample).unwrap();
        let name = sample.file_stem().unwrap().to_str().unwrap();
        let refusal = Project::full().toml(&text).refusal("test");
        assert!(refusal.starts_with("pgassay.toml:"), "{name}: {refusal}");
        insta::with_settings!({ description => text, omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("mistake_{name}"), refusal);
        });
    }
}

#[test]
fn every_other_mistake_is_told_with_who_made_it() {
    let with_profiles = "[profile.ci]\n[profile.nightly]\n";
    let mistakes = [
        ("there are no tests", {
            let project = Project::new().started_in("empty");
            project.refusal("test")
        }),
        (
            "-C names no directory",
            Project::full().refusal("-C sql-tests -C user test"),
        ),
        (
            "-C names a file",
            Project::full().refusal("-C migrations/V1__users.sql test"),
        ),
        (
            "--config names no file",
            Project::full().refusal("test --config x.toml"),
        ),
        ("PGASSAY_CONFIG names no file", {
            Project::full()
                .variable("PGASSAY_CONFIG", "x.toml")
                .refusal("test")
        }),
        ("the file is not UTF-8", {
            let project = Project::full();
            fs::write(project.path("pgassay.toml"), b"owner = \"\xff\"").unwrap();
            project.refusal("test")
        }),
        ("a mistyped profile", {
            Project::full()
                .toml(with_profiles)
                .refusal("test --profile nihgtly")
        }),
        ("an unknown profile", {
            let project = Project::full().toml(with_profiles);
            project
                .variable("PGASSAY_PROFILE", "release")
                .refusal("test")
        }),
        (
            "a file without profiles",
            Project::full().toml("").refusal("test --profile ci"),
        ),
        (
            "a profile without a file",
            Project::full().refusal("test --profile ci"),
        ),
        ("typed migrations that do not exist", {
            Project::full().refusal("test --migrations migration")
        }),
        (
            "typed roles that do not exist",
            Project::full().refusal("test --roles x/y"),
        ),
        (
            "a typed pattern that is none",
            Project::full().refusal("test --match ("),
        ),
        ("a typed pg_bin that is no directory", {
            Project::full().refusal("test --pg-bin migrations/V1__users.sql")
        }),
        (
            "a typed database name",
            Project::full().refusal("test --database-name template0"),
        ),
        ("a variable that is no number", {
            Project::full()
                .variable("PGASSAY_JOBS", "two")
                .refusal("test")
        }),
        ("a variable that is no duration", {
            Project::full()
                .variable("PGASSAY_TIMEOUT", "5")
                .refusal("test")
        }),
        ("a variable that is no switch", {
            Project::full()
                .variable("PGASSAY_STRICT", "maybe")
                .refusal("test")
        }),
        ("a variable that is no format", {
            Project::full()
                .variable("PGASSAY_FORMAT", "xml")
                .refusal("test")
        }),
        ("variables that exclude one another", {
            let project = Project::full().variable("PGASSAY_URL", "host=db");
            project.variable("PGASSAY_PG_VERSION", "17").refusal("test")
        }),
        ("a mistake in a file above", {
            let project = Project::full().toml("jobs = 0\n").started_in("sql-tests");
            project.refusal("test")
        }),
    ];
    let told: Vec<_> = mistakes
        .iter()
        .map(|(mistake, message)| format!("{mistake}:\n{message}\n"))
        .collect();
    insta::assert_snapshot!("other_mistakes", told.join("\n"));
}
