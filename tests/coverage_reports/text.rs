//! The table in the terminal.

use pgassay::coverage::{Account, Gauge, Selector, Threshold, thresholds};
use pgassay::report::coverage::{TextOptions, text};
use unicode_width::UnicodeWidthStr;

use crate::{contents, excluded, sample};

fn shown(options: TextOptions) -> String {
    let mut report = sample::small();
    report
        .unseen
        .push("pgTAP's function has_magic(name) is not known".to_owned());
    let exclusions = [
        excluded("audit.*", "kept by another team"),
        excluded("app.gone", "was dropped"),
    ];
    let account = Account::new(&report, &exclusions);
    let asked = Threshold {
        gauge: Gauge::Asserted,
        objects: Selector {
            kind: Some("trigger".parse().unwrap()),
            ..Selector::default()
        },
        least: 90.0,
    };
    let complaints = thresholds(&account, &[asked]);
    text(&contents(&account, &[], &complaints), options)
}

#[test]
fn a_table_by_schema_and_kind_comes_before_what_is_open() {
    insta::assert_snapshot!(shown(TextOptions::default()));
}

#[test]
fn a_narrow_terminal_gets_fewer_columns_and_places_on_lines_of_their_own() {
    insta::assert_snapshot!(shown(TextOptions {
        width: 50,
        listed: 4,
        ..TextOptions::default()
    }));
    insta::assert_snapshot!(shown(TextOptions {
        width: 36,
        listed: 2,
        ..TextOptions::default()
    }));
}

#[test]
fn table_and_list_are_never_wider_than_the_terminal() {
    for width in [36, 40, 50, 60, 76, 80, 100, 200] {
        let told = shown(TextOptions {
            width,
            ..TextOptions::default()
        });
        // What notes, gates and exclusions say is for people to read whole.
        let lines = told
            .lines()
            .take_while(|line| !line.starts_with("note:"))
            .skip(2);
        for line in lines {
            // A place stays whole, since people click on it.
            let is_place = !line.trim_start().contains(char::is_whitespace);
            assert!(line.width() <= width || is_place, "{width}: {line}");
        }
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let plain = shown(TextOptions::default());
    let colored = shown(TextOptions {
        color: true,
        ..TextOptions::default()
    });
    let stripped = anstream::adapter::strip_str(&colored).to_string();
    assert_ne!(plain, colored);
    let trimmed = |text: &str| {
        text.lines()
            .map(|line| format!("{}\n", line.trim_end()))
            .collect::<String>()
    };
    assert_eq!(trimmed(&stripped), trimmed(&plain));
}
