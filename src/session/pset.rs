//! `\pset` and the commands that are short for it.

use super::frame::Frame;
use super::interpreter::Interpreter;
use super::metacommand::Trouble;
use super::print::Format;
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
            .map_err(|trouble| match trouble {
                Trouble::Error(text) | Trouble::Refused(text) => text,
                Trouble::Stop(failure) => failure.text,
            })
    }

    /// Sets one of `\pset`'s options; without a value, booleans change over.
    pub(super) fn set_print(
        &mut self,
        name: &str,
        value: Option<&str>,
        manner: Said,
    ) -> Result<(), Trouble> {
        let boolean = |now: bool| match value {
            None => Ok(!now),
            Some(text) => parse_boolean(text).ok_or_else(|| {
                Trouble::Error(format!(
                    "unrecognized value \"{text}\" for \"{name}\": Boolean expected"
                ))
            }),
        };
        let print = &mut self.print;
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
                if value == Some("auto") {
                    // In a script there is no screen to be too wide for.
                    print.expanded = false;
                } else {
                    print.expanded = boolean(print.expanded)?;
                }
                format!("Expanded display is {}.", on_off(print.expanded))
            }
            "footer" => {
                print.footer = boolean(print.footer)?;
                format!("Default footer is {}.", on_off(print.footer))
            }
            "null" => {
                value.unwrap_or_default().clone_into(&mut print.null);
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
                "Record separator is set.".into()
            }
            "recordsep_zero" => {
                print.record_separator = "\0".into();
                "Record separator is zero byte.".into()
            }
            "border" => {
                let border = value.unwrap_or("0").parse::<u8>().unwrap_or(0);
                print.border = border.min(2);
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
            | "display_false" => return Ok(()),
            _ => return Err(Trouble::Error(format!("unknown option: {name}"))),
        };
        if manner == Said::Aloud && !self.variables.is_on("QUIET") {
            self.print_line(&said);
        }
        Ok(())
    }
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
