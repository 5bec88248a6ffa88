//! How psql prints results, as far as tests see it: its options, and what is not aligned.
//!
//! Rules are psql's own (`\pset` in its manual); the comparison with psql in `tests/psql.rs` holds both together.

use super::aligned;
use super::csv;
use super::rows::text_row;
use super::wire::Field;

/// The forms in which results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Columns padded to their width.
    Aligned,
    /// Columns joined by a separator.
    Unaligned,
    /// Comma-separated values.
    Csv,
}

/// What `\pset` sets.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of psql's own"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PrintOptions {
    /// In which form.
    pub(super) format: Format,
    /// Rows only: no header, no footer, no titles.
    pub(super) tuples_only: bool,
    /// A line a column.
    pub(super) expanded: bool,
    /// Likewise where a screen is too narrow, so never in a script.
    pub(super) expanded_auto: bool,
    /// Between columns when not aligned.
    pub(super) field_separator: String,
    /// Between rows when not aligned.
    pub(super) record_separator: String,
    /// What stands for NULL.
    pub(super) null: String,
    /// `(N rows)` below a result.
    pub(super) footer: bool,
    /// The border of aligned output: 0, 1 or 2; more is as 2.
    pub(super) border: i32,
    /// Between columns of comma-separated values.
    pub(super) csv_separator: u8,
    /// A title above each result.
    pub(super) title: Option<String>,
}

impl PrintOptions {
    /// The border as it is drawn.
    pub(super) fn drawn_border(&self) -> u8 {
        u8::try_from(self.border.clamp(0, 2)).unwrap_or_default()
    }
}

impl Default for PrintOptions {
    /// As `psql --no-align --tuples-only` begins, which is how test files are run.
    fn default() -> Self {
        Self {
            format: Format::Unaligned,
            tuples_only: true,
            expanded: false,
            expanded_auto: false,
            field_separator: "|".into(),
            record_separator: "\n".into(),
            null: String::new(),
            footer: true,
            border: 1,
            csv_separator: b',',
            title: None,
        }
    }
}

/// Prints one result. Unaligned rows go out as they come; aligned ones wait until all widths are known.
#[derive(Debug)]
pub(super) struct Printer {
    options: PrintOptions,
    fields: Vec<Field>,
    waiting: Vec<Vec<String>>,
    rows: u64,
}

impl Printer {
    /// Begins a result; what stands above its rows goes to `out`.
    pub(super) fn begin(options: PrintOptions, fields: Vec<Field>, out: &mut Vec<u8>) -> Self {
        let printer = Self {
            options,
            fields,
            waiting: Vec::new(),
            rows: 0,
        };
        let options = &printer.options;
        if options.format == Format::Csv {
            csv::head(options, &printer.fields, out);
        }
        if options.format == Format::Unaligned && !options.tuples_only {
            if let Some(title) = &options.title {
                out.extend_from_slice(title.as_bytes());
                if !options.expanded {
                    out.extend_from_slice(options.record_separator.as_bytes());
                }
            }
            if !options.expanded {
                let names: Vec<&str> = printer
                    .fields
                    .iter()
                    .map(|field| field.name.as_str())
                    .collect();
                out.extend_from_slice(names.join(&options.field_separator).as_bytes());
            }
        }
        printer
    }

    fn has_title(&self) -> bool {
        !self.options.tuples_only && self.options.title.is_some()
    }

    /// Takes a row; what can be printed at once goes to `out`.
    pub(super) fn row(&mut self, values: &[Option<&[u8]>], out: &mut Vec<u8>) {
        let number = self.rows;
        self.rows += 1;
        if self.options.format == Format::Csv {
            csv::row(&self.options, &self.fields, values, out);
            return;
        }
        if self.options.format == Format::Aligned {
            let null = &self.options.null;
            let row = text_row(values).into_iter();
            self.waiting.push(
                row.map(|value| value.unwrap_or_else(|| null.clone()))
                    .collect(),
            );
            return;
        }
        // A row without columns is counted and nothing else.
        if values.is_empty() {
            return;
        }
        let null = self.options.null.as_bytes();
        let separator = self.options.record_separator.as_bytes();
        if self.options.expanded {
            if number > 0 || self.has_title() {
                out.extend_from_slice(separator);
                out.extend_from_slice(separator);
            }
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.extend_from_slice(separator);
                }
                if let Some(field) = self.fields.get(index) {
                    out.extend_from_slice(field.name.as_bytes());
                }
                out.extend_from_slice(self.options.field_separator.as_bytes());
                out.extend_from_slice(value.unwrap_or(null));
            }
        } else {
            if number > 0 || !self.options.tuples_only {
                out.extend_from_slice(separator);
            }
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.extend_from_slice(self.options.field_separator.as_bytes());
                }
                out.extend_from_slice(value.unwrap_or(null));
            }
        }
    }

    /// Ends the result; what is left goes to `out`. Returns how many rows there were.
    pub(super) fn end(self, out: &mut Vec<u8>) -> u64 {
        let rows = self.rows;
        if self.options.format == Format::Aligned {
            let print = if self.options.expanded {
                aligned::records
            } else {
                aligned::table
            };
            let text = print(&self.options, &self.fields, &self.waiting, rows);
            out.extend_from_slice(text.as_bytes());
        } else if self.options.format == Format::Csv {
            // Its lines are all ended.
        } else if self.options.tuples_only || self.options.expanded {
            if rows > 0 && !self.fields.is_empty() || self.has_title() {
                self.end_last_record(out);
            }
        } else {
            if self.options.footer {
                out.extend_from_slice(self.options.record_separator.as_bytes());
                out.extend_from_slice(footer(rows).as_bytes());
            }
            self.end_last_record(out);
        }
        rows
    }
}

impl Printer {
    /// The last record ends with a newline, whatever stands between records, unless that is a zero byte.
    fn end_last_record(&self, out: &mut Vec<u8>) {
        out.push(match self.options.record_separator.as_str() {
            "\0" => 0,
            _ => b'\n',
        });
    }
}

/// The line below a result.
pub(super) fn footer(rows: u64) -> String {
    if rows == 1 {
        "(1 row)".into()
    } else {
        format!("({rows} rows)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Vec<Field> {
        vec![
            Field {
                name: "n".into(),
                type_oid: 23,
                type_modifier: -1,
            },
            Field {
                name: "word".into(),
                type_oid: 25,
                type_modifier: -1,
            },
        ]
    }

    fn print(options: &PrintOptions) -> String {
        let mut out = Vec::new();
        let mut printer = Printer::begin(options.clone(), fields(), &mut out);
        printer.row(&[Some(b"1"), Some(b"one")], &mut out);
        printer.row(&[Some(b"22"), None], &mut out);
        printer.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn tuples_only_unaligned_is_bars_and_newlines() {
        assert_eq!(print(&PrintOptions::default()), "1|one\n22|\n");
    }

    #[test]
    fn unaligned_with_header_and_footer() {
        let options = PrintOptions {
            tuples_only: false,
            ..PrintOptions::default()
        };
        assert_eq!(print(&options), "n|word\n1|one\n22|\n(2 rows)\n");
    }

    #[test]
    fn aligned_pads_and_centres_as_psql_does() {
        let options = PrintOptions {
            format: Format::Aligned,
            tuples_only: false,
            ..PrintOptions::default()
        };
        assert_eq!(
            print(&options),
            " n  | word \n----+------\n  1 | one\n 22 | \n(2 rows)\n\n"
        );
    }

    #[test]
    fn expanded_prints_a_line_a_column() {
        let options = PrintOptions {
            expanded: true,
            ..PrintOptions::default()
        };
        assert_eq!(print(&options), "n|1\nword|one\n\nn|22\nword|\n");
        let options = PrintOptions {
            format: Format::Aligned,
            expanded: true,
            tuples_only: false,
            ..options
        };
        assert_eq!(
            print(&options),
            "-[ RECORD 1 ]\nn    | 1\nword | one\n-[ RECORD 2 ]\nn    | 22\nword | \n\n"
        );
    }
}
