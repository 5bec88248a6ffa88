//! genhtml, which reads tracefiles: it finds every file, has nothing to warn of, and counts what is counted here.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tool::{Project, skip};
use crate::tracefile::{self, read};
use crate::{measure, odd, written};

/// Whether there is a genhtml; says that a test is skipped where there is none.
fn genhtml() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|directory| directory.join("genhtml"))
        .find(|program| program.is_file());
    found.or_else(|| skip("there is no genhtml; on Debian, lcov brings it"))
}

/// The share that genhtml tells of `lines`, `functions` or `branches`: `  lines......: 83.3% (5 of 6 lines)`.
fn share(told: &str, what: &str) -> (usize, usize) {
    let line = told
        .lines()
        .find(|line| line.trim_start().starts_with(&format!("{what}.")));
    let line = line.unwrap_or_else(|| panic!("no {what} in {told}"));
    let (_, counts) = line.split_once('(').unwrap();
    let mut counts = counts.split(' ').filter_map(|word| word.parse().ok());
    (counts.next().unwrap(), counts.next().unwrap())
}

fn is_read(project: &Project, directory: &Path) {
    let Some(genhtml) = genhtml() else { return };
    measure(project, directory, &[]);
    let lcov = written(project, directory, "lcov").out;
    let sections = read(&lcov);
    let trace = project.around().join("coverage.info");
    fs::write(&trace, &lcov).unwrap();
    let page = project.around().join("page");
    let ran = Command::new(genhtml)
        .args(["--branch-coverage", "--output-directory"])
        .args([&page, &trace])
        .current_dir(directory)
        .output()
        .unwrap();
    let told = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{told}");
    assert_eq!(String::from_utf8(ran.stderr).unwrap(), "", "{told}");
    assert!(!told.to_lowercase().contains("warn"), "{told}");
    let [lines, functions, branches] = tracefile::totals(&sections);
    assert_eq!(share(&told, "lines"), lines, "{told}");
    assert_eq!(share(&told, "functions"), functions, "{told}");
    assert_eq!(share(&told, "branches"), branches, "{told}");
    for file in sections.keys() {
        let name = format!(
            "{}.gcov.html",
            Path::new(file).file_name().unwrap().to_str().unwrap()
        );
        let found = walkdir::WalkDir::new(&page).into_iter().flatten();
        assert!(
            found.into_iter().any(|it| it.file_name() == name.as_str()),
            "{file}"
        );
    }
}

#[test]
fn genhtml_reads_the_sample_project() {
    let Some(project) = Project::new() else {
        return;
    };
    is_read(&project, Path::new(env!("CARGO_MANIFEST_DIR")));
}

#[test]
fn genhtml_reads_odd_names_and_missed_lines() {
    let Some(project) = odd() else { return };
    is_read(&project, &project.path());
}
