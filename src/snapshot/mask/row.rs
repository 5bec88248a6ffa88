//! The rows of a table on their way into a snapshot: the text of `COPY` in pieces as they come, and out of it the same rows
//! with other values in the columns that are masked. What is not masked is passed on as it is.

use std::sync::Arc;

use memchr::{memchr, memchr_iter};

use super::copy_text::{NULL, escape, unescape};
use super::key::Key;
use super::replacement::Replacement;
use super::rule::column_path;
use crate::snapshot::TableName;

/// What is masked of a table's rows.
#[derive(Debug, Clone)]
pub struct RowMask {
    pub(super) table: TableName,
    pub(super) columns: Arc<[MaskedColumn]>,
    pub(super) key: Key,
}

/// A column, and what takes the place of its values; none where they stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MaskedColumn {
    pub(super) name: String,
    pub(super) replacement: Option<Replacement>,
}

/// Why rows could not be masked. Nothing of the values is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MaskError {
    /// A row has not the columns that it should have.
    #[error(
        "row {row} of {table} has {found} columns where {expected} were read: it cannot be masked"
    )]
    Columns {
        /// The table.
        table: TableName,
        /// Which row, from 1.
        row: u64,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// A value is not written as the server writes one.
    #[error(
        "the value of {column} in row {row} is not written as it should be (DateStyle ISO, bytea_output hex): it cannot be masked"
    )]
    Value {
        /// The column, with its table.
        column: String,
        /// Which row, from 1.
        row: u64,
    },
    /// The rows end within a row.
    #[error("the rows of {table} end within row {row}")]
    CutShort {
        /// The table.
        table: TableName,
        /// Which row, from 1.
        row: u64,
    },
}

impl RowMask {
    /// The columns whose values are replaced, in their order.
    pub fn replaced(&self) -> impl Iterator<Item = &str> {
        let replaced = self.columns.iter().filter(|it| it.replacement.is_some());
        replaced.map(|it| it.name.as_str())
    }

    /// Begins with a table's rows.
    pub fn rows(&self) -> MaskedRows {
        let last = self.columns.iter().rposition(|it| it.replacement.is_some());
        MaskedRows {
            mask: self.clone(),
            count_of_looked_at: last.map_or(0, |it| it + 1),
            partial: Vec::new(),
            row: 0,
            value: Vec::new(),
        }
    }
}

/// The rows of a table, one after the other.
#[derive(Debug)]
pub struct MaskedRows {
    mask: RowMask,
    /// How many of the first columns must be looked at one by one.
    count_of_looked_at: usize,
    /// The row that has begun and not ended.
    partial: Vec<u8>,
    row: u64,
    value: Vec<u8>,
}

impl MaskedRows {
    /// Takes a piece of the text of `COPY`, which may end anywhere, and adds to `out` the rows that are whole.
    ///
    /// # Errors
    /// A row is not as it should be.
    pub fn feed(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), MaskError> {
        let mut rest = piece;
        while let Some(end) = memchr(b'\n', rest) {
            let (line, behind) = (&rest[..end], &rest[end + 1..]);
            if self.partial.is_empty() {
                self.line(line, out)?;
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                self.line(&whole, out)?;
                whole.clear();
                self.partial = whole;
            }
            rest = behind;
        }
        self.partial.extend_from_slice(rest);
        Ok(())
    }

    /// Ends, and returns how many rows there were.
    ///
    /// # Errors
    /// The last row is not whole.
    pub fn finish(self) -> Result<u64, MaskError> {
        if self.partial.is_empty() {
            return Ok(self.row);
        }
        Err(MaskError::CutShort {
            table: self.mask.table,
            row: self.row + 1,
        })
    }

    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), MaskError> {
        self.row += 1;
        let mut rest = Some(line);
        let mut count = 0;
        for column in &self.mask.columns[..self.count_of_looked_at] {
            let Some(from_here) = rest else {
                break;
            };
            let end = memchr(b'\t', from_here);
            let field = &from_here[..end.unwrap_or(from_here.len())];
            rest = end.map(|end| &from_here[end + 1..]);
            if count > 0 {
                out.push(b'\t');
            }
            count += 1;
            let replacement = column.replacement.as_ref().filter(|_| field != NULL);
            let Some(replacement) = replacement else {
                out.extend_from_slice(field);
                continue;
            };
            self.value.clear();
            unescape(field, &mut self.value);
            match replacement.replaced(&self.mask.key, &self.value) {
                Ok(Some(value)) => escape(&value, out),
                Ok(None) => out.extend_from_slice(NULL),
                Err(_) => {
                    return Err(MaskError::Value {
                        column: column_path(&self.mask.table, &column.name),
                        row: self.row,
                    });
                }
            }
        }
        if let Some(rest) = rest {
            // A row of no column is an empty line.
            let is_more = !(self.mask.columns.is_empty() && rest.is_empty());
            count += usize::from(is_more) + memchr_iter(b'\t', rest).count();
            if self.count_of_looked_at > 0 {
                out.push(b'\t');
            }
            out.extend_from_slice(rest);
        }
        let expected = self.mask.columns.len();
        if count != expected {
            return Err(MaskError::Columns {
                table: self.mask.table.clone(),
                row: self.row,
                found: count,
                expected,
            });
        }
        out.push(b'\n');
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::snapshot::mask::rule::Rule;
    use crate::snapshot::{Column, Values};

    fn text_column(rule: &Rule) -> MaskedColumn {
        let column = Column {
            name: "x".into(),
            data_type: "text".into(),
            values: Values::Text {
                longest: None,
                is_padded: false,
            },
            not_null: false,
        };
        MaskedColumn {
            name: column.name.clone(),
            replacement: Replacement::of(rule, &column).unwrap(),
        }
    }

    fn mask(rules: &[Rule]) -> RowMask {
        RowMask {
            table: TableName {
                schema: "app".into(),
                name: "users".into(),
            },
            columns: rules.iter().map(text_column).collect(),
            key: Key::chosen("the key of the tests").unwrap(),
        }
    }

    fn masked(mask: &RowMask, pieces: &[&[u8]]) -> Result<Vec<u8>, MaskError> {
        let (mut rows, mut out) = (mask.rows(), Vec::new());
        for piece in pieces {
            rows.feed(piece, &mut out)?;
        }
        rows.finish().map(|_| out)
    }

    #[test]
    fn only_masked_columns_change_and_null_stays() {
        let mask = mask(&[
            Rule::Keep,
            Rule::Fixed("a\tb\\".into()),
            Rule::Keep,
            Rule::Null,
        ]);
        let out = masked(&mask, &[b"1\tx\\ty\t\\\\\tz\n2\t\\N\t\\N\t\\N\n\t\t\t\n"]).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "1\ta\\tb\\\\\t\\\\\t\\N\n2\t\\N\t\\N\t\\N\n\ta\\tb\\\\\t\t\\N\n"
        );
    }

    #[test]
    fn a_row_with_other_columns_is_refused_wherever_the_masked_ones_are() {
        for rules in [
            vec![Rule::Hash, Rule::Keep, Rule::Keep],
            vec![Rule::Keep, Rule::Keep, Rule::Hash],
            vec![Rule::Keep, Rule::Keep, Rule::Keep],
        ] {
            for (line, found) in [("a\n", 1), ("a\tb\n", 2), ("a\tb\tc\td\n", 4), ("\n", 1)] {
                let refused = masked(&mask(&rules), &[line.as_bytes()]).unwrap_err();
                assert!(
                    matches!(refused, MaskError::Columns { row: 1, found: count, expected: 3, .. } if count == found),
                    "{rules:?}: {refused}"
                );
            }
            assert!(masked(&mask(&rules), &[b"a\tb\tc\n"]).is_ok());
        }
        assert_eq!(masked(&mask(&[]), &[b"\n\n"]).unwrap(), b"\n\n");
    }

    #[test]
    fn rows_that_end_within_a_row_are_refused() {
        let refused = masked(&mask(&[Rule::Hash]), &[b"a\nb"]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the rows of app.users end within row 2"
        );
    }

    fn rule() -> impl Strategy<Value = Rule> {
        let words: Vec<&str> = Rule::words().collect();
        prop_oneof![
            prop::sample::select(words).prop_map(|it| Rule::of_word(it).unwrap()),
            "\\PC{0,5}".prop_map(Rule::Fixed),
        ]
    }

    fn cases() -> impl Strategy<Value = (Vec<Rule>, Vec<Vec<Option<String>>>)> {
        prop::collection::vec(rule(), 1..5).prop_flat_map(|rules| {
            let value = prop_oneof![
                Just(None),
                "[a-b\\\\\t\n\r]{0,3}".prop_map(Some),
                "\\PC{0,12}".prop_map(Some)
            ];
            let row = prop::collection::vec(value, rules.len());
            (Just(rules), prop::collection::vec(row, 0..12))
        })
    }

    fn written(rows: &[Vec<Option<String>>]) -> Vec<u8> {
        let mut text = Vec::new();
        for row in rows {
            for (at, value) in row.iter().enumerate() {
                if at > 0 {
                    text.push(b'\t');
                }
                match value {
                    Some(value) => escape(value.as_bytes(), &mut text),
                    None => text.extend_from_slice(NULL),
                }
            }
            text.push(b'\n');
        }
        text
    }

    fn read(text: &[u8]) -> Vec<Vec<Option<String>>> {
        let lines = text.split_inclusive(|it| *it == b'\n');
        let field = |field: &[u8]| {
            let mut value = Vec::new();
            unescape(field, &mut value);
            (field != NULL).then(|| String::from_utf8(value).unwrap())
        };
        lines
            .map(|line| {
                line[..line.len() - 1]
                    .split(|it| *it == b'\t')
                    .map(field)
                    .collect()
            })
            .collect()
    }

    proptest! {
        #[test]
        fn rows_and_columns_stay_and_equal_values_stay_equal((rules, rows) in cases(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
            let mask = mask(&rules);
            let text = written(&rows);
            let whole = masked(&mask, &[&text]).unwrap();
            let others = read(&whole);
            prop_assert_eq!(others.len(), rows.len());
            for (column, rule) in rules.iter().enumerate() {
                for (row, other) in rows.iter().zip(&others) {
                    prop_assert_eq!(other.len(), row.len());
                    match (rule, &row[column]) {
                        (_, None) | (Rule::Null, _) => prop_assert_eq!(&other[column], &None),
                        (Rule::Keep, value) => prop_assert_eq!(&other[column], value),
                        (Rule::Fixed(text), _) => prop_assert_eq!(other[column].as_ref(), Some(text)),
                        (Rule::KeepLength, Some(value)) => prop_assert!(
                            other[column].as_ref() != Some(value) || !value.chars().any(char::is_alphanumeric)
                        ),
                        (_, value) => prop_assert_ne!(&other[column], value),
                    }
                    // Wherever the same rule meets the same value, it makes the same of it.
                    for (again, same) in rules.iter().enumerate().filter(|(_, it)| *it == rule) {
                        let _ = same;
                        for (other_row, other_other) in rows.iter().zip(&others) {
                            if other_row[again] == row[column] {
                                prop_assert_eq!(&other_other[again], &other[column]);
                            }
                        }
                    }
                }
            }
            // However the text is cut into pieces, the same comes out.
            let mut places: Vec<usize> = cuts.iter().map(|it| it.index(text.len() + 1)).collect();
            places.push(text.len());
            places.sort_unstable();
            let mut from = 0;
            let mut pieces = Vec::new();
            for place in places {
                pieces.push(&text[from..place]);
                from = place;
            }
            prop_assert_eq!(masked(&mask, &pieces).unwrap(), whole.clone());
            let bytes: Vec<&[u8]> = text.chunks(1).collect();
            prop_assert_eq!(masked(&mask, &bytes).unwrap(), whole);
        }

        #[test]
        fn any_bytes_are_rows_or_an_error(rules in prop::collection::vec(rule(), 0..4), text in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = masked(&mask(&rules), &[&text]);
        }
    }
}
