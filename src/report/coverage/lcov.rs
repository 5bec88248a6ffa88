//! Coverage of the logic as LCOV, a tracefile: for each script its functions, branches and lines.

use std::collections::BTreeMap;

use super::Contents;
use super::traced::{Traced, TracedLine, TracedRoutine, lines_of, shares};
use crate::catalog::ObjectName;
use crate::report::visible::escape;

/// A coverage report as LCOV; nothing where no function stands in a script.
pub fn lcov(contents: &Contents<'_>) -> String {
    let traced = Traced::of(contents.account);
    let scripts = traced.scripts.iter();
    scripts
        .map(|(file, routines)| section(file, routines))
        .collect()
}

fn section(file: &str, routines: &[TracedRoutine<'_>]) -> String {
    let lines = lines_of(routines);
    let called = routines.iter().filter(|routine| routine.calls > 0).count();
    let [reached, taken] = shares(&lines);
    let name = |routine: &TracedRoutine<'_>| function(routine.name);
    let sections = [
        format!("TN:pgassay\nSF:{}\n", escaped(file)),
        routines
            .iter()
            .map(|it| format!("FN:{},{}\n", it.line, name(it)))
            .collect(),
        routines
            .iter()
            .map(|it| format!("FNDA:{},{}\n", it.calls, name(it)))
            .collect(),
        totals("FN", called, routines.len()),
        branches(&lines),
        totals("BR", taken.part, taken.whole),
        lines
            .iter()
            .map(|(line, it)| format!("DA:{line},{}\n", it.hits()))
            .collect(),
        totals("L", reached.part, reached.whole),
        "end_of_record\n".to_owned(),
    ];
    sections.concat()
}

/// How many there are of what these letters stand for, and how many were reached.
fn totals(letters: &str, hit: usize, found: usize) -> String {
    format!("{letters}F:{found}\n{letters}H:{hit}\n")
}

/// The branches of a script, each by its line, its block (what it is a branch of) and its number in that.
fn branches(lines: &BTreeMap<u32, TracedLine>) -> String {
    let mut text = String::new();
    for (number, line) in lines {
        let is_reached = line.hits() > 0;
        for (block, branches) in line.branches.iter().enumerate() {
            for (branch, taken) in branches.iter().enumerate() {
                let taken = if is_reached {
                    taken.to_string()
                } else {
                    "-".to_owned()
                };
                text.push_str(&format!("BRDA:{number},{block},{branch},{taken}\n"));
            }
        }
    }
    text
}

/// The name of a function with its signature. Readers end a name at a comma, so there are semicolons between types; one
/// within quotes is written as SQL's `E''` strings write what cannot stand for itself, as are line ends.
fn function(name: &ObjectName) -> String {
    let mut is_quoted = false;
    let path = name.path();
    let mut text = String::with_capacity(path.len());
    for character in path.chars() {
        is_quoted ^= character == '"';
        match character {
            ',' if !is_quoted => text.push(';'),
            ',' | '\\' => text.push_str(&escape(character)),
            _ => text.push(character),
        }
    }
    escaped(&text)
}

/// A text in one line.
fn escaped(text: &str) -> String {
    let mut one_line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            one_line.push_str(&escape(character));
        } else {
            one_line.push(character);
        }
    }
    one_line
}
