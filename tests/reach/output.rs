//! What is shown beyond verdicts, and how results are printed to begin with.

use crate::tool::Project;

const TALKING: &str = "SELECT plan(3);
SELECT diag('a word on the way');
SELECT pass('plain');
SELECT todo('later', 1);
SELECT fail('wanted some day');
SELECT skip('not here', 1);
";

#[test]
fn comments_and_directives_of_files_that_pass_are_shown_where_they_are_asked_for() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write("sql-tests/a.sql", TALKING);
    let plain = project.run(&["test"]).expect(0);
    assert!(!plain.out.contains("a word on the way"), "{}", plain.out);
    assert!(!plain.out.contains("wanted some day"), "{}", plain.out);
    let ran = project.run(&["test", "--comments"]).expect(0);
    let ran = ran.tells(&["# a word on the way\n", "# Failed (TODO) test 2"]);
    assert!(!ran.out.contains("todo  2"), "{}", ran.out);
    let ran = project.run(&["test", "--directives"]).expect(0);
    let ran = ran.tells(&["todo  2  wanted some day  (later)", "skip  3"]);
    assert!(!ran.out.contains("plain"), "{}", ran.out);
    let both = project.run(&["test", "-v", "-o"]).expect(0);
    both.tells(&["ok  1  plain", "# a word on the way"]);
}

#[test]
fn printing_options_hold_from_the_first_statement_on() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write("pgassay.toml", "[pset]\nnull = \"(nothing)\"\n")
        .write(
            "sql-tests/a.sql",
            "SELECT plan(1);\nSELECT NULL::text, 'x';\nSELECT pass('done');\n",
        );
    let printed = |arguments: &[&str]| {
        let archive = project.path().join("tap");
        let _ = std::fs::remove_dir_all(&archive);
        let arguments: Vec<&str> = ["test", "--archive", "tap"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        project.run(&arguments).expect(0);
        project.read("tap/sql-tests/a.sql")
    };
    assert_eq!(printed(&[]), "1..1\n(nothing)|x\nok 1 - done\n");
    assert_eq!(
        printed(&["--pset", "null=-", "-P", "fieldsep=;"]),
        "1..1\n-;x\nok 1 - done\n"
    );
    let ran = project.run(&["test", "--pset", "colour=red"]).expect(2);
    assert!(ran.err.contains("unknown option: colour"), "{}", ran.err);
}

#[test]
fn under_strict_a_warning_is_told_once_and_cannot_be_read_as_its_opposite() {
    let Some(project) = Project::new() else {
        return;
    };
    project.write(
        "sql-tests/a.sql",
        "\\set ON_ERROR_STOP 0
SELECT plan(1);
SELECT nonsense;
SELECT * FROM todo('later', 1);
SELECT pass('works');
SELECT * FROM finish();
",
    );
    let ran = project.run(&["test", "--strict"]).expect(1);
    let (_, details) = ran.out.split_once("───").unwrap();
    assert!(!ran.out.contains("under strict"), "{}", ran.out);
    assert!(details.contains("[passing-todo]"), "{details}");
    for once in [
        "column \"nonsense\" does not exist",
        "put right what it says",
    ] {
        assert_eq!(details.matches(once).count(), 1, "{once}: {details}");
    }
}

#[test]
fn what_is_said_of_a_file_is_said_at_every_verbosity() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write(
            "sql-tests/broken.sql",
            "SELECT plan(2);\nSELECT pass('x');\n\\ecoh y\n",
        )
        .write("sql-tests/skipped.sql", "SELECT skip_all('');\n")
        .write(
            "sql-tests/warned.sql",
            "SELECT plan(1);\nSELECT * FROM todo('later', 1);\nSELECT pass('x');\nSELECT * FROM finish();\n",
        );
    let meant = "command: \\ecoh: psql has no such command; did you mean `\\echo`?";
    for verbosity in [&["test"][..], &["test", "-v"]] {
        let ran = project.run(verbosity).expect(1);
        let (lines, _) = ran.out.split_once("───").unwrap();
        assert!(lines.contains(meant), "{lines}");
        assert!(!ran.out.contains("()\n"), "{}", ran.out);
        assert!(!ran.out.contains("without -q"), "{}", ran.out);
    }
    let quiet = project.run(&["test", "-q"]).expect(1);
    quiet.tells(&["1 warning (shown without -q)"]);
}

#[test]
fn what_can_only_be_a_slip_is_told_with_what_is_right() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write(
            "sql-tests/a.sql",
            "-- pgassay: tags slow, login\nSELECT plan(1);\nSELECT pass('x');\n",
        )
        .write(
            "sql-tests/b.sql",
            "-- pgassay: timeout \nSELECT plan(1);\nSELECT pass('x');\n",
        );
    for (arguments, code, hint) in [
        (&["--tag", "slwo"][..], 4, "their tags are login, slow"),
        (&["--archive", "out.zip"], 2, "`.zip` is no form of it"),
        (&["--state", "failed save"], 2, "`failed,save`"),
        (&["--state", "failed,"], 2, "leave out what is too much"),
        (&["-C", "nodir"], 2, "-C: there is no directory"),
        (&["--split", "sql-tests"], 2, "beside `--runtests`"),
    ] {
        let ran = project.run(&[&["test"], arguments].concat()).expect(code);
        assert!(ran.err.contains(hint), "{arguments:?}: {}", ran.err);
    }
    assert!(!project.path().join("out.zip").exists());
    let ran = project.run(&["test", "sql-tests/b.sql"]).expect(0);
    ran.tells(&["`timeout` needs a duration, such as `timeout 5s`"]);
}
