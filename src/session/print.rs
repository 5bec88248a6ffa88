//! How psql prints results, as far as tests see it: unaligned and aligned, plain and expanded.
//!
//! Rules are psql's own (`\pset` in its manual); the differential tests hold both against each other.

use super::rows::text_row;
use super::wire::Field;

/// What `\pset` sets.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of psql's own"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PrintOptions {
    /// Columns padded to their width, rather than joined by `field_separator`.
    pub(super) aligned: bool,
    /// Rows only: no header, no footer, no titles.
    pub(super) tuples_only: bool,
    /// A line a column.
    pub(super) expanded: bool,
    /// Between columns when not aligned.
    pub(super) field_separator: String,
    /// Between rows when not aligned.
    pub(super) record_separator: String,
    /// What stands for NULL.
    pub(super) null: String,
    /// `(N rows)` below a result.
    pub(super) footer: bool,
    /// The border of aligned output: 0, 1 or 2.
    pub(super) border: u8,
    /// A title above each result.
    pub(super) title: Option<String>,
}

impl Default for PrintOptions {
    /// As `psql --no-align --tuples-only` begins, which is how test files are run.
    fn default() -> Self {
        Self {
            aligned: false,
            tuples_only: true,
            expanded: false,
            field_separator: "|".into(),
            record_separator: "\n".into(),
            null: String::new(),
            footer: true,
            border: 1,
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
        if !options.aligned && !options.tuples_only {
            if let Some(title) = &options.title {
                out.extend_from_slice(title.as_bytes());
                out.extend_from_slice(options.record_separator.as_bytes());
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

    /// Takes a row; what can be printed at once goes to `out`.
    pub(super) fn row(&mut self, values: &[Option<&[u8]>], out: &mut Vec<u8>) {
        let number = self.rows;
        self.rows += 1;
        if self.options.aligned {
            let null = &self.options.null;
            let row = text_row(values).into_iter();
            self.waiting.push(
                row.map(|value| value.unwrap_or_else(|| null.clone()))
                    .collect(),
            );
            return;
        }
        let null = self.options.null.as_bytes();
        let separator = self.options.record_separator.as_bytes();
        if self.options.expanded {
            if number > 0 {
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
        if self.options.aligned {
            let text = if self.options.expanded {
                self.aligned_expanded()
            } else {
                self.aligned()
            };
            out.extend_from_slice(text.as_bytes());
        } else if self.options.tuples_only || self.options.expanded {
            if rows > 0 {
                out.push(b'\n');
            }
        } else {
            if self.options.footer {
                out.extend_from_slice(self.options.record_separator.as_bytes());
                out.extend_from_slice(footer(rows).as_bytes());
            }
            out.push(b'\n');
        }
        rows
    }

    /// Whether values of a column stand at the right: psql does so for numbers.
    fn is_right(&self, column: usize) -> bool {
        // int8, int2, int4, oid, xid, cid, float4, float8, money, numeric, xid8 (`pg_type.dat`).
        const NUMERIC: [u32; 11] = [20, 21, 23, 26, 28, 29, 700, 701, 790, 1700, 5069];
        self.fields
            .get(column)
            .is_some_and(|field| NUMERIC.contains(&field.type_oid))
    }

    fn aligned(&self) -> String {
        let width_of = |text: &str| text.split('\n').map(width).max().unwrap_or(0);
        let mut widths: Vec<usize> = self
            .fields
            .iter()
            .map(|field| width_of(&field.name))
            .collect();
        for row in &self.waiting {
            for (column, value) in row.iter().enumerate() {
                if let Some(widest) = widths.get_mut(column) {
                    *widest = (*widest).max(width_of(value));
                }
            }
        }
        let mut text = String::new();
        let border = self.options.border;
        let rule = |text: &mut String| {
            let dashes: Vec<String> = widths
                .iter()
                .map(|width| "-".repeat(width + if border == 0 { 0 } else { 2 }))
                .collect();
            match border {
                0 => text.push_str(&dashes.join(" ")),
                1 => text.push_str(&dashes.join("+")),
                _ => text.push_str(&format!("+{}+", dashes.join("+"))),
            }
            text.push('\n');
        };
        if !self.options.tuples_only {
            if let Some(title) = &self.options.title {
                let total: usize = widths
                    .iter()
                    .map(|width| width + 3)
                    .sum::<usize>()
                    .saturating_sub(1);
                text.push_str(&" ".repeat(total.saturating_sub(width(title)) / 2));
                text.push_str(title);
                text.push('\n');
            }
            if border >= 2 {
                rule(&mut text);
            }
            let names: Vec<String> = self
                .fields
                .iter()
                .enumerate()
                .map(|(column, field)| {
                    let space = widths[column] - width(&field.name).min(widths[column]);
                    format!(
                        "{}{}{}",
                        " ".repeat(space / 2),
                        field.name,
                        " ".repeat(space - space / 2)
                    )
                })
                .collect();
            match border {
                0 => text.push_str(&names.join(" ")),
                1 => text.push_str(&format!(" {} ", names.join(" | "))),
                _ => text.push_str(&format!("| {} |", names.join(" | "))),
            }
            text.push('\n');
            rule(&mut text);
        }
        for row in &self.waiting {
            self.aligned_row(row, &widths, &mut text);
        }
        if border >= 2 {
            rule(&mut text);
        }
        if !self.options.tuples_only && self.options.footer {
            text.push_str(&footer(self.rows));
            text.push('\n');
        }
        text.push('\n');
        text
    }

    fn aligned_row(&self, row: &[String], widths: &[usize], text: &mut String) {
        let parts: Vec<Vec<&str>> = row
            .iter()
            .map(|value| value.split('\n').collect())
            .collect();
        let height = parts.iter().map(Vec::len).max().unwrap_or(1);
        let border = self.options.border;
        for line in 0..height {
            match border {
                0 => {}
                1 => text.push(' '),
                _ => text.push_str("| "),
            }
            for (column, widest) in widths.iter().enumerate() {
                let part = parts.get(column).and_then(|lines| lines.get(line)).copied();
                let more = parts
                    .get(column)
                    .is_some_and(|lines| line + 1 < lines.len());
                let value = part.unwrap_or("");
                let space = widest.saturating_sub(width(value));
                let last = column + 1 == widths.len();
                if self.is_right(column) {
                    if part.is_some() || !last {
                        text.push_str(&" ".repeat(space));
                    }
                    text.push_str(value);
                } else {
                    text.push_str(value);
                    if !last || border >= 2 || more {
                        text.push_str(&" ".repeat(space));
                    }
                }
                match (last, more) {
                    (_, true) => text.push('+'),
                    (true, false) if border >= 2 => text.push(' '),
                    (false, false) if border > 0 => text.push(' '),
                    _ => {}
                }
                if !last {
                    text.push_str(if border == 0 {
                        if more { "" } else { " " }
                    } else {
                        "| "
                    });
                } else if border >= 2 {
                    text.push('|');
                }
            }
            text.push('\n');
        }
    }

    fn aligned_expanded(&self) -> String {
        let names = self
            .fields
            .iter()
            .map(|field| width(&field.name))
            .max()
            .unwrap_or(0);
        let values = self
            .waiting
            .iter()
            .flatten()
            .flat_map(|value| value.split('\n'))
            .map(width)
            .max()
            .unwrap_or(0);
        let mut text = String::new();
        if self.rows == 0 && !self.options.tuples_only {
            text.push_str("(0 rows)\n");
        }
        for (number, row) in self.waiting.iter().enumerate() {
            if self.options.tuples_only {
                if number > 0 {
                    let (left, right) = ("-".repeat(names + 1), "-".repeat(values + 1));
                    text.push_str(&format!("{left}+{right}\n"));
                }
            } else {
                let label = format!("-[ RECORD {} ]", number + 1);
                let total = names + values + 3;
                text.push_str(&label);
                for place in width(&label)..total {
                    text.push(if place == names + 1 { '+' } else { '-' });
                }
                text.push('\n');
            }
            for (field, value) in self.fields.iter().zip(row) {
                for (line, part) in value.split('\n').enumerate() {
                    let name = if line == 0 { field.name.as_str() } else { "" };
                    text.push_str(name);
                    text.push_str(&" ".repeat(names - width(name)));
                    let more = value.split('\n').count() > line + 1;
                    text.push_str(if line > 0 && self.options.border == 0 {
                        "  "
                    } else {
                        " | "
                    });
                    text.push_str(part);
                    if more {
                        text.push_str(&" ".repeat(values - width(part)));
                        text.push('+');
                    }
                    text.push('\n');
                }
            }
        }
        text.push('\n');
        text
    }
}

fn footer(rows: u64) -> String {
    if rows == 1 {
        "(1 row)".into()
    } else {
        format!("({rows} rows)")
    }
}

/// The width in characters. Wide East Asian characters count once, unlike in psql: only aligned
/// output is concerned, which holds no TAP.
fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Vec<Field> {
        vec![
            Field {
                name: "n".into(),
                type_oid: 23,
            },
            Field {
                name: "word".into(),
                type_oid: 25,
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
            aligned: true,
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
            aligned: true,
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
