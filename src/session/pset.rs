//! `\pset` and the commands that are short for it.

use super::frame::Frame;
use super::interpreter::Interpreter;
use super::metacommand::Trouble;
use super::print::{Format, PrintOptions};
use super::variables::parse_boolean;
use crate::script::ArgumentKind;

/// Whether it is printed what an option was set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// Unless `QUIET` is on.
    Aloud,
    /// Not at all.
    Silently,
}

impl Interpreter<'_> {
    /// `\pset`, and what is short for it.
    pub(super) fn pset_command(&mut self, frame: &mut Frame, name: &str) -> Result<(), Trouble> {
        let option = match name {
            "a" => {
                let other = match self.print.format {
                    Format::Aligned => "unaligned",
                    Format::Unaligned | Format::Csv => "aligned",
                };
                return self.set_print("format", Some(other), Said::Aloud);
            }
            "pset" => match self.argument(frame, ArgumentKind::Normal)? {
                Some(option) => option,
                None => return Ok(()),
            },
            "t" => "tuples_only".into(),
            "x" => "expanded".into(),
            "f" => "fieldsep".into(),
            _ => "title".into(),
        };
        let value = if matches!(name, "t" | "x") {
            self.argument_without_semicolons(frame, ArgumentKind::Normal)?
        } else {
            self.argument(frame, ArgumentKind::Normal)?
        };
        self.set_print(&option, value.as_deref(), Said::Aloud)
    }

    /// Sets one of `\pset`'s options before a script, as `psql --pset` does.
    ///
    /// # Errors
    /// Why it cannot be, in words.
    pub fn set_printing(&mut self, name: &str, value: &str) -> Result<(), String> {
        self.set_print(name, Some(value), Said::Silently)
            .map_err(Trouble::into_text)
    }

    /// Sets one of `\pset`'s options; without a value, booleans change over.
    pub(super) fn set_print(
        &mut self,
        name: &str,
        value: Option<&str>,
        manner: Said,
    ) -> Result<(), Trouble> {
        let said = self.print.set(name, value)?;
        // Of these psql tells only when they change over.
        let is_told = value.is_none() || !matches!(name, "t" | "tuples_only" | "footer");
        if let Some(said) = said.filter(|_| manner == Said::Aloud && is_told) {
            self.confirm(&said);
        }
        Ok(())
    }
}

/// Whether `psql --pset NAME=VALUE` could be.
///
/// # Errors
/// Why it cannot, in words.
pub fn check_printing(name: &str, value: &str) -> Result<(), String> {
    PrintOptions::default()
        .set(name, Some(value))
        .map(drop)
        .map_err(Trouble::into_text)
}

impl Trouble {
    fn into_text(self) -> String {
        match self {
            Trouble::Error(text) | Trouble::Refused(text) => text,
            Trouble::Stop(failure) => failure.text,
        }
    }
}

impl PrintOptions {
    /// Sets an option; without a value, booleans change over. Returns what it is now, in words, where that is told.
    fn set(&mut self, name: &str, value: Option<&str>) -> Result<Option<String>, Trouble> {
        let boolean = |now: bool| match value {
            None => Ok(!now),
            Some(text) => parse_boolean(text).ok_or_else(|| {
                Trouble::Error(format!(
                    "unrecognized value \"{text}\" for \"{name}\": Boolean expected"
                ))
            }),
        };
        let print = self;
        let said = match name {
            "format" => {
                if let Some(value) = value {
                    print.format = format(value)?;
                }
                let word = match print.format {
                    Format::Aligned => "aligned",
                    Format::Unaligned => "unaligned",
                    Format::Csv => "csv",
                };
                format!("Output format is {word}.")
            }
            "t" | "tuples_only" => {
                print.tuples_only = boolean(print.tuples_only)?;
                format!("Tuples only is {}.", on_off(print.tuples_only))
            }
            "x" | "expanded" | "vertical" => {
                print.set_expanded(name, value)?;
                print.told_expanded()
            }
            "footer" => {
                print.footer = boolean(print.footer)?;
                format!("Default footer is {}.", on_off(print.footer))
            }
            "null" => {
                if let Some(value) = value {
                    value.clone_into(&mut print.null);
                }
                format!("Null display is \"{}\".", print.null)
            }
            "fieldsep" => {
                if let Some(value) = value {
                    value.clone_into(&mut print.field_separator);
                }
                format!("Field separator is \"{}\".", print.field_separator)
            }
            "csv_fieldsep" => {
                if let Some(value) = value {
                    print.csv_separator = csv_separator(value).map_err(Trouble::Error)?;
                }
                let separator = char::from(print.csv_separator);
                format!("Field separator for CSV is \"{separator}\".")
            }
            "fieldsep_zero" => {
                print.field_separator = "\0".into();
                "Field separator is zero byte.".into()
            }
            "recordsep" => {
                if let Some(value) = value {
                    value.clone_into(&mut print.record_separator);
                }
                print.told_record_separator()
            }
            "recordsep_zero" => {
                print.record_separator = "\0".into();
                "Record separator is zero byte.".into()
            }
            "border" => {
                if let Some(value) = value {
                    print.border = leading_number(value);
                }
                format!("Border style is {}.", print.border)
            }
            "title" | "C" => {
                print.title = value.map(str::to_owned);
                value.map_or_else(
                    || "Title is unset.".into(),
                    |title| format!("Title is \"{title}\"."),
                )
            }
            // They change nothing that a test can see.
            "pager"
            | "pager_min_lines"
            | "columns"
            | "linestyle"
            | "numericlocale"
            | "tableattr"
            | "unicode_border_linestyle"
            | "unicode_column_linestyle"
            | "unicode_header_linestyle"
            | "xheader_width"
            | "display_true"
            | "display_false" => return Ok(None),
            _ => return Err(Trouble::Error(format!("unknown option: {name}"))),
        };
        Ok(Some(said))
    }

    /// Without a value it changes over, from `auto` to off.
    fn set_expanded(&mut self, name: &str, value: Option<&str>) -> Result<(), Trouble> {
        let is_auto = value.is_some_and(|value| value.eq_ignore_ascii_case("auto"));
        self.expanded = match value {
            // In a script there is no screen to be too narrow.
            _ if is_auto => false,
            None => !(self.expanded || self.expanded_auto),
            Some(text) => parse_boolean(text).ok_or_else(|| {
                Trouble::Error(format!(
                    "unrecognized value \"{text}\" for \"{name}\"\nAvailable values are: on, off, auto."
                ))
            })?,
        };
        self.expanded_auto = is_auto;
        Ok(())
    }

    fn told_expanded(&self) -> String {
        if self.expanded_auto {
            "Expanded display is used automatically.".into()
        } else {
            format!("Expanded display is {}.", on_off(self.expanded))
        }
    }

    fn told_record_separator(&self) -> String {
        match self.record_separator.as_str() {
            "\n" => "Record separator is <newline>.".into(),
            text => format!("Record separator is \"{text}\"."),
        }
    }
}

/// The number that a text begins with, as C's `atoi` reads it.
fn leading_number(text: &str) -> i32 {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(at, character)| {
            let is_sign = *at == 0 && matches!(character, '-' | '+');
            !character.is_ascii_digit() && !is_sign
        })
        .map_or(text.len(), |(at, _)| at);
    text[..end].parse().unwrap_or(0)
}

fn format(word: &str) -> Result<Format, Trouble> {
    /// All that psql knows, of which a beginning suffices where it is only one's. Without columns to wrap at, `wrapped`
    /// is aligned.
    const FORMATS: [(&str, Option<Format>); 9] = [
        ("aligned", Some(Format::Aligned)),
        ("asciidoc", None),
        ("csv", Some(Format::Csv)),
        ("html", None),
        ("latex", None),
        ("latex-longtable", None),
        ("troff-ms", None),
        ("unaligned", Some(Format::Unaligned)),
        ("wrapped", Some(Format::Aligned)),
    ];
    let meant: Vec<_> = FORMATS
        .iter()
        .filter(|(name, _)| name.starts_with(&word.to_ascii_lowercase()))
        .collect();
    let exact = meant
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word));
    match (exact, meant.as_slice()) {
        (Some((_, Some(format))), _) | (None, [(_, Some(format))]) => Ok(*format),
        (Some((name, None)), _) | (None, [(name, None)]) => Err(Trouble::Refused(format!(
            "format {name} is not supported; aligned, unaligned and csv are"
        ))),
        (None, [(first, _), (second, _), ..]) => Err(Trouble::Error(format!(
            "ambiguous abbreviation \"{word}\" matches both \"{first}\" and \"{second}\""
        ))),
        (None, []) => Err(Trouble::Error(
            "allowed formats are aligned, asciidoc, csv, html, latex, latex-longtable, troff-ms, unaligned, wrapped"
                .into(),
        )),
    }
}

fn csv_separator(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [b'"' | b'\n' | b'\r'] => {
            Err("csv_fieldsep cannot be a double quote, a newline, or a carriage return".into())
        }
        [separator] => Ok(*separator),
        _ => Err("csv_fieldsep must be a single one-byte character".into()),
    }
}

fn on_off(value: bool) -> &'static str {
    if value { "on" } else { "off" }
}
