//! A missed line in a report is the missed line of the file: each is looked up there. What is missed says so in its text.

use std::collections::{BTreeMap, BTreeSet};

use crate::cobertura::{lines, parse};
use crate::tool::{Project, binaries};
use crate::tracefile::read;
use crate::{file, measure, written};

/// Whether the server knows `BEGIN ATOMIC`.
fn has_atomic() -> bool {
    let server = binaries().unwrap();
    server.version.major >= 14
}

/// A body in PL/pgSQL of which a call with 1 misses a line.
fn body(name: &str) -> String {
    format!(
        "
DECLARE
  said text := 'it is declared';
BEGIN
  -- A comment; with 'quotes'.
  IF a > 0 THEN
    RETURN 'reached by {name}';
  END IF;
  RETURN 'missed by {name}';
END"
    )
}

fn create(name: &str) -> String {
    format!(
        "CREATE FUNCTION {name}(a integer) RETURNS text LANGUAGE plpgsql AS $body${}$body$;\n",
        body(name)
    )
}

/// The lines of a script that were missed, as they stand there without blanks around, by the script; and that each of those
/// that were reached does not speak of being missed.
fn missed(
    project: &Project,
    of_files: &BTreeMap<String, BTreeMap<u32, usize>>,
) -> BTreeSet<(String, String)> {
    let mut missed = BTreeSet::new();
    for (file, lines) in of_files {
        let text = project.read(file);
        let text: Vec<&str> = text.split('\n').collect();
        for (line, hits) in lines {
            let line = text[usize::try_from(*line).unwrap() - 1].trim();
            if *hits == 0 {
                assert!(
                    missed.insert((file.clone(), line.to_owned())),
                    "{file}: {line}"
                );
            } else {
                assert!(!line.contains("missed by"), "{file}: {line}");
            }
        }
    }
    missed
}

/// That these are the lines that both forms tell of as missed.
fn misses(project: &Project, expected: &[(&str, &str)]) {
    let lcov = written(project, &project.path(), "lcov");
    assert_eq!(lcov.err, "");
    let sections = read(&lcov.out);
    let of_lcov = sections
        .into_iter()
        .map(|(file, section)| (file, section.lines));
    let cobertura = written(project, &project.path(), "cobertura");
    assert_eq!(cobertura.err, "");
    let expected: BTreeSet<(String, String)> = expected
        .iter()
        .map(|(file, line)| ((*file).to_owned(), (*line).to_owned()))
        .collect();
    assert_eq!(missed(project, &of_lcov.collect()), expected);
    assert_eq!(missed(project, &lines(&parse(&cobertura.out))), expected);
}

#[test]
fn of_several_versions_and_files_it_is_the_one_that_made_the_function_as_it_is() {
    let Some(project) = Project::new() else {
        return;
    };
    let again = |name: &str| create(name).replace("CREATE", "CREATE OR REPLACE");
    let longer = |name: &str| again(name).replace("BEGIN\n", "BEGIN\n  PERFORM 'reached';\n\n");
    project
        .write(
            "migrations/V1__first.sql",
            &["versioned", "repeated", "granted", "renamed", "dropped"]
                .map(create)
                .concat(),
        )
        .write("migrations/V2__second.sql", &format!("\n\n{}", longer("versioned")))
        .write("migrations/V3__third.sql", &format!("SELECT 1;\n/* A comment\n */ {}", again("versioned")))
        .write("migrations/R__repeated.sql", &format!("-- Again and again.\n{}", longer("repeated")))
        .write(
            "migrations/V4__changes.sql",
            "GRANT EXECUTE ON FUNCTION granted TO public;
ALTER FUNCTION granted(integer) STABLE;
COMMENT ON FUNCTION granted(integer) IS 'RETURN';
ALTER FUNCTION renamed(integer) RENAME TO has_a_new_name;
DO $$ DECLARE f regproc; BEGIN
  FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace LOOP
    EXECUTE format('ALTER FUNCTION %s COST 200', f);
  END LOOP;
END $$;
DROP FUNCTION dropped(integer);
",
        )
        .write("migrations/V5__made_again.sql", &format!("SELECT 'x';\n{}", longer("dropped").replace("OR REPLACE ", "")))
        .write(
            "sql-tests/a.sql",
            &file(&["is(length(versioned(1) || repeated(1) || granted(1) || has_a_new_name(1) || dropped(1)), 93)"]),
        );
    measure(&project, &project.path(), &[]);
    misses(
        &project,
        &[
            ("migrations/V3__third.sql", "RETURN 'missed by versioned';"),
            ("migrations/R__repeated.sql", "RETURN 'missed by repeated';"),
            ("migrations/V1__first.sql", "RETURN 'missed by granted';"),
            ("migrations/V1__first.sql", "RETURN 'missed by renamed';"),
            (
                "migrations/V5__made_again.sql",
                "RETURN 'missed by dropped';",
            ),
        ],
    );
}

/// What shows that each of these functions was called.
fn calls(names: &[&str]) -> String {
    let calls = names.iter();
    let calls: Vec<String> = calls
        .map(|name| format!("matches({name}(1), 'reached by')"))
        .collect();
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    file(&calls)
}

#[test]
fn however_a_body_is_written_its_lines_are_found() {
    let Some(project) = Project::new() else {
        return;
    };
    let quoted = |name: &str, quote: &str| {
        format!(
            "CREATE FUNCTION {name}(a integer, b text DEFAULT 'x') RETURNS text LANGUAGE plpgsql\nAS {quote}{}';\n",
            body(name).replace('\'', "''")
        )
    };
    let escaped = quoted("escaped", "E'").replace("-- A comment;", "-- A \\'comment\\';");
    let returns = format!("SELECT 1;\n{}", create("with_returns")).replace('\n', "\r\n");
    let placeheld = create("placeheld").replace("'it is declared'", "'${it}' || ':it :x'");
    let on_a_line = create("on_a_line").replace("$body$;\n", "$body$; ");
    let names = [
        "quoted",
        "escaped",
        "with_returns",
        "placeheld",
        "on_a_line",
        "behind_it",
    ];
    project
        .write("migrations/V1__quoted.sql", &quoted("quoted", "'"))
        .write("migrations/V2__escaped.sql", &escaped)
        .write("migrations/V3__returns.sql", &returns)
        .write("migrations/V4__placeheld.sql", &placeheld)
        .write(
            "migrations/V5__one_line.sql",
            &format!("{on_a_line}{}", create("behind_it")),
        )
        .write("sql-tests/a.sql", &calls(&names));
    measure(&project, &project.path(), &[]);
    misses(
        &project,
        &[
            ("migrations/V1__quoted.sql", "RETURN ''missed by quoted'';"),
            (
                "migrations/V2__escaped.sql",
                "RETURN ''missed by escaped'';",
            ),
            (
                "migrations/V3__returns.sql",
                "RETURN 'missed by with_returns';",
            ),
            (
                "migrations/V4__placeheld.sql",
                "RETURN 'missed by placeheld';",
            ),
            (
                "migrations/V5__one_line.sql",
                "RETURN 'missed by on_a_line';",
            ),
            (
                "migrations/V5__one_line.sql",
                "RETURN 'missed by behind_it';",
            ),
        ],
    );
}

#[test]
fn bodies_that_a_do_makes_are_found_in_it() {
    let Some(project) = Project::new() else {
        return;
    };
    let one = create("made_by_do").replace("$body$;\n", "$body$");
    let doubled = create("made_by_execute").replace('\'', "''");
    let format = create("by_format").replace("FUNCTION by_format", "FUNCTION %I");
    project
        .write(
            "migrations/V1__do.sql",
            &format!("DO $do$\nBEGIN\n  EXECUTE $x${one}$x$;\nEND $do$;\n"),
        )
        .write(
            "migrations/V2__execute.sql",
            &format!(
                "DO $do$\nBEGIN\n  PERFORM 1;\n  EXECUTE '{doubled}';\n  RETURN;\nEND $do$;\n"
            ),
        )
        .write(
            "migrations/V3__format.sql",
            &format!(
                "DO $do$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['of_many', 'of_more'] LOOP
    EXECUTE format($make${format}$make$, name);
  END LOOP;
END $do$;
"
            ),
        )
        .write(
            "sql-tests/a.sql",
            &calls(&["made_by_do", "made_by_execute", "of_many", "of_more"]),
        );
    measure(&project, &project.path(), &[]);
    let lcov = read(&written(&project, &project.path(), "lcov").out);
    // Two functions that are made of one text are two functions, on the same lines.
    let section = &lcov["migrations/V3__format.sql"];
    assert_eq!(section.functions.len(), 2);
    assert_eq!((section.lines.len(), section.branches.len()), (3, 4));
    misses(
        &project,
        &[
            ("migrations/V1__do.sql", "RETURN 'missed by made_by_do';"),
            (
                "migrations/V2__execute.sql",
                "RETURN ''missed by made_by_execute'';",
            ),
            ("migrations/V3__format.sql", "RETURN 'missed by by_format';"),
        ],
    );
}

#[test]
fn statements_of_functions_in_sql_are_found_analysed_or_not() {
    let Some(project) = Project::new() else {
        return;
    };
    // Where it depends on a function that is called, nothing fails while it is planned, which no probe tells of.
    let mut expected = vec![("migrations/V1__text.sql", "SELECT 'missed by of_text';")];
    let mut calls = vec!["throws_ok('SELECT of_text(0)', '22012')"];
    project.write(
        "migrations/V1__text.sql",
        "CREATE FUNCTION of_text(a integer) RETURNS text LANGUAGE sql AS $$\n  SELECT 1 / (a * pg_backend_pid());\n  SELECT 'missed by of_text';\n$$;\n",
    );
    if has_atomic() {
        project
            .write(
                "migrations/V2__atomic.sql",
                "CREATE TABLE t (a integer);
CREATE FUNCTION atomic(a integer) RETURNS text LANGUAGE sql AS 'SELECT ''an earlier one''';
CREATE OR REPLACE FUNCTION atomic(a integer) RETURNS text
BEGIN ATOMIC
  SELECT CASE WHEN a = 1 THEN 2 END;
  INSERT INTO t VALUES (a); SELECT 3 / (a * pg_backend_pid());

  SELECT 'missed by atomic';
END; CREATE FUNCTION returned(a integer) RETURNS text
RETURN 'missed by returned' || a;
",
            )
            .write(
                "migrations/V3__behind.sql",
                "ALTER FUNCTION returned(integer) STABLE;
ALTER FUNCTION atomic(integer) VOLATILE;
CREATE FUNCTION other(a integer) RETURNS integer BEGIN ATOMIC
  SELECT 1; SELECT 2; SELECT 3;
  SELECT 4;
END;
",
            )
            // psql puts variables where no quotes are.
            .write(
                "fixtures/1.sql",
                "\\set added 'a +\\n 2'\n\\set other 3\n\nCREATE FUNCTION of_variables(a integer) RETURNS integer\nBEGIN ATOMIC\n  SELECT :added;\n  SELECT :other / (a * pg_backend_pid());\n  SELECT :other AS \"missed by of_variables\";\nEND;\n",
            );
        calls.extend([
            "throws_ok('SELECT atomic(0)', '22012')",
            "is(other(1), 4)",
            "throws_ok('SELECT of_variables(0)', '22012')",
        ]);
        expected.extend([
            ("migrations/V2__atomic.sql", "SELECT 'missed by atomic';"),
            (
                "migrations/V2__atomic.sql",
                "RETURN 'missed by returned' || a;",
            ),
            (
                "fixtures/1.sql",
                "SELECT :other AS \"missed by of_variables\";",
            ),
        ]);
    }
    project.write("sql-tests/a.sql", &file(&calls));
    measure(&project, &project.path(), &[]);
    misses(&project, &expected);
}
