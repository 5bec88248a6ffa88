//! Tracefiles (LCOV), read by their grammar, and what there is to say of each.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::tool::Project;
use crate::{file, measure, odd, written};

/// A section: what a tracefile tells of a script.
#[derive(Debug, Default)]
pub(crate) struct Section {
    /// By name: the line, and how many test files called it.
    pub(crate) functions: BTreeMap<String, (u32, usize)>,
    /// By line: how many test files reached it.
    pub(crate) lines: BTreeMap<u32, usize>,
    /// By line, block and number: how many test files took it; none where its line was not reached.
    pub(crate) branches: BTreeMap<(u32, u32, u32), Option<usize>>,
}

impl Section {
    /// Lines, functions and branches, as `LF`, `LH` and the like count them.
    pub(crate) fn totals(&self) -> [(usize, usize); 3] {
        let share = |hits: Vec<bool>| (hits.iter().filter(|hit| **hit).count(), hits.len());
        [
            share(self.lines.values().map(|hits| *hits > 0).collect()),
            share(self.functions.values().map(|(_, hits)| *hits > 0).collect()),
            share(
                self.branches
                    .values()
                    .map(|it| it.unwrap_or(0) > 0)
                    .collect(),
            ),
        ]
    }
}

/// Reads a tracefile. Whatever is not as the grammar wants it fails.
pub(crate) fn read(text: &str) -> BTreeMap<String, Section> {
    let mut sections = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(first) = lines.next() {
        assert_eq!(first, "TN:pgassay");
        let file = lines.next().unwrap().strip_prefix("SF:").unwrap();
        let mut section = Section::default();
        let mut told = BTreeMap::new();
        loop {
            let line = lines.next().expect("a section ends");
            if line == "end_of_record" {
                break;
            }
            let (word, rest) = line.split_once(':').unwrap();
            let fields: Vec<&str> = rest.split(',').collect();
            let number = |at: usize| fields[at].parse::<usize>().unwrap();
            let small = |at: usize| fields[at].parse::<u32>().unwrap();
            match (word, fields.len()) {
                ("FN", 2) => {
                    let before = section.functions.insert(fields[1].into(), (small(0), 0));
                    assert_eq!(before, None, "{line}");
                }
                ("FNDA", 2) => section.functions.get_mut(fields[1]).unwrap().1 = number(0),
                ("DA", 2) => assert_eq!(section.lines.insert(small(0), number(1)), None),
                ("BRDA", 4) => {
                    let taken = (fields[3] != "-").then(|| number(3));
                    let at = (small(0), small(1), small(2));
                    assert_eq!(section.branches.insert(at, taken), None, "{line}");
                }
                ("FNF" | "FNH" | "BRF" | "BRH" | "LF" | "LH", 1) => {
                    told.insert(word, number(0));
                }
                _ => panic!("{line}"),
            }
        }
        let [lines, functions, branches] = section.totals();
        for (letters, (hit, found)) in [("L", lines), ("FN", functions), ("BR", branches)] {
            assert_eq!(told[format!("{letters}F").as_str()], found, "{file}");
            assert_eq!(told[format!("{letters}H").as_str()], hit, "{file}");
        }
        for ((line, ..), taken) in &section.branches {
            assert_eq!(taken.is_none(), section.lines[line] == 0, "{file}:{line}");
        }
        assert!(
            sections.insert(file.to_owned(), section).is_none(),
            "{file}"
        );
    }
    sections
}

/// Lines, functions and branches of all sections.
pub(crate) fn totals(sections: &BTreeMap<String, Section>) -> [(usize, usize); 3] {
    let all = sections.values().map(Section::totals);
    all.fold([(0, 0); 3], |mut sum, of_section| {
        for (sum, of_section) in sum.iter_mut().zip(of_section) {
            *sum = (sum.0 + of_section.0, sum.1 + of_section.1);
        }
        sum
    })
}

#[test]
fn names_and_counts_are_as_they_are_in_the_schema() {
    let Some(project) = odd() else { return };
    measure(&project, &project.path(), &[]);
    let ran = written(&project, &project.path(), "lcov");
    assert_eq!(ran.err, "");
    read(&ran.out);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn figures_are_those_of_the_other_forms() {
    let Some(project) = odd() else { return };
    measure(&project, &project.path(), &[]);
    let sections = read(&written(&project, &project.path(), "lcov").out);
    let json = written(&project, &project.path(), "json").out;
    let json: Value = serde_json::from_str(&json).unwrap();
    let [_, _, branches] = totals(&sections);
    assert_eq!(branches.0, json["figures"]["taken_branches"]);
    assert_eq!(branches.1, json["figures"]["branches"]);
    // Each point that has a line has it here too, reached or not.
    let mut points = 0;
    for object in json["objects"].as_array().unwrap() {
        for point in object["logic"]["points"].as_array().into_iter().flatten() {
            let section = &sections[object["logic"]["file"].as_str().unwrap()];
            let line = u32::try_from(point["file_line"].as_u64().unwrap()).unwrap();
            let reached = usize::try_from(point["test_files"].as_u64().unwrap()).unwrap();
            assert!(section.lines[&line] >= reached, "{point}");
            points += 1;
        }
    }
    assert!(points > 20, "{points}");
}

#[test]
fn parts_of_a_measurement_come_together() {
    let Some(project) = odd() else { return };
    for part in ["a", "b"] {
        measure(
            &project,
            &project.path(),
            &[&format!("sql-tests/{part}.sql")],
        );
        let data = format!("{part}.json");
        let write = ["coverage", "--format", "data", "--output", &data];
        project.run(&write).expect(0);
    }
    let together = ["coverage", "a.json", "b.json", "--format"];
    let both = |format: &str| {
        project
            .run(&[&together[..], &[format]].concat())
            .expect(0)
            .out
    };
    let [lcov, cobertura] = ["lcov", "cobertura"].map(both);
    measure(&project, &project.path(), &[]);
    let whole = written(&project, &project.path(), "lcov").out;
    assert_eq!(lcov, whole);
    let functions = &read(&lcov)["migrations/V1__odd.sql"].functions;
    assert_eq!(functions["public.overloaded(integer)"].1, 2);
    let whole = written(&project, &project.path(), "cobertura").out;
    let without_time = |text: &str| {
        let (before, rest) = text.split_once(" timestamp=\"").unwrap();
        format!("{before}{}", rest.split_once('"').unwrap().1)
    };
    assert_eq!(without_time(&cobertura), without_time(&whole));
}

#[test]
fn what_is_left_out_of_the_figures_is_left_out_here() {
    let Some(project) = odd() else { return };
    project.write(
        "pgassay.toml",
        "[[coverage.exclude]]\nobject = \"public.never*\"\nreason = \"it is never called\"\n",
    );
    measure(&project, &project.path(), &[]);
    for format in ["lcov", "cobertura"] {
        let text = written(&project, &project.path(), format).out;
        assert!(text.contains("V1__odd.sql"), "{text}");
        assert!(!text.contains("V3__not_reached.sql"), "{text}");
    }
}

#[test]
fn functions_that_stand_in_no_script_are_told_of() {
    let Some(project) = Project::new() else {
        return;
    };
    project
        .write(
            "migrations/V1__made.sql",
            "CREATE FUNCTION written() RETURNS int LANGUAGE sql AS 'SELECT 1';
DO $$ BEGIN
  FOR i IN 1 .. 7 LOOP
    EXECUTE format('CREATE FUNCTION made_%s() RETURNS int LANGUAGE sql AS %L', i, 'SELECT ' || i);
  END LOOP;
END $$;
",
        )
        .write("sql-tests/a.sql", &file(&["is(made_1(), 1)"]));
    measure(&project, &project.path(), &[]);
    for format in ["lcov", "cobertura"] {
        let ran = written(&project, &project.path(), format);
        assert!(!ran.out.contains("made_1"), "{}", ran.out);
        assert!(ran.out.contains("written"), "{}", ran.out);
        assert_eq!(
            ran.err,
            "note: 7 functions are left out of this form, since it is not known where in the scripts their bodies stand: \
             public.made_1(), public.made_2(), public.made_3(), public.made_4(), public.made_5(), and 2 more\n"
        );
    }
    assert_eq!(written(&project, &project.path(), "json").err, "");
}
