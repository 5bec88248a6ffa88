//! Drives a scanner through any bytes as an interpreter would. The input's first part chooses what is done
//! at each step, the rest is the script.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use pgassay::script::{ArgumentKind, Fragment, Scan, Scanner, decode, header};

const KINDS: [ArgumentKind; 5] = [
    ArgumentKind::Normal,
    ArgumentKind::ConnectionIdentifier,
    ArgumentKind::FilePipe,
    ArgumentKind::WholeLine,
    ArgumentKind::NoEvaluation,
];

fuzz_target!(|bytes: &[u8]| {
    let Some((&count, rest)) = bytes.split_first() else {
        return;
    };
    let (choices, script) = rest.split_at(usize::from(count % 32).min(rest.len()));
    let Ok(text) = decode("fuzz.sql", script.to_vec()) else {
        return;
    };
    let _ = header("fuzz.sql", &text);

    let mut choices = choices.iter().copied().cycle();
    let mut choose = move |below: u8| choices.next().unwrap_or(0) % below;
    let mut variables = BTreeMap::from([
        ("a".to_owned(), "x; 'y".to_owned()),
        ("b".to_owned(), ":a \\echo :c\n--".to_owned()),
        ("c".to_owned(), ":b$$".to_owned()),
    ]);
    let mut scanner = Scanner::new("fuzz.sql".into(), text.as_str());
    let mut marks = Vec::new();
    let mut steps = 0;
    loop {
        steps += 1;
        assert!(
            steps <= 100 * (text.len() + 2),
            "the scanner does not come to an end"
        );
        match scanner.next(&variables, choose(4) != 0) {
            Ok(Scan::Statement(fragment)) => {
                check(&fragment, &text);
                assert!(fragment.text().ends_with(';'));
                if choose(8) == 0 {
                    let data = scanner.copy_data();
                    assert!(text.contains(data.text()));
                }
            }
            Ok(Scan::Command(command)) => {
                assert!(!command.name.contains([' ', '\\', '\n']));
                match choose(8) {
                    0 => scanner.skip_command(),
                    1 => scanner.abandon_command(),
                    2 => {
                        marks.push(scanner.mark());
                        scanner.set_active(choose(2) == 0);
                        scanner.finish_command();
                    }
                    3 => {
                        if let Some(mark) = marks.pop() {
                            scanner.restore(&mark);
                        }
                        scanner.set_active(true);
                        scanner.finish_command();
                    }
                    4 => check(&scanner.take_buffer(), &text),
                    5 => {
                        scanner.copy_data();
                        scanner.finish_command();
                    }
                    _ => {
                        let kind = KINDS[usize::from(choose(5))];
                        let mut value = String::new();
                        while let Ok(Some(argument)) = scanner.argument(kind, &variables) {
                            value.push_str(&argument.text);
                        }
                        scanner.finish_command();
                        // Values that grow with every use are the interpreter's own to bound.
                        value.truncate(value.floor_char_boundary(64));
                        variables.insert(["a", "b", "c"][usize::from(choose(3))].to_owned(), value);
                    }
                }
            }
            Ok(Scan::End(fragment)) => {
                check(&fragment, &text);
                break;
            }
            Err(_) => {}
        }
        scanner.take_warnings();
    }
});

/// A fragment's places lie in the script.
fn check(fragment: &Fragment, text: &str) {
    let lines = u32::try_from(text.split('\n').count()).unwrap_or(u32::MAX);
    for character in [0, 1, 2, 7, u32::MAX] {
        let location = fragment.locate(character);
        assert!(
            (1..=lines).contains(&location.line()),
            "{location} of {lines} lines"
        );
    }
    let location = fragment.location();
    assert!(
        (1..=lines).contains(&location.line()),
        "{location} of {lines} lines"
    );
    assert!(fragment.is_blank() || !fragment.text().is_empty());
}
