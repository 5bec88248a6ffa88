use std::fs;
use std::path::Path;

use pgassay::settings::{self, SettingsError};

use crate::project::Project;

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    fs::read_to_string(path).unwrap()
}

/// The example: the first block of TOML.
fn example() -> String {
    let document = document();
    let (_, behind) = document.split_once("```toml\n").unwrap();
    let (example, _) = behind.split_once("```").unwrap();
    example.to_owned()
}

/// The flags that the help of a command line tells of.
fn flags(line: &str) -> Vec<String> {
    let help = pgassay::cli::parse(line.split(' '))
        .unwrap_err()
        .to_string();
    let flag = regex::Regex::new(r"(?m)(?:^ +|, )(--?[A-Za-z][a-z-]*)").unwrap();
    flag.captures_iter(&help)
        .map(|found| found[1].to_owned())
        .collect()
}

#[test]
fn every_key_is_documented() {
    let document = document();
    for key in settings::keys() {
        assert!(document.contains(&format!("\n| `{key}` |")), "{key}");
    }
}

#[test]
fn every_key_of_an_environment_is_documented_in_its_section() {
    let document = document();
    let (_, behind) = document.split_once("\n## Environments\n").unwrap();
    let (section, _) = behind.split_once("\n## ").unwrap();
    for key in settings::environment_keys() {
        assert!(section.contains(&format!("\n| `{key}` |")), "{key}");
    }
    let (_, behind) = section.split_once("```toml\n").unwrap();
    let (example, _) = behind.split_once("```").unwrap();
    let settings = Project::full().toml(example).settings("test");
    assert_eq!(settings.environments.len(), 2);
}

#[test]
fn every_variable_of_the_environment_is_documented() {
    let document = document();
    for name in settings::environment_variables().chain(["NO_COLOR", "CLICOLOR_FORCE"]) {
        assert!(document.contains(&format!("\n| `{name}` |")), "{name}");
    }
}

#[test]
fn every_flag_is_documented() {
    let document = document();
    let of_tests = flags("pgassay test -h");
    assert!(of_tests.len() > 25, "{of_tests:?}");
    let of_others = [
        "pgassay db start -h",
        "pgassay db up -h",
        "pgassay db reset -h",
        "pgassay db url -h",
        "pgassay shell -h",
        "pgassay snapshot save -h",
        "pgassay snapshot list -h",
        "pgassay snapshot load -h",
    ];
    let of_others = of_others.into_iter().flat_map(flags);
    for flag in of_tests
        .into_iter()
        .chain(flags("pgassay -h"))
        .chain(of_others)
    {
        if !matches!(flag.as_str(), "-h" | "--help") {
            let found = ["`", "=", " "]
                .iter()
                .any(|end| document.contains(&format!("`{flag}{end}")));
            assert!(found, "{flag}");
        }
    }
}

#[test]
fn the_example_can_be_used_as_it_stands_and_tells_every_default() {
    let project = Project::full();
    let defaults = project.settings("test");
    let project = project.toml(&example());
    let mut settings = project.settings("test");
    project.settings("test --profile ci");
    // What differs on purpose: examples of variables, and that the tests are named.
    assert_eq!(settings.variables.len(), 2);
    assert_eq!(settings.migration_variables.len(), 1);
    settings.variables.clear();
    settings.migration_variables.clear();
    settings.tests_named = false;
    assert_eq!(format!("{settings:?}"), format!("{defaults:?}"));
}

#[test]
fn the_example_has_every_key_and_each_one_in_a_comment_is_right_too() {
    let mut table = String::new();
    let mut seen = Vec::new();
    for line in example().lines() {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']').to_owned();
            seen.push(table.clone());
            continue;
        }
        let said = line.strip_prefix("# ").unwrap_or(line);
        let Some((key, _)) = said.split_once(" = ") else {
            continue;
        };
        let full = if table.is_empty() {
            key.to_owned()
        } else {
            format!("{table}.{key}")
        };
        seen.push(full.clone());
        let text = format!("[{table}]\n{said}\n");
        let project = Project::full().toml(text.strip_prefix("[]\n").unwrap_or(&text));
        match project.resolve("test") {
            // One that says more of another is not said by itself.
            Ok(_) | Err(SettingsError::MissingPath { .. } | SettingsError::Alone { .. }) => {}
            Err(error) => panic!("{full}: {error}"),
        }
    }
    for key in settings::keys() {
        assert!(seen.iter().any(|seen| seen == key), "{key}");
    }
}
