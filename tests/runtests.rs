//! Functions as tests: `--runtests`, `--split`, and the header `runtests`, in the project `tests/data/runtests`.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[path = "tool/programs.rs"]
mod programs;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Runs `pgassay test ARGUMENTS` in the project; none on a machine without server binaries.
fn run(arguments: &[&str]) -> Option<Ran> {
    let binaries = programs::binaries()?;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_pgassay"))
        .args(["test", "--color", "never"])
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/runtests"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("PGASSAY_PG_BIN", binaries.bin_dir)
        .env("HOME", target)
        .env("PGASSAY_CACHE_DIR", target.join("run-cache"))
        .output()
        .unwrap();
    Some(Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    })
}

/// What each file, or function, came to: its verdict and its assertions, `not ` before those that failed.
fn told(json: &str) -> BTreeMap<String, (String, Vec<String>)> {
    let events = json
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    events
        .filter(|event| event["event"] == "file-finished")
        .map(|event| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let assertions = event["report"]["assertions"].as_array().unwrap();
            let assertions = assertions.iter().map(|assertion| {
                let not = if assertion["failed"] == true {
                    "not "
                } else {
                    ""
                };
                format!("{not}{}", text(&assertion["description"]))
            });
            let outcome = (text(&event["verdict"]), assertions.collect());
            (text(&event["file"]), outcome)
        })
        .collect()
}

fn outcome(verdict: &str, assertions: &[&str]) -> (String, Vec<String>) {
    let assertions = assertions.iter().map(ToString::to_string).collect();
    (verdict.to_owned(), assertions)
}

#[test]
fn the_functions_of_a_schema_are_an_assertion_each() {
    let Some(ran) = run(&["--runtests", "checks", "--format", "json"]) else {
        return;
    };
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let expected = outcome(
        "failed",
        &[
            "checks.\"test the (odd) name\"",
            "checks.test_amounts",
            "not checks.test_dies",
            "not checks.test_wrong",
            "checks.testing_is_another_one",
        ],
    );
    assert_eq!(
        told(&ran.out),
        BTreeMap::from([("runtests(checks)".to_owned(), expected)])
    );
}

#[test]
fn what_happened_in_a_function_is_told_in_the_console_and_in_junit() {
    let junit = Path::new(env!("CARGO_TARGET_TMPDIR")).join("runtests-junit.xml");
    let Some(ran) = run(&["--runtests", "checks", "--junit", junit.to_str().unwrap()]) else {
        return;
    };
    let xml = std::fs::read_to_string(junit).unwrap();
    for text in [
        "Test died: 23514: new row for relation",
        "items_amount_check",
        "not ok 1 - checks.test_wrong() > six nuts",
    ] {
        assert!(ran.out.contains(text), "{text}: {}", ran.out);
        assert!(
            xml.contains(&text.replace('>', "&gt;")) || xml.contains(text),
            "{text}: {xml}"
        );
    }
    let document = roxmltree::Document::parse(&xml).unwrap();
    let names: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"))
        .filter_map(|case| case.attribute("name"))
        .collect();
    for name in ["checks.test_amounts", "checks.test_dies"] {
        let cases = names.iter().filter(|case| case.starts_with(name)).count();
        assert!(cases >= 1, "{name}: {names:?}");
    }
}

#[test]
fn split_gives_each_function_a_database_with_all_that_runs_around_it() {
    for jobs in ["1", "3"] {
        let arguments = [
            "--runtests",
            "checks",
            "--split",
            "-j",
            jobs,
            "--format",
            "json",
        ];
        let Some(ran) = run(&arguments) else { return };
        assert_eq!((ran.code, ran.err.as_str()), (1, ""));
        let alone = |name: &str, verdict: &str| {
            let not = if verdict == "failed" { "not " } else { "" };
            (
                name.to_owned(),
                outcome(verdict, &[&format!("{not}{name}")]),
            )
        };
        assert_eq!(
            told(&ran.out),
            BTreeMap::from([
                alone("checks.\"test the (odd) name\"", "passed"),
                alone("checks.test_amounts", "passed"),
                alone("checks.test_dies", "failed"),
                alone("checks.test_wrong", "failed"),
                alone("checks.testing_is_another_one", "passed"),
            ]),
            "with {jobs} jobs"
        );
        let outputs: Vec<String> = (ran.out.lines())
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|event| event["event"] == "file-finished")
            .map(|event| event["output"]["text"].as_str().unwrap().to_owned())
            .collect();
        for output in outputs {
            assert!(output.starts_with("# startup\n"), "{output}");
            assert!(output.contains("# shutdown\n"), "{output}");
        }
    }
}

#[test]
fn without_a_schema_the_search_path_says_which_and_match_chooses_among_names() {
    let Some(ran) = run(&["--runtests", "--format", "json"]) else {
        return;
    };
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        told(&ran.out)["runtests()"],
        outcome("passed", &["public.test_of_all"])
    );
    // `\M`, the end of a word, is PostgreSQL's own.
    let arguments = [
        "--runtests=checks",
        "--match",
        r"^test_(amounts|of)\M",
        "--format",
        "json",
    ];
    let ran = run(&arguments).unwrap();
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        told(&ran.out)["runtests(checks)"],
        outcome("passed", &["checks.test_amounts"])
    );
}

#[test]
fn where_no_function_is_found_nothing_is_green() {
    for (arguments, said) in [
        (vec!["--runtests", "stock"], "in the schema \"stock\""),
        (vec!["--runtests", "stock", "--split"], "`^test`"),
        (
            vec!["--runtests", "--match", "nothing"],
            "on the search_path",
        ),
        (
            vec!["--runtests", "checks", "--match", "^setup"],
            "`^setup`",
        ),
        (
            vec!["--runtests", "nosuch"],
            "there is no schema \"nosuch\"",
        ),
        (
            vec!["--runtests", "nosuch"],
            "there are some for --runtests checks",
        ),
        (
            vec!["--runtests", "sql-tests/"],
            "`pgassay test sql-tests/`",
        ),
    ] {
        let Some(ran) = run(&arguments) else { return };
        assert_eq!(ran.code, 4, "{arguments:?}: {}", ran.out);
        assert!(ran.err.contains("no test function"), "{}", ran.err);
        assert!(ran.err.contains(said), "{}", ran.err);
    }
}

#[test]
fn a_header_runs_the_functions_that_its_file_makes() {
    let Some(ran) = run(&["--format", "json"]) else {
        return;
    };
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert_eq!(
        told(&ran.out),
        BTreeMap::from([
            (
                "sql-tests/in_a_transaction.sql".to_owned(),
                outcome("passed", &["\"My Tests\".test_one"])
            ),
            (
                "sql-tests/of_a_schema.sql".to_owned(),
                outcome("failed", &["mine.test_one", "not mine.test_two"])
            ),
            (
                "sql-tests/rolled_back.sql".to_owned(),
                outcome("broken", &[])
            ),
        ])
    );
    let line = |event: Value| event["report"]["assertions"][0]["location"]["line"].clone();
    let event = (ran.out.lines())
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|event| {
            event["file"] == "sql-tests/of_a_schema.sql" && event["event"] == "file-finished"
        });
    assert_eq!(line(event.unwrap()), 2, "the header that asks for them");
}
