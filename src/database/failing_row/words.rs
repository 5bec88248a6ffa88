//! A row that is in the way, in words. Pure.

use std::fmt;

use super::{FailingRow, Value};

/// How many characters of a value are shown where it has more than that.
const SHOWN: usize = 40;
/// How long a value may be to be shown whole.
const WHOLE: u64 = 60;

impl FailingRow {
    /// The lines that tell of it.
    pub fn lines(&self) -> Vec<String> {
        let table = format!("{}.{}", visible(&self.schema), visible(&self.table));
        let key = self
            .key
            .iter()
            .map(|(column, value)| format!(", {} = {}", visible(column), value.bare()));
        let mut lines = vec![format!("row:   {table}{}", key.collect::<String>())];
        if let Some((column, value)) = &self.column {
            lines.push(format!("value: {} = {value}", visible(column)));
        }
        match self.others {
            None | Some(0) => {}
            Some(1) => lines.push("and 1 more row".into()),
            Some(others) => lines.push(format!("and {others} more rows")),
        }
        lines
    }
}

impl Value {
    /// Without quotes where it needs none to be read.
    fn bare(&self) -> String {
        let is_plain = |text: &String| {
            let plain = |c: char| c.is_alphanumeric() || "-_.:@+".contains(c);
            !text.is_empty() && text.chars().all(plain) && self.characters <= WHOLE
        };
        match self.text.as_ref().filter(|text| is_plain(text)) {
            Some(text) => text.clone(),
            None => self.to_string(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(text) = &self.text else {
            return f.write_str("NULL");
        };
        if self.characters <= WHOLE {
            return write!(f, "'{}'", visible(text));
        }
        let beginning: String = text.chars().take(SHOWN).collect();
        write!(
            f,
            "'{}…' ({} characters)",
            visible(&beginning),
            self.characters
        )
    }
}

/// A text with control characters, and those that turn the direction of what follows, as escapes.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => {
                shown.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other if other.is_control() => {
                shown.push_str(&format!("\\x{:02x}", u32::from(other)));
            }
            other => shown.push(other),
        }
    }
    shown
}
