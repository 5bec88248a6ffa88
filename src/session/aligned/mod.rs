//! How psql prints a result in columns of equal width: as a table, and expanded, a line a column. It reads no
//! options of its own and knows no rows that have not come yet: all widths are known first.
//!
//! Rules are psql's own, seen from its output; the comparison with psql in `tests/psql.rs` holds both together.

mod records;
mod table;

pub(super) use records::records;
pub(super) use table::table;

use unicode_width::UnicodeWidthChar;

/// A value or name taken apart into lines, as they are shown.
struct Cell {
    lines: Vec<Line>,
}

struct Line {
    text: String,
    width: usize,
}

impl Cell {
    /// Tabs go to the next eighth column, and characters that no terminal shows become escapes.
    fn new(text: &str) -> Self {
        let lines = text.split('\n').map(|part| {
            let mut line = Line {
                text: String::new(),
                width: 0,
            };
            for character in part.chars() {
                line.add(character);
            }
            line
        });
        Self {
            lines: lines.collect(),
        }
    }

    fn width(&self) -> usize {
        self.lines.iter().map(|line| line.width).max().unwrap_or(0)
    }

    fn is_multiline(&self) -> bool {
        self.lines.len() > 1
    }
}

impl Line {
    fn add(&mut self, character: char) {
        match (character, character.width()) {
            ('\t', _) => {
                let blanks = 8 - self.width % 8;
                self.text.push_str(&" ".repeat(blanks));
                self.width += blanks;
            }
            ('\r', _) => self.add_escape("\\r"),
            (_, Some(width)) => {
                self.text.push(character);
                self.width += width;
            }
            (_, None) if character.is_ascii() => {
                self.add_escape(&format!("\\x{:02X}", u32::from(character)));
            }
            (_, None) => self.add_escape(&format!("\\u{:04X}", u32::from(character))),
        }
    }

    fn add_escape(&mut self, escape: &str) {
        self.text.push_str(escape);
        self.width += escape.len();
    }
}
