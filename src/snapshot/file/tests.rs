#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::io::Read;
use std::path::Path;

use proptest::prelude::*;

use super::super::error::{Damage, SnapshotError};
use super::super::head::{FORMAT, Head, SavedColumn, SavedTable, SequenceState};
use super::super::lineage::Lineage;
use super::super::table::TableName;
use super::*;

fn name(name: &str) -> TableName {
    TableName {
        schema: "public".to_owned(),
        name: name.to_owned(),
    }
}

fn head(tables: usize) -> Head {
    let table = |at: usize| SavedTable {
        name: name(&format!("t \"{at}")),
        columns: vec![SavedColumn {
            name: "a\nb".to_owned(),
            data_type: "text".to_owned(),
        }],
    };
    Head {
        format: FORMAT,
        encoding: "UTF8".to_owned(),
        layout: Some("plain".to_owned()),
        lineage: Some(Lineage::of(&[])),
        is_selection: false,
        tables: (0..tables).map(table).collect(),
        sequences: vec![name("s")],
        materialized_views: vec![name("m")],
        fixtures: Vec::new(),
        masked: Vec::new(),
        filtered: Vec::new(),
    }
}

/// The bytes of a snapshot whose tables hold these lines.
fn written(tables: &[Vec<String>]) -> Vec<u8> {
    let mut writer = Writer::begin(head(tables.len()), Vec::new()).unwrap();
    for lines in tables {
        writer.table().unwrap();
        for line in lines {
            writer.row(format!("{line}\n").as_bytes()).unwrap();
        }
        writer.end_table().unwrap();
    }
    let state = SequenceState {
        last_value: 7,
        is_called: true,
    };
    writer.seal(vec![state]).unwrap().0
}

/// The rows of each table of a file, read in pieces of this size.
fn read(path: &Path, piece: usize) -> Result<Vec<String>, SnapshotError> {
    let mut file = SnapshotFile::open(path)?;
    file.verify()?;
    let mut rows = file.rows()?;
    let mut tables = Vec::new();
    while rows.next_table()? {
        let mut text = Vec::new();
        let mut piece = vec![0; piece];
        loop {
            match rows.read(&mut piece).unwrap() {
                0 => break,
                count => text.extend_from_slice(&piece[..count]),
            }
        }
        tables.push(String::from_utf8(text).unwrap());
    }
    rows.end()?;
    Ok(tables)
}

fn in_file(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a.snapshot");
    fs::write(&path, bytes).unwrap();
    (home, path)
}

#[test]
fn one_without_tables_is_whole_though_nobody_asks_for_the_next_one() {
    let (_home, path) = in_file(&written(&[]));
    SnapshotFile::open(&path)
        .unwrap()
        .rows()
        .unwrap()
        .end()
        .unwrap();
}

fn small() -> Vec<u8> {
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    written(&[
        lines(&["a", "\\N", "", "\\\\.", "long long long long"]),
        lines(&[]),
        lines(&["\\N", "\\N"]),
    ])
}

#[test]
fn what_was_written_is_read() {
    let (_home, path) = in_file(&small());
    for piece in [1, 2, 3, 5, 4096] {
        let tables = read(&path, piece).unwrap();
        assert_eq!(
            tables,
            ["a\n\\N\n\n\\\\.\nlong long long long\n", "", "\\N\n\\N\n"]
        );
    }
    let file = SnapshotFile::open(&path).unwrap();
    assert_eq!(file.index.rows, [5, 0, 2]);
    assert_eq!(file.head, head(3));
}

#[test]
fn the_ends_of_a_file_are_read_and_the_rows_between_are_not() {
    let rows: Vec<String> = (0..200_000_u32)
        .map(|it| format!("{}", it.wrapping_mul(2_654_435_761)))
        .collect();
    let bytes = written(&[rows]);
    let (_home, path) = in_file(&bytes);
    // Whatever the rows are, it is opened.
    let mut changed = bytes.clone();
    let middle = bytes.len() / 2;
    changed[middle..middle + 4096].fill(0);
    fs::write(&path, &changed).unwrap();
    let mut file = SnapshotFile::open(&path).unwrap();
    assert_eq!(file.index.rows, [200_000]);
    let refused = file.verify().unwrap_err();
    assert!(matches!(
        refused,
        SnapshotError::Broken {
            damage: Damage::Hash,
            ..
        }
    ));
}

#[test]
fn every_byte_counts() {
    let whole = small();
    let (_home, path) = in_file(&whole);
    for at in 0..whole.len() {
        for bit in [0x01, 0x80] {
            let mut changed = whole.clone();
            changed[at] ^= bit;
            fs::write(&path, &changed).unwrap();
            let refused = read(&path, 64).unwrap_err();
            assert!(
                matches!(refused, SnapshotError::Broken { .. }),
                "byte {at}: {refused}"
            );
            assert!(refused.to_string().contains("a.snapshot: "), "{refused}");
        }
    }
}

#[test]
fn every_length_but_the_whole_is_refused() {
    let whole = small();
    let (_home, path) = in_file(&whole);
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let refused = SnapshotFile::open(&path).unwrap_err();
        assert!(
            matches!(
                refused,
                SnapshotError::Broken {
                    damage: Damage::Cut | Damage::Foreign,
                    ..
                }
            ),
            "{length}: {refused}"
        );
    }
    for more in [&b"\0"[..], &whole] {
        fs::write(&path, [&whole[..], more].concat()).unwrap();
        assert!(read(&path, 64).is_err());
    }
}

#[test]
fn a_later_format_is_told_from_damage() {
    let later = Head {
        format: FORMAT + 1,
        ..head(0)
    };
    let writer = Writer::begin(later, Vec::new()).unwrap();
    let state = SequenceState {
        last_value: 1,
        is_called: false,
    };
    let (_home, path) = in_file(&writer.seal(vec![state]).unwrap().0);
    let refused = SnapshotFile::open(&path).unwrap_err().to_string();
    assert!(
        refused.ends_with(
            "the snapshot has format 2, and this pgassay reads format 1; update pgassay"
        ),
        "{refused}"
    );
}

#[test]
fn a_file_that_changes_while_it_is_read_is_noticed() {
    let rows: Vec<String> = (0..100_000).map(|it| format!("row {it}")).collect();
    let bytes = written(&[rows]);
    let (_home, path) = in_file(&bytes);
    let mut file = SnapshotFile::open(&path).unwrap();
    file.verify().unwrap();
    // The seal's own bytes are read last.
    let mut changed = bytes.clone();
    let last = bytes.len() - 40;
    changed[last] ^= 1;
    fs::write(&path, &changed).unwrap();
    let mut rows = file.rows().unwrap();
    assert!(rows.next_table().unwrap());
    std::io::copy(&mut rows, &mut std::io::sink()).unwrap();
    assert!(rows.end().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_rows_are_read_as_they_were_written(
        tables in prop::collection::vec(prop::collection::vec("([a\\t]|\\\\\\\\[N.\\\\]){0,6}", 0..20), 0..4),
        piece in 1_usize..40,
    ) {
        // A line that is the end of the rows is none of `COPY`'s.
        let tables: Vec<Vec<String>> = tables
            .into_iter()
            .map(|lines| lines.into_iter().filter(|line| line != "\\.").collect())
            .collect();
        let (_home, path) = in_file(&written(&tables));
        let expected: Vec<String> = tables
            .iter()
            .map(|lines| lines.iter().map(|line| format!("{line}\n")).collect())
            .collect();
        prop_assert_eq!(read(&path, piece).unwrap(), expected);
    }

    #[test]
    fn whatever_bytes_there_are_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), keeps in any::<bool>()) {
        // Behind a true beginning, and before a true seal.
        let whole = small();
        let bytes = if keeps {
            [&whole[..whole.len() / 2], &bytes, &whole[whole.len() - 56..]].concat()
        } else {
            bytes
        };
        let (_home, path) = in_file(&bytes);
        prop_assert!(read(&path, 64).is_err());
    }
}
