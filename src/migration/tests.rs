#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fmt::Write as _;
use std::fs;

use super::*;

pub(super) fn sample(name: &str) -> PathBuf {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/migration");
    samples.join(name)
}

pub(super) fn load(path: &Path) -> Result<MigrationSet, MigrationError> {
    MigrationSet::load(&[path.to_owned()], None, &sample(""))
}

/// Reads a directory of a project that holds these files.
pub(super) fn load_in(
    files: &[(&str, &str)],
    directory: &str,
) -> Result<MigrationSet, MigrationError> {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    MigrationSet::load(&[home.path().join(directory)], None, home.path())
}

/// A set in words, or the error.
fn told(set: Result<MigrationSet, MigrationError>) -> String {
    let set = match set {
        Ok(set) => set,
        Err(error) => return format!("{error}\n"),
    };
    let mut text = format!("{}\n", set.layout.shown);
    for migration in &set.earlier {
        writeln!(text, "  earlier: {}", migration.script.shown).unwrap();
    }
    for migration in &set.migrations {
        let Migration {
            version,
            description,
            script,
            down,
            verify,
            repeatable,
            transaction,
            scope,
        } = migration;
        let version = version.as_deref().unwrap_or("-");
        let repeatable = if *repeatable { ", repeatable" } else { "" };
        let transaction = match transaction {
            Transaction::Whole => ", in a transaction",
            Transaction::WherePossible => ", in a transaction where possible",
            Transaction::Apart => "",
        };
        let scope = match scope {
            Scope::Always => "",
            Scope::Baseline => ", baseline",
            Scope::EmptyDatabase => ", in an empty database",
            Scope::Uncommitted => ", uncommitted",
        };
        writeln!(
            text,
            "  {version}: {description:?}{repeatable}{transaction}{scope}"
        )
        .unwrap();
        let scripts = [
            ("up", Some(script)),
            ("down", down.as_ref()),
            ("verify", verify.as_ref()),
        ];
        for (what, script) in scripts {
            if let Some(script) = script {
                writeln!(text, "    {what}: {}", script_told(script)).unwrap();
            }
        }
    }
    text
}

/// A script in words: its file, and what runs of it where that is not all.
fn script_told(script: &MigrationScript) -> String {
    assert_eq!(script.path, sample(&script.shown), "the path is absolute");
    let file = fs::read_to_string(&script.path).unwrap();
    let mut told = script.shown.to_string();
    if *script.text != *file {
        for (number, line) in (1..).zip(script.text.lines()) {
            if !line.trim().is_empty() {
                write!(told, "\n      {number:>2} {line}").unwrap();
            }
        }
    }
    told
}

#[test]
fn every_sample_directory_is_read_or_refused_as_its_layout_demands() {
    let mut names: Vec<_> = fs::read_dir(sample(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.extend([
        "plain/views.sql".to_owned(),
        "supabase/migrations".to_owned(),
    ]);
    for name in names {
        let told = told(load(&sample(&name)));
        insta::assert_snapshot!(format!("sample_{}", name.replace(['/', '.'], "_")), told);
    }
}

#[test]
fn every_layout_has_a_sample_that_is_recognised_as_its_own() {
    for layout in Layout::all() {
        let name = layout.name;
        let set = load(&sample(&name.word.replace('-', "_")));
        if name == pgroll::LAYOUT.name {
            // Only pgroll can make SQL of its migrations.
            let refusal = set.unwrap_err();
            let is_its =
                matches!(refusal, MigrationError::NotSql { layout, .. } if layout == name.shown);
            assert!(is_its, "{refusal}");
            continue;
        }
        let set = set.unwrap();
        assert_eq!(set.layout, name);
        assert!(!set.migrations.is_empty(), "{}", name.word);
    }
}

#[test]
fn several_directories_are_one_history() {
    let load = |names: &[&str]| {
        let paths: Vec<_> = names.iter().map(|name| sample(name)).collect();
        MigrationSet::load(&paths, None, &sample(""))
    };
    insta::assert_snapshot!(
        "several",
        [
            told(load(&["several/policy", "several/payment"])),
            told(load(&["several/policy", "several/policy_again"])),
            told(load(&["flyway", "plain"])),
            told(load(&["plain", "several/plain"])),
            told(load(&["plain", "plain_nested"])),
        ]
        .join("\n")
    );
}

#[test]
fn only_a_directory_without_any_file_holds_no_migrations() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("2024")).unwrap();
    fs::write(home.path().join(".gitkeep"), "").unwrap();
    let set = load(home.path()).unwrap();
    assert_eq!(set.migrations, []);
    fs::write(home.path().join("notes.txt"), "").unwrap();
    let refusal = load(home.path()).unwrap_err();
    assert!(matches!(refusal, MigrationError::NoSql { .. }), "{refusal}");
}

#[test]
fn a_directory_that_is_not_there_cannot_be_read() {
    let refusal = load(Path::new("/no/such/migrations"))
        .unwrap_err()
        .to_string();
    assert!(
        refusal.starts_with("cannot read /no/such/migrations, needed for"),
        "{refusal}"
    );
}

#[test]
fn the_hash_follows_the_content_and_not_the_place() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let hash = |name: &str| {
        MigrationSet::load(&[home.path().join(name)], None, home.path())
            .unwrap()
            .hash
    };
    for place in ["a", "b/c"] {
        write(&format!("{place}/V1__x.sql"), "SELECT 1;");
        write(&format!("{place}/V2__y.sql"), "SELECT 2;");
    }
    let first = hash("a");
    assert_eq!(first.len(), 64);
    assert_eq!(first, hash("b/c"));

    let mut seen = vec![first];
    let mut changed = |what: &str| {
        let hash = hash("a");
        assert!(!seen.contains(&hash), "{what}");
        seen.push(hash);
    };
    write("a/V2__y.sql", "SELECT 2; ");
    changed("other bytes");
    write("a/V2__y.sql.conf", "executeInTransaction=false");
    changed("another flag");
    fs::rename(
        home.path().join("a/V2__y.sql"),
        home.path().join("a/V2__z.sql"),
    )
    .unwrap();
    changed("another name");
    fs::remove_file(home.path().join("a/V1__x.sql")).unwrap();
    changed("one fewer");
}

#[test]
fn the_hash_of_an_undo_migration_does_not_count_since_it_is_not_applied() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("V1__x.sql"), "SELECT 1;").unwrap();
    let before = load(home.path()).unwrap().hash;
    fs::write(home.path().join("U1__x.sql"), "SELECT 0;").unwrap();
    assert_eq!(load(home.path()).unwrap().hash, before);
}

#[test]
fn the_ends_of_lines_are_no_part_of_a_checksum() {
    let checksum = |text: &str| {
        let set = load_in(&[("V1__users.sql", text)], "").unwrap();
        set.migrations[0].script.checksum()
    };
    let first = checksum("CREATE TABLE t (\n    id int\n);\n");
    assert_eq!(checksum("CREATE TABLE t (\r\n    id int\r\n);\r\n"), first);
    assert_ne!(checksum("CREATE TABLE t (\n\n    id int\n);\n"), first);
}

#[test]
fn what_takes_a_migration_back_is_no_part_of_its_checksum() {
    let checksum = |text: &str| {
        let set = load_in(&[("1_users.sql", text)], "").unwrap();
        set.migrations[0].script.checksum()
    };
    let first = checksum("-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;\n");
    for other in [
        "-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE IF EXISTS t;\n\n",
        "-- A word first.\n-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\n",
    ] {
        assert_eq!(checksum(other), first, "{other}");
    }
    assert_ne!(
        checksum("-- migrate:up\nCREATE TABLE u ();\n-- migrate:down\nDROP TABLE t;\n"),
        first
    );
}
