//! psql's variables as a script sees them: names with values, asked for when they are met. What sets them
//! is not known here.

use std::collections::BTreeMap;
use std::ops::Range;

/// Where a scanner asks for the values of psql variables, and for what commands in backticks would print.
pub trait Variables {
    /// The value of a variable, if it is set.
    fn get(&self, name: &str) -> Option<&str>;

    /// What a command in backticks prints.
    ///
    /// # Errors
    /// Why it is not run, and what to do instead, in words.
    fn output(&self, _command: &str) -> Result<String, String> {
        Err(NO_SHELL.into())
    }
}

/// Why commands in backticks are not run.
pub(crate) const NO_SHELL: &str = "backticks start a shell command only where `allow_shell = true` (or --allow-shell) lets them; write the value itself, or pass \
     it in as a variable";

impl Variables for BTreeMap<String, String> {
    fn get(&self, name: &str) -> Option<&str> {
        self.get(name).map(String::as_str)
    }
}

/// No variables at all.
impl Variables for () {
    fn get(&self, _name: &str) -> Option<&str> {
        None
    }
}

/// In which form a reference asks for its variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `:name`
    Plain,
    /// `:'name'`
    Literal,
    /// `:"name"`
    Identifier,
    /// `:{?name}`
    Test,
}

/// A reference to a variable in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) form: Form,
    /// Where the name stands, in bytes.
    pub(super) name: Range<usize>,
    /// The byte after the reference.
    pub(super) end: usize,
}

/// The reference that begins with the colon at `at`, if one does.
pub(super) fn reference(text: &str, at: usize, end: usize) -> Option<Reference> {
    let bytes = &text.as_bytes()[..end];
    let (form, name_start, close): (Form, usize, Option<u8>) = match bytes.get(at + 1)? {
        b'\'' => (Form::Literal, at + 2, Some(b'\'')),
        b'"' => (Form::Identifier, at + 2, Some(b'"')),
        b'{' if bytes.get(at + 2) == Some(&b'?') => (Form::Test, at + 3, Some(b'}')),
        _ => (Form::Plain, at + 1, None),
    };
    let length = bytes
        .get(name_start..)?
        .iter()
        .take_while(|byte| is_name(**byte))
        .count();
    let name = name_start..name_start + length;
    if name.is_empty() {
        return None;
    }
    match close {
        None => Some(Reference {
            form,
            end: name.end,
            name,
        }),
        Some(close) if bytes.get(name.end) == Some(&close) => Some(Reference {
            form,
            end: name.end + 1,
            name,
        }),
        Some(_) => None,
    }
}

/// Whether a byte may be part of a variable's name in a reference.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
