//! The console, as people see it.

use std::io::{self, Write};

use pgassay::event::{Event, FileOutcome, Stop};
use pgassay::report::{Console, ConsoleOptions, Reporter, console};
use pgassay::settings::Verbosity;

use crate::samples::{self, run};

const PLAIN: ConsoleOptions = ConsoleOptions {
    color: false,
    verbosity: Verbosity::Normal,
    comments: false,
    directives: false,
    progress: false,
};

fn shown(events: &[Event], options: ConsoleOptions) -> String {
    let mut console = Console::new(Vec::new(), options);
    for event in events {
        console.event(event).unwrap();
    }
    console.finish().unwrap();
    String::from_utf8(console.into_writer()).unwrap()
}

fn details(outcome: &FileOutcome) -> String {
    console::details(outcome, PLAIN)
}

#[test]
fn short_values_stand_beneath_their_source_line() {
    insta::assert_snapshot!(details(&samples::short_values()));
}

#[test]
fn long_values_are_compared_line_by_line_and_word_by_word() {
    insta::assert_snapshot!(details(&samples::long_values()));
}

#[test]
fn differing_words_are_emphasised_in_colour() {
    let options = ConsoleOptions {
        color: true,
        ..PLAIN
    };
    let text = console::details(&samples::long_values(), options).replace('\u{1b}', "^");
    insta::assert_snapshot!(text);
}

#[test]
fn other_diagnostics_are_shown_as_pgtap_words_them() {
    insta::assert_snapshot!(details(&samples::results_and_exceptions()));
}

#[test]
fn a_sql_error_shows_its_line_and_a_caret() {
    insta::assert_snapshot!(details(&samples::sql_error()));
}

#[test]
fn a_caret_stands_right_in_a_long_line_with_tabs_and_wide_characters() {
    insta::assert_snapshot!(details(&samples::wide_sql_error()));
}

#[test]
fn the_reasons_of_broken_files_say_what_to_do() {
    let broken = [
        samples::no_plan(),
        samples::several_columns(),
        samples::timeout(),
        samples::connection_lost(),
    ];
    insta::assert_snapshot!(broken.iter().map(details).collect::<String>());
}

#[test]
fn failures_inside_subtests_bear_their_path() {
    insta::assert_snapshot!(details(&samples::subtests()));
}

#[test]
fn control_characters_of_a_test_cannot_reach_the_terminal() {
    let events = run(vec![samples::foreign_characters()], None, None, 0);
    for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
        let text = shown(&events, ConsoleOptions { verbosity, ..PLAIN });
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
        assert!(!text.contains('\u{202e}'), "{text}");
    }
    insta::assert_snapshot!(details(&samples::foreign_characters()));
}

#[test]
fn a_very_long_failure_is_cut_and_says_where_the_rest_is() {
    let text = details(&samples::very_long());
    assert!(text.lines().count() < 250, "{} lines", text.lines().count());
    insta::assert_snapshot!(text);
}

#[test]
fn a_run_is_a_line_a_file_then_the_failures_then_the_sum() {
    insta::assert_snapshot!(shown(&run(samples::outcomes(), Some(17), None, 0), PLAIN));
}

#[test]
fn a_quiet_run_shows_only_failures_and_the_sum() {
    let outcomes = vec![
        samples::passed(),
        samples::short_values(),
        samples::todo(),
        samples::skip_all(),
    ];
    let options = ConsoleOptions {
        verbosity: Verbosity::Quiet,
        ..PLAIN
    };
    insta::assert_snapshot!(shown(&run(outcomes, None, None, 0), options));
}

#[test]
fn a_verbose_run_shows_every_assertion() {
    let outcomes = vec![
        samples::passed(),
        samples::short_values(),
        samples::todo(),
        samples::subtests(),
    ];
    let options = ConsoleOptions {
        verbosity: Verbosity::Verbose,
        ..PLAIN
    };
    insta::assert_snapshot!(shown(&run(outcomes, None, None, 0), options));
}

#[test]
fn a_green_run_is_short() {
    insta::assert_snapshot!(shown(&run(vec![samples::passed()], None, None, 0), PLAIN));
}

#[test]
fn a_run_that_ended_early_says_why() {
    let stops = [
        Stop::Interrupted("SIGINT"),
        Stop::BailOut {
            file: "sql-tests/a.sql".into(),
            reason: "no table".to_owned(),
        },
        Stop::BailOut {
            file: "sql-tests/a.sql".into(),
            reason: String::new(),
        },
        Stop::FailFast(1),
        Stop::NothingFound("no test function".to_owned()),
        Stop::Error("cannot start the server: no space left on device".to_owned()),
    ];
    let sums: Vec<String> = stops
        .into_iter()
        .map(|stop| {
            let events = run(vec![samples::short_values()], Some(9), Some(stop), 3);
            let Some(Event::RunFinished(summary)) = events.last() else {
                panic!("no end")
            };
            console::summary(
                summary,
                console::Closing {
                    warnings: 1,
                    seed: Some(9),
                    ..console::Closing::default()
                },
                PLAIN,
            )
        })
        .collect();
    insta::assert_snapshot!(sums.join("\n"));
}

#[test]
fn what_went_wrong_is_told_even_if_the_run_never_ends() {
    let mut events = run(vec![samples::short_values()], None, None, 0);
    events.pop();
    assert!(shown(&events, PLAIN).contains("have: 100.00"));
}

#[test]
fn colours_change_nothing_but_colours() {
    let events = run(samples::outcomes(), Some(17), None, 0);
    let mut colored = shown(
        &events,
        ConsoleOptions {
            color: true,
            ..PLAIN
        },
    );
    while let Some(start) = colored.find("\u{1b}[") {
        let end = start + colored[start..].find('m').unwrap();
        colored.replace_range(start..=end, "");
    }
    // Without colours, differing words are marked in lines of their own.
    let is_mark = |line: &&str| !line.is_empty() && line.chars().all(|c| c == ' ' || c == '~');
    let plain = shown(&events, PLAIN);
    let plain: Vec<&str> = plain.lines().filter(|line| !is_mark(line)).collect();
    let colored: Vec<&str> = colored
        .lines()
        .map(|line| line.trim_end_matches(' '))
        .collect();
    assert_eq!(colored, plain);
}

struct BrokenPipe;

impl Write for BrokenPipe {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_broken_pipe_is_told_to_the_caller() {
    let events = run(vec![samples::passed()], None, None, 0);
    let mut console = Console::new(BrokenPipe, PLAIN);
    let error = events.iter().find_map(|event| console.event(event).err());
    assert_eq!(error.unwrap().kind(), io::ErrorKind::BrokenPipe);
}
