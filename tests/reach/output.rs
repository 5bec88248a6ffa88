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
    let ran = project.run(&["test", "--pset", "colour=red"]).expect(1);
    ran.tells(&["--pset colour=red: unknown option: colour"]);
}
