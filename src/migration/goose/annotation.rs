//! The comments that tell goose something, `-- +goose Up` and others. Pure.

/// A comment that tells goose something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Annotation {
    Up,
    Down,
    StatementBegin,
    StatementEnd,
    NoTransaction,
    EnvsubOn,
    EnvsubOff,
}

const ANNOTATIONS: [(&str, Annotation); 7] = [
    ("Up", Annotation::Up),
    ("Down", Annotation::Down),
    ("StatementBegin", Annotation::StatementBegin),
    ("StatementEnd", Annotation::StatementEnd),
    ("NO TRANSACTION", Annotation::NoTransaction),
    ("ENVSUB ON", Annotation::EnvsubOn),
    ("ENVSUB OFF", Annotation::EnvsubOff),
];

/// What a line with `+goose` says, or what is wrong with it.
pub(super) fn annotation(line: &str) -> Result<Annotation, String> {
    if line.starts_with([' ', '\t']) {
        return Err(
            "goose refuses an annotation that does not begin its line; remove the blanks before it"
                .into(),
        );
    }
    let said = line.replace("--", "").replacen("+goose", "", 1);
    let said = said.trim();
    let found = (ANNOTATIONS.iter()).find(|(word, _)| word.eq_ignore_ascii_case(said));
    found.map(|(_, annotation)| *annotation).ok_or_else(|| {
        let words: Vec<&str> = ANNOTATIONS.iter().map(|(word, _)| *word).collect();
        format!(
            "goose has no annotation `{said}`; it must be one of: {}",
            words.join(", ")
        )
    })
}
