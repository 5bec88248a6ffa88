//! A result expanded: a line a column, with a heading above each row. It does not wrap lines.

use super::super::print::{PrintOptions, footer};
use super::super::wire::Field;
use super::Cell;

/// A result expanded: a line a column, a heading a row.
pub(in crate::session) fn records(
    options: &PrintOptions,
    fields: &[Field],
    rows: &[Vec<String>],
    count: u64,
) -> String {
    let mut text = String::new();
    if rows.is_empty() || fields.is_empty() {
        if !options.tuples_only && options.footer {
            text.push_str(&footer(count));
            text.push('\n');
        }
        text.push('\n');
        return text;
    }
    let names: Vec<Cell> = fields.iter().map(|field| Cell::new(&field.name)).collect();
    let rows: Vec<Vec<Cell>> = rows
        .iter()
        .map(|row| row.iter().map(|value| Cell::new(value)).collect())
        .collect();
    let records = Records::measure(options, &names, &rows);
    if let (false, Some(title)) = (options.tuples_only, &options.title) {
        text.push_str(title);
        text.push('\n');
    }
    for (index, row) in rows.iter().enumerate() {
        if !options.tuples_only {
            records.heading(Some(index + 1), &mut text);
        } else if index > 0 || options.drawn_border() >= 2 {
            records.heading(None, &mut text);
        }
        for (name, value) in names.iter().zip(row) {
            records.pair(name, value, &mut text);
        }
    }
    if options.drawn_border() >= 2 {
        records.heading(None, &mut text);
    }
    text.push('\n');
    text
}

/// The measures of an expanded result.
struct Records {
    border: u8,
    names: usize,
    values: usize,
    has_multiline_names: bool,
}

impl Records {
    fn measure(options: &PrintOptions, names: &[Cell], rows: &[Vec<Cell>]) -> Self {
        let border = options.drawn_border();
        let has_multiline_names = names.iter().any(Cell::is_multiline);
        let has_multiline_values = rows.iter().flatten().any(Cell::is_multiline);
        let name_width = names.iter().map(Cell::width).max().unwrap_or(0);
        let value_width = rows.iter().flatten().map(Cell::width).max().unwrap_or(0);
        // What stands around names and values, with the marks of values that go on.
        let around = match border {
            0 => 1 + usize::from(has_multiline_names) + usize::from(has_multiline_values),
            1 => 3 + usize::from(has_multiline_values),
            _ => 7,
        };
        let heading = if options.tuples_only {
            0
        } else {
            let digits = rows.len().to_string().len();
            digits
                + match border {
                    0 => 9,
                    1 => 12,
                    _ => 15,
                }
        };
        // Values get more room where a heading would not fit.
        let total = (name_width + around + value_width).max(heading);
        Self {
            border,
            names: name_width,
            values: total - name_width - around,
            has_multiline_names,
        }
    }

    /// The line above a record, with its number or without, or below the last one.
    fn heading(&self, number: Option<usize>, text: &mut String) {
        let (fill, cross) = if self.border == 0 {
            (' ', ' ')
        } else {
            ('-', '+')
        };
        let label = match (number, self.border) {
            (None, _) => String::new(),
            (Some(number), 0) => format!("* Record {number}"),
            (Some(number), _) => format!("[ RECORD {number} ]"),
        };
        match self.border {
            0 => {}
            1 => text.push('-'),
            _ => text.push_str("+-"),
        }
        text.push_str(&label);
        // What the label takes of what follows: the rest of the names' column, the cross, the values' column.
        let mut taken = label.len() + usize::from(self.border < 2);
        for _ in taken..self.names {
            text.push(fill);
        }
        taken = taken.saturating_sub(self.names);
        let cross = if self.border == 0 {
            String::from(cross)
        } else {
            format!("{fill}{cross}{fill}")
        };
        for character in cross.chars() {
            if taken == 0 {
                text.push(character);
            }
            taken = taken.saturating_sub(1);
        }
        for _ in taken..self.values {
            text.push(fill);
        }
        if self.border >= 2 {
            text.push_str("-+");
        }
        text.push('\n');
    }

    fn pair(&self, name: &Cell, value: &Cell, text: &mut String) {
        for at in 0..name.lines.len().max(value.lines.len()) {
            if self.border >= 2 {
                text.push('|');
            }
            self.name(name, at, text);
            if self.border > 0 {
                text.push('|');
            }
            self.value(value, at, text);
        }
    }

    fn name(&self, name: &Cell, at: usize, text: &mut String) {
        let Some(line) = name.lines.get(at) else {
            let blanks = self.names
                + usize::from(self.border)
                + usize::from(self.border == 0 && self.has_multiline_names);
            text.push_str(&" ".repeat(blanks));
            return;
        };
        if self.border >= 2 {
            text.push(' ');
        }
        text.push_str(&line.text);
        text.push_str(&" ".repeat(self.names - line.width));
        if self.border > 0 || self.has_multiline_names {
            let more = at + 1 < name.lines.len();
            text.push(if more { '+' } else { ' ' });
        }
    }

    fn value(&self, value: &Cell, at: usize, text: &mut String) {
        match value.lines.get(at) {
            Some(line) => {
                text.push(' ');
                text.push_str(&line.text);
                let more = at + 1 < value.lines.len();
                if more || self.border >= 2 {
                    text.push_str(&" ".repeat(self.values - line.width));
                    text.push(if more { '+' } else { ' ' });
                }
                if self.border >= 2 {
                    text.push('|');
                }
            }
            None if self.border >= 2 => {
                text.push_str(&" ".repeat(self.values + 2));
                text.push('|');
            }
            None => {}
        }
        text.push('\n');
    }
}
