//! What people read of misbehaving files.

use std::fs;

use crate::project::Project;
use crate::table::Table;

/// These print 100 MB, to little effect on the console; the other run has them.
const LEFT_OUT: [&str; 6] = [
    "output/big_rows.sql",
    "output/long_columns.sql",
    "output/long_notices.sql",
    "output/long_values.sql",
    "output/one_line.sql",
    "output/small_rows.sql",
];

#[test]
fn the_console_says_of_each_file_where_what_happened_and_what_to_do() {
    let Some(project) = Project::new() else {
        return;
    };
    let mut table = Table::read();
    for name in LEFT_OUT {
        table.remove(name);
        fs::remove_file(project.root.join("sql-tests").join(name)).unwrap();
    }
    let run = project.test("-j 2");
    assert_eq!((run.exit, run.stderr.as_str()), (1, ""));
    let is_printable = |c: char| c == '\n' || !c.is_control();
    assert!(run.stdout.chars().all(is_printable), "{}", run.stdout);
    for (name, row) in table.rows() {
        let verdict = row.verdict();
        let line = format!("{verdict}  sql-tests/{name}  (");
        let Some(line) = run.stdout.lines().find(|found| found.contains(&line)) else {
            panic!("{name} should have a line with {verdict}");
        };
        let section = match verdict {
            "failed" | "broken" => details(&run.stdout, verdict, name),
            _ => line_and_remarks(&run.stdout, line),
        };
        for text in &row.says {
            assert!(
                single_spaced(&section).contains(&single_spaced(text)),
                "{name} does not say {text:?}:\n{section}"
            );
        }
    }
}

/// The part of the output that tells all of a file.
fn details(output: &str, verdict: &str, name: &str) -> String {
    let heading = format!("\n{verdict}  sql-tests/{name} ─");
    let (_, rest) = output
        .split_once(&heading)
        .unwrap_or_else(|| panic!("no details of {name}"));
    let ends = ["\nfailed  sql-tests/", "\nbroken  sql-tests/"];
    let end = ends.iter().filter_map(|end| rest.find(end)).min();
    rest[..end.unwrap_or(rest.len())].to_owned()
}

/// A file's line, and those beneath it that are not a file's line.
fn line_and_remarks(output: &str, line: &str) -> String {
    let start = output.find(line).unwrap();
    let rest = &output[start..];
    let further = rest
        .split_inclusive('\n')
        .skip(1)
        .take_while(|line| line.trim_start().starts_with("warning"));
    std::iter::once(line).chain(further).collect()
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
