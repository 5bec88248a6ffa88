//! The document of exit codes says what the tool returns, and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The codes of `docs/exit-codes.md`: the first column of its table, and the rest of the row.
fn documented() -> BTreeMap<u8, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/exit-codes.md");
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | "))
        .filter_map(|(code, rest)| Some((code.parse().ok()?, rest.to_owned())))
        .collect()
}

/// The codes of the source: every `Self::Name => number` of `Exit::code`. What psql returns is psql's.
fn returned() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/command/exit.rs");
    let text = fs::read_to_string(path).unwrap();
    let (_, body) = text.split_once("pub fn code(self)").unwrap();
    body.lines()
        .filter_map(|line| line.trim().strip_prefix("Self::")?.split_once(" => "))
        .filter(|(name, _)| !name.starts_with("Psql("))
        .map(|(_, number)| number.trim_end_matches(',').parse().unwrap())
        .collect()
}

#[test]
fn the_document_has_every_code_that_is_returned_and_no_other() {
    let documented = documented();
    let mut returned = returned();
    returned.sort_unstable();
    assert_eq!(returned, [0, 1, 2, 3, 4, 5, 130]);
    assert_eq!(documented.keys().copied().collect::<Vec<_>>(), returned);
}
