//! Keeps the documents true: what they list is what the code knows, links lead somewhere, command lines can be
//! typed, and the README's tour goes as it says.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgassay::event::{ReasonKind, WarningKind};
use pgassay::session::{COMMANDS, Support, VariableStore};
use regex::Regex;

#[path = "tool/programs.rs"]
mod programs;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// All documents, relative to the repository.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![PathBuf::from("docs"), PathBuf::new()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(root().join(&directory)).unwrap() {
            let entry = entry.unwrap();
            let path = directory.join(entry.file_name());
            if entry.path().is_dir() {
                if path.starts_with("docs") && !directories.contains(&path) {
                    directories.push(path);
                }
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A block of code in a document: the paragraph before it, its language, its text.
struct Block {
    before: String,
    language: String,
    text: String,
}

fn blocks(document: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut before = String::new();
    let mut is_over = false;
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            let inner = lines
                .by_ref()
                .take_while(|line| !line.trim_start().starts_with("```"));
            blocks.push(Block {
                text: inner.map(|line| format!("{line}\n")).collect(),
                before: std::mem::take(&mut before),
                language: language.to_owned(),
            });
        } else if line.is_empty() {
            is_over = true;
        } else {
            if is_over {
                before.clear();
            }
            is_over = false;
            before.push_str(line);
            before.push(' ');
        }
    }
    blocks
}

/// A document without its blocks of code.
fn prose(document: &str) -> String {
    let mut inside = false;
    let mut text = String::new();
    for line in document.lines() {
        let is_fence = line.trim_start().starts_with("```");
        if !inside && !is_fence {
            text.push_str(line);
            text.push('\n');
        }
        inside ^= is_fence;
    }
    text
}

/// The anchors that a reader makes of a document's headings.
fn anchors(document: &str) -> BTreeSet<String> {
    let headings = prose(document);
    let headings = headings.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line
                .trim_start_matches('#')
                .trim()
                .to_lowercase()
                .replace(' ', "-");
            title
                .chars()
                .filter(|it| it.is_alphanumeric() || matches!(it, '-' | '_'))
                .collect()
        })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut count = 0;
    for document in documents() {
        let text = read(&document);
        for found in link.captures_iter(&prose(&text)) {
            let target = &found[1];
            if target.starts_with("https://") {
                continue;
            }
            count += 1;
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = match path {
                "" => root().join(&document),
                path => root().join(document.parent().unwrap()).join(path),
            };
            assert!(path.exists(), "{}: {target}", document.display());
            let leads =
                anchor.is_empty() || anchors(&fs::read_to_string(&path).unwrap()).contains(anchor);
            assert!(leads, "{}: {target}", document.display());
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn every_path_that_the_architecture_and_the_readme_name_exists() {
    let path = Regex::new(r"`((?:src|tests|docs|ci|fuzz)/[^`*]*)`").unwrap();
    for document in ["README.md", "docs/architecture.md"] {
        let text = prose(&read(document));
        for found in path.captures_iter(&text) {
            assert!(root().join(&found[1]).exists(), "{document}: {}", &found[1]);
        }
    }
    assert!(path.captures_iter(&read("docs/architecture.md")).count() > 10);
}

/// A command line as a shell would take it apart, up to a pipe; quotes are taken off.
fn words(line: &str) -> Vec<String> {
    let word = Regex::new(r#"'([^']*)'|"([^"]*)"|(\||[^\s'"|]+)"#).unwrap();
    let words = word.captures_iter(line).map(|found| {
        let parts = [found.get(1), found.get(2), found.get(3)];
        parts
            .into_iter()
            .flatten()
            .next()
            .unwrap()
            .as_str()
            .to_owned()
    });
    words.take_while(|word| word != "|").collect()
}

#[test]
fn every_command_line_can_be_typed() {
    let mut count = 0;
    for document in documents() {
        for block in blocks(&read(&document)) {
            for line in block.text.lines() {
                let line = line.trim_start_matches(['$', ' ']);
                let line = line.strip_prefix("- run: ").unwrap_or(line);
                if line.starts_with("pgassay ") {
                    count += 1;
                    let parsed = pgassay::cli::parse(words(line));
                    assert!(
                        parsed.is_ok(),
                        "{}: {line}\n{}",
                        document.display(),
                        parsed.unwrap_err()
                    );
                }
            }
        }
    }
    assert!(count > 8, "{count}");
}

/// The table of psql's commands of one kind, as `docs/psql.md` has it.
fn table_of(support: Support) -> String {
    let (first, second) = match support {
        Support::Runs => ("command", "what it does"),
        Support::Idle => ("command", "why"),
        Support::Refused => ("command", "why, and what to do instead"),
    };
    let rows = COMMANDS.iter().filter(|entry| entry.support == support);
    let rows = rows.map(|entry| {
        let space = if ["", "…"].contains(&entry.arguments) {
            ""
        } else {
            " "
        };
        let names = entry.names.iter();
        let forms: Vec<String> = names
            .map(|name| format!("`\\{name}{space}{}`", entry.arguments))
            .collect();
        let mut about = entry.about.to_owned();
        about[..1].make_ascii_uppercase();
        let about = about.trim_end_matches('.');
        let end = if about.ends_with('…') { "" } else { "." };
        format!("| {} | {about}{end} |\n", forms.join(", "))
    });
    format!(
        "| {first} | {second} |\n| --- | --- |\n{}",
        rows.collect::<String>()
    )
}

/// `INSTA_UPDATE=always cargo test --test documents` writes them.
#[test]
fn the_tables_of_psql_commands_are_those_of_the_code() {
    let before = read("docs/psql.md");
    let mut document = before.clone();
    for (heading, support) in [
        ("Commands that run", Support::Runs),
        ("Commands that do nothing", Support::Idle),
        ("Commands that are refused", Support::Refused),
    ] {
        let heading = document.find(&format!("\n## {heading}\n")).unwrap();
        let start = heading + document[heading..].find("| command |").unwrap();
        let end = start + document[start..].find("\n\n").unwrap() + 1;
        document.replace_range(start..end, &table_of(support));
    }
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(root().join("docs/psql.md"), &document).unwrap();
    } else {
        assert_eq!(before, document);
    }
}

#[test]
fn every_command_that_runs_has_its_place_in_the_code() {
    let code = read("src/session/metacommand.rs");
    for entry in COMMANDS {
        for name in entry.names {
            assert_eq!(
                code.contains(&format!("\"{name}\"")),
                entry.support == Support::Runs,
                "{name}"
            );
        }
    }
}

#[test]
fn every_variable_that_psql_has_at_the_beginning_is_documented() {
    let document = read("docs/psql.md");
    let (_, table) = document.split_once("\n## Variables\n").unwrap();
    for (name, _) in VariableStore::default().iter() {
        assert!(table.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_words_of_reasons_and_warnings_are_documented() {
    use ReasonKind::{
        BailOut, Command, ConnectionLost, Database, Interrupted, Migration, NoAssertions, Plan,
        Script, SkipAll, SqlError, Strict, Tap, Timeout,
    };
    use WarningKind::{
        AbortedTransaction, AccidentalSkip, AccidentalTodo, EmptyPlan, Ignored, NoFinish,
        PassingTodo, SeveralColumns, Subtest, SwallowedError, Unprinted, WrongOverload,
    };
    let reasons = [
        BailOut,
        Command,
        ConnectionLost,
        Database,
        Interrupted,
        Migration,
        NoAssertions,
        Plan,
        Script,
        SkipAll,
        SqlError,
        Strict,
        Tap,
        Timeout,
    ];
    let warnings = [
        AbortedTransaction,
        AccidentalSkip,
        AccidentalTodo,
        EmptyPlan,
        Ignored,
        NoFinish,
        PassingTodo,
        SeveralColumns,
        Subtest,
        SwallowedError,
        Unprinted,
        WrongOverload,
    ];
    let document = read("docs/json.md");
    for word in reasons.map(ReasonKind::word) {
        assert!(document.contains(&format!("`{word}`")), "{word}");
    }
    let document = read("docs/warnings.md");
    for word in warnings.map(WarningKind::word) {
        let row = format!("| [`{word}`](#{word}) |");
        let heading = format!("\n## {word}\n");
        assert!(document.contains(&row), "{row}");
        assert!(document.contains(&heading), "{heading}");
    }
}

/// What differs from run to run and from machine to machine, taken out.
fn constant(output: &str) -> String {
    let mut text = output.to_owned();
    for (pattern, word) in [
        (r"\d+(\.\d+)?(ms|s)\b", "TIME"),
        (r"PostgreSQL [\d.]+\w*", "SERVER"),
        (r"psql -h \S+ -p \d+", "psql -h DIR -p N"),
    ] {
        text = Regex::new(pattern)
            .unwrap()
            .replace_all(&text, word)
            .into_owned();
    }
    text
}

#[test]
fn the_tour_of_the_readme_goes_as_it_says() {
    let (Some(binaries), Some(psql)) = (programs::binaries(), programs::psql()) else {
        return;
    };
    // One of the commands calls psql.
    let mut path = vec![psql.parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let path = std::env::join_paths(path).unwrap();
    let readme = read("README.md");
    let (_, tour) = readme.split_once("\n## A tour").unwrap();
    let tour = tour.split("\n## ").next().unwrap();
    let project = tempfile::tempdir().unwrap();
    // In memory where that is to be had: on a busy disk, servers start slowly.
    let mut runs = tempfile::Builder::new();
    let runs = runs.prefix("pga");
    let runs = runs
        .tempdir_in("/dev/shm")
        .or_else(|_| runs.tempdir())
        .unwrap();
    open_to_all(runs.path());
    let cache = tempfile::tempdir().unwrap();
    let run = |arguments: &[String]| {
        // Each command is typed for the first time; only what initdb makes is kept, to save time.
        for kept in ["golden", "prefix"] {
            let _ = fs::remove_dir_all(cache.path().join(kept));
        }
        let output = Command::new(env!("CARGO_BIN_EXE_pgassay"))
            .args(arguments)
            .current_dir(project.path())
            .env_clear()
            .env("PATH", &path)
            .env("PGASSAY_PG_BIN", &binaries.bin_dir)
            .env("HOME", project.path())
            .env("PGASSAY_CACHE_DIR", cache.path())
            .env("PGASSAY_RUN_DIR", runs.path())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    let name = Regex::new(r"`([^`]+\.sql)`").unwrap();
    let mut commands = 0;
    for block in blocks(tour) {
        match block.language.as_str() {
            "sql" => {
                let path = project
                    .path()
                    .join(&name.captures_iter(&block.before).last().unwrap()[1]);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, block.text).unwrap();
            }
            "console" => {
                commands += 1;
                let (line, expected) = block.text.split_once('\n').unwrap();
                let printed = run(&words(line.trim_start_matches("$ pgassay ")));
                assert_eq!(constant(&printed), constant(expected), "{line}");
            }
            _ => {}
        }
    }
    assert!(commands > 4, "{commands}");
    stop_kept(runs.path());
}

fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
}

/// Stops the server that `--keep-failed` left, as `pgassay cache clean` does.
fn stop_kept(runs: &Path) {
    use pgassay::cluster::{RunPlaces, sweep_kept};
    let swept = sweep_kept(&RunPlaces {
        named: Some(runs.to_owned()),
        memory: runs.to_owned(),
        temporary: runs.to_owned(),
        last: runs.to_owned(),
        room: 0,
        server_user: None,
    });
    assert_eq!((swept.servers, swept.failures), (1, Vec::new()));
}
