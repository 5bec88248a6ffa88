//! The table of what a run must tell: `tests/data/misbehaviour/expected.txt`.
//!
//! A file's name, and beneath it, indented, the lines that are told of it; `…` at the end of one stands for whatever
//! follows (what servers of several versions word differently). A line that begins with `says` is text that the
//! console must show for the file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use nix::unistd::geteuid;

use crate::told::Told;

pub(crate) struct Table {
    rows: BTreeMap<String, Row>,
}

#[derive(Default)]
pub(crate) struct Row {
    told: Vec<String>,
    /// What the console must show.
    pub(crate) says: Vec<String>,
}

impl Row {
    /// The verdict's word.
    pub(crate) fn verdict(&self) -> &str {
        self.told[0].split(',').next().unwrap()
    }
}

impl Table {
    pub(crate) fn read() -> Self {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/misbehaviour/expected.txt");
        let text = fs::read_to_string(path).unwrap();
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        let mut name = "";
        for line in text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            if let Some(line) = line.strip_prefix("  ") {
                let row = rows
                    .get_mut(name)
                    .expect("a file's name should stand above");
                match line.strip_prefix("says ") {
                    Some(text) => row.says.push(text.to_owned()),
                    None => row.told.push(line.to_owned()),
                }
            } else {
                name = line;
                let before = rows.insert(name.to_owned(), Row::default());
                assert!(before.is_none(), "{name} stands in the table twice");
            }
        }
        if geteuid().is_root() {
            // Root reads it all the same, so that the project has no such file.
            rows.remove("texts/unreadable.sql").unwrap();
        }
        Self { rows }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.rows.remove(name).unwrap();
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = (&str, &Row)> {
        self.rows.iter().map(|(name, row)| (name.as_str(), row))
    }

    /// Panics with all differences, in the table's own form.
    pub(crate) fn compare(&self, told: &Told) {
        let mut differences = String::new();
        let nothing = Vec::new();
        let names = self.rows.keys().chain(told.keys());
        let names: std::collections::BTreeSet<&String> = names.collect();
        for name in names {
            let expected = self.rows.get(name).map_or(&nothing, |row| &row.told);
            let found = told.get(name).unwrap_or(&nothing);
            let same = expected.len() == found.len()
                && expected
                    .iter()
                    .zip(found)
                    .all(|(expected, found)| agrees(expected, found));
            if !same {
                differences.push_str(&format!("{name}\n"));
                for line in expected {
                    differences.push_str(&format!("- {line}\n"));
                }
                for line in found {
                    differences.push_str(&format!("+ {line}\n"));
                }
            }
        }
        assert!(differences.is_empty(), "- expected, + told:\n{differences}");
    }
}

fn agrees(expected: &str, found: &str) -> bool {
    match expected.strip_suffix('…') {
        Some(start) => found.starts_with(start),
        None => expected == found,
    }
}
