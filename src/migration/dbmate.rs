//! dbmate's migrations: `20240101_desc.sql`, with blocks behind `-- migrate:up` and `-- migrate:down`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::text::{as_one_request, lines};
use super::{Migration, Transaction};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "dbmate",
        shown: "dbmate",
    },
    usual_places: &["db/migrations"],
    signs: Signs::Marks,
    recognise: |directory| {
        directory.find(|file| {
            let up = &MARKERS.0;
            file.is_at_top() && file.text().is_ok_and(|text| up.is_match(text))
        })
    },
    read,
    history: Some(&HISTORY),
};

/// `schema_migrations (version varchar)`, as `CreateMigrationsTable` of its `pkg/driver/postgres` makes it, which is what
/// Rails has too. A version is noted in the transaction of its file, so what failed leaves no row, and it takes no lock.
const HISTORY: History = History {
    table: "schema_migrations",
    columns: &["version"],
    other_columns: &["dirty", "statements", "inserted_at", "checksum", "run_on"],
    beside: None,
    query: "SELECT version::pg_catalog.text, NULL, NULL, NULL, NULL FROM {table} h ORDER BY h.version COLLATE \"C\"",
    is_single: false,
    lock: Lock::None,
    order: VersionOrder::Texts,
};

/// What begins a block that applies, and one that takes back.
#[allow(clippy::expect_used, reason = "a test compiles them")]
static MARKERS: LazyLock<(Regex, Regex)> = LazyLock::new(|| {
    let marker = |way: &str| Regex::new(&format!(r"(?m)^--\s*migrate:{way}(?:\s*$|\s+\S+)"));
    let of = |way| marker(way).expect("a pattern");
    (of("up"), of("down"))
});

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    // What has no number in front is none of its migrations: it usually dumps the schema beside them.
    let mut files: Vec<(&str, &File)> = (directory.sql.iter())
        .filter(|file| file.is_at_top())
        .filter_map(|file| Some((number(file)?, file)))
        .collect();
    if let ([], Some(file)) = (&files[..], directory.sql.first()) {
        return Err(MigrationError::Misnamed {
            file: file.shown.to_string(),
            layout: LAYOUT.name.shown,
            wanted: "<number>_<description>.sql",
        });
    }
    refuse_duplicates(&files)?;
    files.sort_by(|(_, left), (_, right)| left.file_name().cmp(right.file_name()));
    let mut migrations = Vec::new();
    for (version, file) in files {
        migrations.extend(migrations_of(version, file)?);
    }
    Ok(migrations)
}

/// The digits that a name begins with.
fn number(file: &File) -> Option<&str> {
    let stem = file.stem();
    let end = stem.find(|c: char| !c.is_ascii_digit());
    let number = &stem[..end.unwrap_or(stem.len())];
    (!number.is_empty()).then_some(number)
}

/// dbmate would apply both, and fail to note the second.
fn refuse_duplicates(files: &[(&str, &File)]) -> Result<(), MigrationError> {
    for (index, (version, file)) in files.iter().enumerate() {
        if let Some((_, first)) = files[..index].iter().find(|(other, _)| other == version) {
            return Err(MigrationError::Duplicate {
                what: format!("version {version}"),
                first: first.shown.to_string(),
                second: file.shown.to_string(),
            });
        }
    }
    Ok(())
}

/// A file's pairs of blocks, each of which runs by itself.
fn migrations_of(version: &str, file: &File) -> Result<Vec<Migration>, MigrationError> {
    let text = file.text()?;
    let (up, down) = &*MARKERS;
    let beginnings: Vec<usize> = up.find_iter(text).map(|found| found.start()).collect();
    let Some(&first) = beginnings.first() else {
        let reason = "it has no block `-- migrate:up`, which dbmate wants of each migration; write the marker above its \
                      statements";
        return Err(file.wrong(0, reason));
    };
    for (place, line) in lines(&text[..first]) {
        if !line.trim().is_empty() && !line.trim_start().starts_with("--") {
            let reason = "a statement stands before the first `-- migrate:up`, where dbmate runs none; move it below";
            return Err(file.wrong(place.start, reason));
        }
    }
    let ends = beginnings.iter().skip(1).copied().chain([text.len()]);
    let sections = beginnings.iter().copied().zip(ends);
    let description = file.stem()[version.len()..].trim_start_matches(['_', '-', '.']);
    let description = description.replace('_', " ");
    let part = |range: Range<usize>| file.parts(std::slice::from_ref(&range));
    sections
        .map(|(begin, end)| {
            let middle = middle(file, down, begin..end)?;
            let up = part(behind_marker(text, begin)..middle)?;
            let down = part(behind_marker(text, middle)..end)?;
            Ok(Migration {
                down: Some(down),
                transaction: if in_transaction(text, begin) {
                    Transaction::Whole
                } else {
                    as_one_request(&up.text)
                },
                ..Migration::of(Some(version.to_owned()), description.clone(), up)
            })
        })
        .collect()
}

/// Where the one block of a pair that takes back begins.
fn middle(file: &File, down: &Regex, pair: Range<usize>) -> Result<usize, MigrationError> {
    let text = &file.text()?[pair.clone()];
    let mut found = down.find_iter(text).map(|found| pair.start + found.start());
    match (found.next(), found.next()) {
        (Some(middle), None) => Ok(middle),
        (Some(_), Some(second)) => {
            let reason = "this is the second `-- migrate:down` of one `-- migrate:up`, and dbmate allows one; put them together";
            Err(file.wrong(second, reason))
        }
        (None, _) => {
            let reason = "this `-- migrate:up` has no `-- migrate:down` below it, which dbmate wants of each, be it empty; add \
                          the marker";
            Err(file.wrong(pair.start, reason))
        }
    }
}

/// Where the line of a marker ends.
fn behind_marker(text: &str, marker: usize) -> usize {
    let rest = &text[marker..];
    marker + rest.find('\n').unwrap_or(rest.len())
}

/// Whether the options behind a marker leave it in a transaction: the last that are two words with one `:` count.
fn in_transaction(text: &str, marker: usize) -> bool {
    let line = &text[marker..behind_marker(text, marker)];
    let options = line.split_whitespace().rev();
    let option = options
        .filter_map(|option| option.split_once(':'))
        .find(|(key, value)| *key == "transaction" && !value.contains(':'));
    option.is_none_or(|(_, value)| value != "false")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_begin_a_line_and_end_their_word() {
        let (up, down) = &*MARKERS;
        for marker in [
            "-- migrate:up",
            "--migrate:up",
            "--  migrate:up transaction:false",
            "x\n-- migrate:up\t\r\n",
        ] {
            assert!(up.is_match(marker), "{marker}");
        }
        for none in [" -- migrate:up", "-- migrate:upper", "-- migrate:down"] {
            assert!(!up.is_match(none), "{none}");
        }
        assert!(down.is_match("-- migrate:down"));
    }

    #[test]
    fn the_options_of_a_marker_decide_about_its_transaction() {
        for (line, inside) in [
            ("-- migrate:up", true),
            ("-- migrate:up transaction:false", false),
            ("-- migrate:up  other:1  transaction:false\r\nx", false),
            ("-- migrate:up transaction:true", true),
            ("-- migrate:up transaction: false", true),
            ("-- migrate:up\ntransaction:false", true),
        ] {
            assert_eq!(in_transaction(line, 0), inside, "{line}");
        }
    }
}
