//! What a project's migrations made, as its own test file asserts it.

use crate::tool::Project;

/// Columns and indexes of the public schema, one a row.
const OBJECTS: &str = "SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'index ' || c.relname
  FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
 WHERE c.relnamespace = 'public'::regnamespace AND i.indisvalid
UNION ALL
SELECT 'function ' || p.proname
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
 WHERE p.pronamespace = 'public'::regnamespace AND p.prosrc LIKE '%of the sample%'";

/// A project with a sample's migrations.
pub(crate) fn project(sample: &str) -> Option<Project> {
    let project = Project::new()?;
    let from = crate::tool::samples().join("migration").join(sample);
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

/// Fails unless the migrations make these columns, valid indexes and functions of the sample, and nothing else.
#[track_caller]
pub(crate) fn assert_makes(project: &Project, objects: &[&str]) {
    assert_makes_with(project, objects, |command| command);
}

/// The same, with a command that something is said to.
#[track_caller]
pub(crate) fn assert_makes_with(
    project: &Project,
    objects: &[&str],
    say: impl Fn(&mut std::process::Command) -> &mut std::process::Command,
) {
    let rows: Vec<String> = objects.iter().map(|row| format!("('{row}')")).collect();
    let test = format!(
        "BEGIN;\nSELECT plan(1);\nSELECT set_eq($${OBJECTS}$$, $$VALUES {}$$, 'the schema');\nSELECT finish();\nROLLBACK;\n",
        rows.join(", ")
    );
    project.write("sql-tests/schema.sql", &test);
    let mut command = project.command(&["test"]);
    say(&mut command);
    let ran = crate::tool::Running::start(command, project.around()).finish();
    ran.expect(0);
    project.assert_nothing_is_left();
}

/// Fails unless these questions are answered with yes in the project's database, and nothing is in the way of migrating it.
#[track_caller]
pub(crate) fn assert_holds(project: &Project, questions: &[&str]) {
    let all: Vec<String> = (questions.iter())
        .map(|question| format!("SELECT ok(({question}), $q${question}$q$);\n"))
        .collect();
    let plan = all.len();
    let test = format!(
        "BEGIN;\nSELECT plan({plan});\n{}SELECT finish();\nROLLBACK;\n",
        all.concat()
    );
    project.write("sql-tests/schema.sql", &test);
    project.run(&["test"]).expect(0);
    project.assert_nothing_is_left();
}

/// Fails unless the project cannot be migrated, and is told so with this place and these words.
#[track_caller]
pub(crate) fn assert_breaks(project: &Project, place: &str, words: &str) {
    project.write("sql-tests/a.sql", crate::tool::PASSING);
    let ran = project.run(&["test"]).expect(2);
    assert!(ran.err.contains(place), "no {place:?} in:\n{}", ran.err);
    assert!(ran.err.contains(words), "no {words:?} in:\n{}", ran.err);
    project.assert_nothing_is_left();
}
