#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::HashMap;
use std::os::unix::fs::symlink;

use super::*;
use crate::cli::{self, Command};
use crate::settings::Environment;

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/project")
}

/// The settings of `pgassay test ARGUMENTS` in a directory.
fn settings(directory: &Path, arguments: &str) -> Settings {
    let words = ["pgassay", "test"]
        .into_iter()
        .chain(arguments.split_whitespace());
    let typed = cli::parse(words).unwrap();
    let Command::Test(test) = typed.command else {
        panic!("{arguments} is no test run")
    };
    let environment = Environment {
        current_dir: directory.to_owned(),
        variables: HashMap::from([("HOME".into(), directory.into())]),
        user_id: 1,
        seed: 1,
    };
    Settings::resolve(&typed.global, &test, &environment).unwrap()
}

fn load(arguments: &str) -> Result<Project, ProjectError> {
    Project::load(&settings(&sample(), arguments))
}

fn tests_shown(arguments: &str) -> Vec<String> {
    let project = load(arguments).unwrap();
    project
        .tests
        .iter()
        .map(|file| file.shown.to_string())
        .collect()
}

fn refusal(arguments: &str) -> String {
    let text = load(arguments).unwrap_err().to_string();
    text.replace(&*sample().to_string_lossy(), "[project]")
}

#[test]
fn whole_tests_behind_an_underscore_are_not_passed_over_in_silence() {
    let project = load("").unwrap();
    let shown: Vec<_> = project.passed_over.iter().map(|file| &**file).collect();
    assert_eq!(shown, ["sql-tests/_group_concat/test.sql"]);
    // Scripts that tests include are no tests, and what is named is not passed over.
    let named = load("sql-tests/users sql-tests/_group_concat").unwrap();
    assert!(named.passed_over.is_empty(), "{:?}", named.passed_over);
    assert_eq!(named.tests.len(), 3);
}

#[test]
fn test_files_are_found_in_natural_order_without_what_is_hidden_or_included() {
    assert_eq!(
        tests_shown(""),
        [
            "sql-tests/2_second.sql",
            "sql-tests/10_tenth.sql",
            "sql-tests/users/login.sql",
            "sql-tests/users/names.pg",
            "sql-tests/users-old/legacy.sql",
        ]
    );
}

#[test]
fn what_is_named_itself_is_taken_whatever_its_name() {
    assert_eq!(
        tests_shown("sql-tests/users/_people.sql sql-tests/_include more/smoke.psql"),
        [
            "sql-tests/users/_people.sql",
            "sql-tests/_include/setup.sql",
            "more/smoke.psql",
        ]
    );
    assert_eq!(tests_shown("more"), Vec::<String>::new());
    assert_eq!(load("more").unwrap().empty, ["more"]);
}

#[test]
fn a_file_that_is_named_twice_runs_once() {
    assert_eq!(
        tests_shown("sql-tests/users sql-tests/users/../users/login.sql"),
        ["sql-tests/users/login.sql", "sql-tests/users/names.pg"]
    );
}

#[test]
fn paths_are_matched_as_shown_and_what_was_found_is_counted_before() {
    let project = load("--match ^sql-tests/users/").unwrap();
    let shown: Vec<_> = project.tests.iter().map(|file| &*file.shown).collect();
    assert_eq!(
        shown,
        ["sql-tests/users/login.sql", "sql-tests/users/names.pg"]
    );
    assert_eq!(project.found, 5);
    assert!(project.tests.iter().all(|file| file.path.is_absolute()));
}

#[test]
fn a_file_is_wanted_for_any_one_of_its_tags() {
    let header = Header {
        tags: vec!["slow".to_owned(), "login".to_owned()],
        ..Header::default()
    };
    let wanted = |tags: &[&str]| {
        let tags: Vec<_> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        (header.is_wanted(&tags), Header::default().is_wanted(&tags))
    };
    assert_eq!(wanted(&[]), (true, true));
    assert_eq!(wanted(&["login", "other"]), (true, false));
    assert_eq!(wanted(&["log"]), (false, false));
}

#[test]
fn files_outside_the_project_are_shown_with_their_whole_path() {
    let settings = settings(&sample().join("more"), "../sql-tests/2_second.sql");
    let project = Project::load(&settings).unwrap();
    let expected = sample().join("sql-tests/2_second.sql");
    assert_eq!(*project.tests[0].shown, *expected.to_str().unwrap());
}

#[test]
fn scripts_are_a_file_or_a_directory_in_natural_order() {
    let project = load("--fixtures fixtures.sql").unwrap();
    let shown = |files: &[ScriptFile]| -> Vec<String> {
        files.iter().map(|file| file.shown.to_string()).collect()
    };
    assert_eq!(
        shown(&project.roles),
        [
            "roles/2_readers.sql",
            "roles/10_writers.sql",
            "roles/more/1_auditors.sql"
        ]
    );
    assert_eq!(shown(&project.fixtures), ["fixtures.sql"]);
    assert_eq!(project.fixtures[0].path, sample().join("fixtures.sql"));
}

#[test]
fn a_path_that_is_not_there_is_told_with_the_one_that_was_meant() {
    assert_eq!(
        refusal("sql-tests/user/login.sql"),
        "there is no test file or directory [project]/sql-tests/user/login.sql; \
         did you mean `[project]/sql-tests/users/login.sql`?"
    );
    assert_eq!(
        refusal("nothing/like/it"),
        "there is no test file or directory [project]/nothing/like/it"
    );
    assert_eq!(
        refusal("fixtures.sql/x"),
        "there is no test file or directory [project]/fixtures.sql/x; \
         did you mean `[project]/fixtures.sql`?"
    );
    assert_eq!(
        refusal("/dev/null"),
        "cannot run /dev/null as a test: it is neither a file nor a directory"
    );
}

#[test]
fn symbolic_links_are_followed_but_not_in_circles() {
    let home = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(home.path()).unwrap();
    fs::create_dir_all(root.join("sql-tests/deep")).unwrap();
    fs::create_dir_all(root.join("elsewhere")).unwrap();
    fs::write(root.join("elsewhere/linked.sql"), "").unwrap();
    symlink(root.join("sql-tests"), root.join("sql-tests/deep/circle")).unwrap();
    symlink(root.join("elsewhere"), root.join("sql-tests/link")).unwrap();
    symlink(root.join("gone.md"), root.join("sql-tests/notes.md")).unwrap();
    let project = Project::load(&settings(&root, "")).unwrap();
    let shown: Vec<_> = project.tests.iter().map(|file| &*file.shown).collect();
    assert_eq!(shown, ["sql-tests/link/linked.sql"]);
}

#[test]
fn a_test_file_that_cannot_be_read_is_found_all_the_same_so_that_it_alone_is_broken() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("sql-tests")).unwrap();
    fs::write(
        home.path().join("sql-tests/good.sql"),
        "-- pgassay: serial\n",
    )
    .unwrap();
    symlink("gone.sql", home.path().join("sql-tests/dangling.sql")).unwrap();
    let project = Project::load(&settings(home.path(), "")).unwrap();
    let found: Vec<_> = project
        .tests
        .iter()
        .map(|file| (&*file.shown, file.header.serial))
        .collect();
    assert_eq!(
        found,
        [
            ("sql-tests/dangling.sql", false),
            ("sql-tests/good.sql", true)
        ]
    );
}

#[test]
fn a_test_file_that_is_no_utf_8_is_still_found() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("sql-tests")).unwrap();
    fs::write(home.path().join("sql-tests/latin.sql"), b"-- caf\xe9\n").unwrap();
    let project = Project::load(&settings(home.path(), "")).unwrap();
    assert_eq!(project.tests.len(), 1);
}
