//! A passage of a script: a text that stands there, quoted or not, of which each line knows its line in the script.

use std::borrow::Cow;

use crate::plpgsql::line_of;
use crate::script::{Token, TokenKind};

/// See the module's words.
#[derive(Debug)]
pub(super) struct Passage<'t> {
    /// What it says.
    pub(super) text: Cow<'t, str>,
    /// The line of the script of each of its lines.
    pub(super) lines: Vec<usize>,
}

impl<'t> Passage<'t> {
    /// A text that stands in a script as it is, from the beginning of this line.
    pub(super) fn beginning(text: &'t str, line: usize) -> Self {
        Self {
            lines: (line..).take(text.split('\n').count()).collect(),
            text: text.into(),
        }
    }

    /// The line of the script on which a place in the text stands.
    pub(super) fn line(&self, at: usize) -> usize {
        let number = line_of(&self.text, at) - 1;
        self.lines.get(number).copied().unwrap_or_default()
    }

    /// What a string in it stands for, if the token is one.
    pub(super) fn inner(&self, token: Token<'_>) -> Option<Passage<'_>> {
        let (inside, is_quoted, has_escapes) = match token.kind {
            TokenKind::Dollar(inside) => (inside, false, false),
            TokenKind::Text(inside, escapes) => (inside, true, escapes),
            _ => return None,
        };
        let within = self.text.get(token.start..token.end)?;
        let start = token.start + within.find(inside)?;
        let inside = self.text.get(start..start + inside.len())?;
        let first = line_of(&self.text, start) - 1;
        let lines = self.lines.get(first..)?;
        let is_plain = !is_quoted || !inside.contains('\'') && !has_escapes;
        Some(if is_plain {
            Passage {
                text: inside.into(),
                lines: lines[..inside.split('\n').count().min(lines.len())].to_vec(),
            }
        } else {
            unquoted(inside, has_escapes, lines)
        })
    }
}

/// What stands between quotes, of which each line has one of these.
fn unquoted(inside: &str, has_escapes: bool, lines: &[usize]) -> Passage<'static> {
    let mut text = String::with_capacity(inside.len());
    let line = |number: usize| lines.get(number).copied().unwrap_or_default();
    let mut number = 0;
    let mut of_lines = vec![line(0)];
    let mut characters = inside.chars();
    while let Some(written) = characters.next() {
        let mut character = written;
        if written == '\'' || written == '\\' && has_escapes {
            let second = characters.next().unwrap_or(written);
            number += usize::from(second == '\n');
            character = match second {
                'n' if written == '\\' => '\n',
                't' if written == '\\' => '\t',
                'r' if written == '\\' => '\r',
                'b' if written == '\\' => '\u{8}',
                'f' if written == '\\' => '\u{c}',
                other => other,
            };
        } else if written == '\n' {
            number += 1;
        }
        text.push(character);
        if character == '\n' {
            of_lines.push(line(number));
        }
    }
    Passage {
        text: text.into(),
        lines: of_lines,
    }
}
