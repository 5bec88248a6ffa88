//! A result as a table: a line a row, with names above and rules between.

use super::super::print::{PrintOptions, footer};
use super::super::wire::Field;
use super::Cell;

/// Whether values of a column stand at the right: psql does so for numbers.
fn is_right(field: &Field) -> bool {
    // int8, int2, int4, oid, xid, cid, float4, float8, money, numeric, xid8 (`pg_type.dat`).
    const NUMERIC: [u32; 11] = [20, 21, 23, 26, 28, 29, 700, 701, 790, 1700, 5069];
    NUMERIC.contains(&field.type_oid)
}

/// A result as a table. Without columns there are no lines for its rows, so that their number is given apart.
pub(in crate::session) fn table(
    options: &PrintOptions,
    fields: &[Field],
    rows: &[Vec<String>],
    count: u64,
) -> String {
    let names: Vec<Cell> = fields.iter().map(|field| Cell::new(&field.name)).collect();
    let rows: Vec<Vec<Cell>> = rows
        .iter()
        .map(|row| row.iter().map(|value| Cell::new(value)).collect())
        .collect();
    let columns: Vec<Column> = fields
        .iter()
        .zip(&names)
        .enumerate()
        .map(|(index, (field, name))| {
            let values = rows.iter().filter_map(|row| row.get(index));
            Column {
                width: values.map(Cell::width).fold(name.width(), usize::max),
                is_right: is_right(field),
            }
        })
        .collect();
    let mut table = Table {
        border: options.drawn_border(),
        columns: &columns,
        text: String::new(),
    };
    if !options.tuples_only {
        if let Some(title) = &options.title {
            table.title(title);
        }
        if options.drawn_border() >= 2 {
            table.rule();
        }
        table.header(&names);
        table.rule();
    }
    for row in &rows {
        table.row(row);
    }
    if options.drawn_border() >= 2 {
        table.rule();
    }
    let mut text = table.text;
    if !options.tuples_only && options.footer {
        text.push_str(&footer(count));
        text.push('\n');
    }
    text.push('\n');
    text
}

struct Column {
    width: usize,
    is_right: bool,
}

struct Table<'t> {
    border: u8,
    columns: &'t [Column],
    text: String,
}

impl Table<'_> {
    /// The title, in the middle above the table.
    fn title(&mut self, title: &str) {
        let columns = self.columns.len();
        let between = match self.border {
            0 => columns,
            1 => (columns * 3).saturating_sub(1),
            _ => columns * 3 + 1,
        };
        let total = between + self.columns.iter().map(|it| it.width).sum::<usize>();
        let space = total.saturating_sub(Cell::new(title).width());
        self.blanks(space / 2);
        self.text.push_str(title);
        self.text.push('\n');
    }

    fn rule(&mut self) {
        let dashes: Vec<String> = self
            .columns
            .iter()
            .map(|column| "-".repeat(column.width))
            .collect();
        match self.border {
            0 => self.text.push_str(&dashes.join(" ")),
            1 => self.text.push_str(&format!("-{}-", dashes.join("-+-"))),
            _ => self.text.push_str(&format!("+-{}-+", dashes.join("-+-"))),
        }
        self.text.push('\n');
    }

    /// The names in the middle of their columns; the lines of one of several stand at the top.
    fn header(&mut self, names: &[Cell]) {
        let height = names.iter().map(|name| name.lines.len()).max().unwrap_or(0);
        for at in 0..height {
            self.left_border();
            for (index, (name, column)) in names.iter().zip(self.columns).enumerate() {
                if self.border > 0 {
                    self.text.push(' ');
                }
                match name.lines.get(at) {
                    Some(line) => {
                        let space = column.width.saturating_sub(line.width);
                        self.blanks(space / 2);
                        self.text.push_str(&line.text);
                        self.blanks(space.div_ceil(2));
                    }
                    None => self.blanks(column.width),
                }
                let more = at + 1 < name.lines.len();
                self.text.push(if more { '+' } else { ' ' });
                self.divider(index);
            }
            self.right_border();
        }
    }

    fn row(&mut self, row: &[Cell]) {
        let height = row.iter().map(|cell| cell.lines.len()).max().unwrap_or(0);
        for at in 0..height {
            self.left_border();
            for (index, (cell, column)) in row.iter().zip(self.columns).enumerate() {
                let is_padded = self.border >= 2 || index + 1 < self.columns.len();
                let more = at + 1 < cell.lines.len();
                if self.border > 0 {
                    self.text.push(' ');
                }
                match cell.lines.get(at) {
                    None if is_padded => self.blanks(column.width),
                    None => {}
                    Some(line) => {
                        let space = column.width.saturating_sub(line.width);
                        if column.is_right {
                            self.blanks(space);
                        }
                        self.text.push_str(&line.text);
                        if !column.is_right && (is_padded || more) {
                            self.blanks(space);
                        }
                    }
                }
                if more {
                    self.text.push('+');
                } else if is_padded {
                    self.text.push(' ');
                }
                self.divider(index);
            }
            self.right_border();
        }
    }

    fn left_border(&mut self) {
        if self.border >= 2 {
            self.text.push('|');
        }
    }

    fn divider(&mut self, index: usize) {
        if self.border > 0 && index + 1 < self.columns.len() {
            self.text.push('|');
        }
    }

    fn right_border(&mut self) {
        if self.border >= 2 {
            self.text.push('|');
        }
        self.text.push('\n');
    }

    fn blanks(&mut self, number: usize) {
        self.text.push_str(&" ".repeat(number));
    }
}
