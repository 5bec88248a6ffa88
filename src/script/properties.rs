//! What holds of any text.

use proptest::prelude::*;

use super::tests::{fragments, texts, variables};
use super::*;

/// Texts in which much of a script's syntax meets.
fn script_text(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(pieces), 0..60).prop_map(|pieces| pieces.concat())
}

const SQL: &[&str] = &[
    "'",
    "''",
    "\"",
    "$$",
    "$a$",
    "/*",
    "*/",
    "--",
    "\n",
    "\n",
    "\r",
    " ",
    ";",
    ";",
    "(",
    ")",
    "E'",
    "U&'",
    "é",
    "ab",
    "1",
    ".",
    ":",
    ":v",
    ":'v'",
    "::",
    "create ",
    "function ",
    "begin ",
    "end ",
    "case ",
    "\u{a0}",
    "-",
    "+",
];
const COMMANDS: &[&str] = &[
    "'", "\"", "$$", "/*", "*/", "--", "\n", " ", ";", "(", ")", "\\", "\\", "\\\\", "\\;", ":v",
    ":w", ":'v'", ":{?v}", "`", "|", "a", "é", "\r", "\\if ", "\\copy ", "\\.\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_to_its_end(text in script_text(COMMANDS), choices in prop::collection::vec(any::<u8>(), 1..40)) {
        let values = variables(&[("v", "a;\\x 'b\n:w"), ("w", "$$ :v \\")]);
        let kinds = [
            ArgumentKind::Normal, ArgumentKind::ConnectionIdentifier,
            ArgumentKind::FilePipe, ArgumentKind::WholeLine, ArgumentKind::NoEvaluation,
        ];
        let mut scanner = Scanner::new("t.sql".into(), text.as_str());
        let mut choices = choices.iter().copied().cycle();
        let mut choose = |below: u8| choices.next().map_or(0, |choice| choice % below);
        let mut mark = scanner.mark();
        // Every step reads something of the text, or of a variable's value.
        let most = 40 * (text.len() + 1);
        let mut steps = 0;
        while !matches!(scanner.next(&values, true), Ok(Scan::End(_))) {
            steps += 1;
            prop_assert!(steps <= most, "{steps} steps");
            match choose(8) {
                0 => scanner.abandon_command(),
                1 => scanner.skip_command(),
                2 => { scanner.copy_data(); }
                3 => mark = scanner.mark(),
                4 => scanner.restore(&mark),
                5 => scanner.set_active(choose(2) == 0),
                6 => { scanner.take_buffer(); }
                _ => {
                    let kind = kinds[usize::from(choose(5))];
                    while let Ok(Some(_)) = scanner.argument(kind, &values) {}
                    scanner.finish_command();
                }
            }
        }
    }

    #[test]
    fn no_text_is_lost_but_white_space_and_leading_comments(text in script_text(SQL)) {
        let text = text.replace("--", "- -").replace("--", "- -");
        let bare = |text: &str| text.chars().filter(|character| !" \n\r".contains(*character)).collect::<String>();
        let sent: String = texts(&text).iter().map(|text| bare(text)).collect();
        prop_assert_eq!(sent, bare(&text));
    }

    #[test]
    fn every_character_is_located_where_it_stands_and_in_order(text in script_text(SQL)) {
        let lines: Vec<Vec<char>> = text.split('\n').map(|line| line.chars().chain(['\n']).collect()).collect();
        let mut last = Position { line: 1, column: 0 };
        for fragment in fragments(&text, &()).into_iter().flatten() {
            let location = fragment.location().position;
            for (character, number) in fragment.text().chars().zip(1..) {
                let position = fragment.locate(number).position;
                // A newline after empty lines, which are dropped, stands at the beginning of the next line.
                if character == '\n' {
                    continue;
                }
                prop_assert!(position > last, "{position:?} after {last:?}");
                last = position;
                let line = &lines[position.line as usize - 1];
                prop_assert_eq!(line[position.column as usize - 1], character);
            }
            prop_assert!(location <= last);
        }
    }

    #[test]
    fn decoding_gives_the_text_or_names_a_place(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        match decode("t.sql", bytes.clone()) {
            Ok(text) => prop_assert_eq!(text.as_bytes(), bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)),
            Err(error) => prop_assert!(error.location().file.as_ref() == "t.sql"),
        }
    }

    #[test]
    fn any_header_is_read(text in "(-- pgassay: ?(timeout|role|serial|tags|tag)? ?[a-z0-9\", ]{0,6}\n| ?-?-?.?\n){0,5}") {
        let (_, problems) = header("t.sql", &text);
        for problem in problems {
            prop_assert!(line(&text, problem.location.line()).is_some());
        }
    }
}
