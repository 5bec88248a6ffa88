//! `docs/from-pg_prove.md` tells of every option of `pg_prove`, and of no option that pgassay does not have.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use regex::Regex;

use crate::tool::{Project, skip};

/// The options of `pg_prove` 3.36: those of its help.
const OPTIONS: &str = "
    -b --psql-bin -d --dbname -U --username -h --host -p --port -P --pset -S --set -R --runtests -s --schema -x --match
    --ext -r --recurse --ignore-exit --trap --harness -j --jobs --rc --norc --state
    -v --verbose -f --failures -o --comments --directives -q --quiet -Q --QUIET --parse --normalize -D --dry --merge
    -t --timer -c --color --nocolor --shuffle --reverse -a --archive --formatter --count --nocount
    -H --help -? -m --man -V --version";
/// Those of `prove` that it takes as well, without telling of them.
const PASSED_ON: &str = "--rules --statefile --colour --nocolour --source -e --exec -l --lib --blib -I -M -T -W -w --tapversion";

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/from-pg_prove.md");
    fs::read_to_string(path).unwrap()
}

/// The rows of the table with this heading: its columns.
fn rows(heading: &str) -> Vec<[String; 3]> {
    let document = document();
    let (_, behind) = document
        .split_once(&format!("| {heading} | pgassay | remark |\n"))
        .unwrap();
    let rows = behind
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    rows.map(|line| {
        let columns: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [first, second, third] = columns.as_slice() else {
            // An empty remark ends in one blank only.
            let [first, second] = columns.as_slice() else {
                panic!("{line}")
            };
            return [*first, *second, ""].map(|text| text.trim_matches(['|', ' ']).to_owned());
        };
        [*first, *second, *third].map(str::to_owned)
    })
    .collect()
}

fn in_backticks(text: &str) -> Vec<String> {
    let quoted = Regex::new("`([^`]+)`").unwrap();
    quoted
        .captures_iter(text)
        .map(|found| found[1].to_owned())
        .collect()
}

fn set(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn documented(heading: &str) -> BTreeSet<String> {
    rows(heading)
        .iter()
        .flat_map(|[first, ..]| in_backticks(first))
        .collect()
}

#[test]
fn every_option_of_pg_prove_has_an_equal_or_a_reason() {
    assert_eq!(documented("pg_prove"), set(OPTIONS));
    assert_eq!(documented("prove"), set(PASSED_ON));
    for [option, ours, remark] in rows("pg_prove").iter().chain(&rows("prove")) {
        let is_reasoned = ours != "–" || !remark.is_empty();
        assert!(is_reasoned && !ours.is_empty(), "{option}");
    }
}

#[test]
fn the_options_are_those_of_the_pg_prove_that_is_installed() {
    let Ok(output) = Command::new("pg_prove").arg("--help").output() else {
        skip::<()>("there is no pg_prove");
        return;
    };
    let version = Command::new("pg_prove").arg("--version").output().unwrap();
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if !version.contains("3.36") {
        skip::<()>(&format!("it is another pg_prove: {version}"));
        return;
    }
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    let option = Regex::new(r"(?m)^ +(-[A-Za-z?])?,? *(--[A-Za-z-]+)?").unwrap();
    let (_, options) = help.split_once("Options:").unwrap();
    let told: BTreeSet<String> = option
        .captures_iter(options)
        .flat_map(|found| [found.get(1), found.get(2)])
        .flatten()
        .map(|found| found.as_str().to_owned())
        .collect();
    assert_eq!(told, set(OPTIONS));
}

#[test]
fn the_equals_are_options_keys_and_commands_that_there_are() {
    let project = Project::without_server();
    let help = ["test", "help"].map(|first| {
        let arguments: &[&str] = if first == "test" {
            &["test", "--help"]
        } else {
            &["--help"]
        };
        project.run(arguments).expect(0).out
    });
    let keys: Vec<&str> = pgassay::settings::keys().collect();
    for [option, ours, _] in rows("pg_prove").iter().chain(&rows("prove")) {
        for equal in in_backticks(ours) {
            let is_there = if equal.starts_with('-') {
                let pattern = format!(r"(?m)(^ +|, |: ){}\b", regex::escape(&equal));
                let flag = Regex::new(&pattern).unwrap();
                help.iter().any(|text| flag.is_match(text))
            } else if let Some(arguments) = equal.strip_prefix("pgassay ") {
                let arguments: Vec<&str> = arguments.split(' ').collect();
                project.run(&arguments).code == Some(0)
            } else {
                keys.contains(&equal.as_str())
            };
            assert!(is_there, "{option}: {equal}");
        }
    }
}

#[test]
fn every_word_of_the_state_is_told() {
    use clap::ValueEnum;
    use pgassay::settings::ChoiceKind;
    let document = document();
    for kind in ChoiceKind::value_variants() {
        let word = kind.word();
        let told = Regex::new(&format!(r"(?m)^\| (`[a-z]+`, )?`{word}`[ ,]")).unwrap();
        assert!(told.is_match(&document), "{word}");
    }
}
