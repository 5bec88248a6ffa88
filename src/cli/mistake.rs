//! A mistake is what clap refuses. Some of them are told in words of our own, since it is known what was meant: options
//! of pg_prove and psql, and a forgotten subcommand.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{definition, pg_prove};
use crate::settings::{Reach, without_passwords};

/// The error, or one that says what was meant, where that is known. `typed` begins with the program's name.
pub(super) fn told(error: clap::Error, typed: &[OsString]) -> clap::Error {
    let text = match error.kind() {
        ErrorKind::UnknownArgument => match named(&error, ContextKind::InvalidArg) {
            Some(option) => unknown_option(option, typed),
            None => None,
        },
        ErrorKind::InvalidSubcommand => match named(&error, ContextKind::InvalidSubcommand) {
            Some(word)
                if subcommand(typed).is_none()
                    && (is_path(word)
                        || named(&error, ContextKind::SuggestedSubcommand).is_none()) =>
            {
                Some(forgotten_test(
                    &format!("there is no subcommand `{word}`"),
                    typed,
                ))
            }
            _ => None,
        },
        _ => None,
    };
    match text {
        None => error,
        Some(text) if subcommand(typed) == Some("test") => in_test(error.kind(), &text),
        Some(text) => definition().error(error.kind(), text),
    }
}

/// A mistake in the arguments of `pgassay test`.
pub(super) fn in_test(kind: ErrorKind, text: &str) -> clap::Error {
    let mut definition = definition();
    definition.build();
    match definition.find_subcommand_mut("test") {
        Some(command) => command.error(kind, text),
        None => definition.error(kind, text),
    }
}

fn named(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        ContextValue::Strings(texts) => texts.first().map(String::as_str),
        _ => None,
    }
}

fn is_path(word: &str) -> bool {
    word.contains(['/', '.', '-'])
}

/// The first word that is the name of a subcommand.
fn subcommand(typed: &[OsString]) -> Option<&str> {
    let definition = definition();
    (typed.iter().skip(1))
        .filter_map(|word| word.to_str())
        .find(|word| definition.find_subcommand(word).is_some())
}

fn unknown_option(option: &str, typed: &[OsString]) -> Option<String> {
    let option = option.split('=').next().unwrap_or(option);
    let spelled = (typed.iter()).find_map(|word| psql_variable(word.to_str()?));
    if let Some(variable) = spelled {
        return Some(format!(
            "`-v NAME=VALUE` is psql's; here it is `--set {variable}`"
        ));
    }
    if let Some(answer) = pg_prove::answer(option) {
        return Some(answer);
    }
    let is_of_test = subcommand(typed).is_none() && takes(option);
    is_of_test.then(|| forgotten_test(&format!("`{option}` is an option of `pgassay test`"), typed))
}

/// What `-vNAME=VALUE` sets.
fn psql_variable(word: &str) -> Option<&str> {
    let variable = word.strip_prefix("-v")?;
    let (name, _) = variable.split_once('=')?;
    let is_name = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    is_name.then_some(variable)
}

/// Whether `pgassay test` has an option.
fn takes(option: &str) -> bool {
    let definition = definition();
    let test = definition.find_subcommand("test");
    test.is_some_and(|test| {
        test.get_arguments().any(|argument| {
            let longs = argument.get_long_and_visible_aliases().unwrap_or_default();
            let mut shorts = argument.get_short().into_iter();
            longs
                .iter()
                .any(|long| option.strip_prefix("--") == Some(long))
                || shorts.any(|short| option == format!("-{short}"))
        })
    })
}

/// What is wrong, and the command line with the subcommand that was probably meant.
fn forgotten_test(what: &str, typed: &[OsString]) -> String {
    let words = typed.iter().skip(1).map(|word| word.to_string_lossy());
    let line: Vec<_> = words.map(quoted).collect();
    let line = without_passwords(&line.join(" "), Reach::Word);
    format!("{what}; did you mean `pgassay test {line}`?")
}

/// A word as a shell takes it.
fn quoted(word: impl AsRef<str>) -> String {
    let word = word.as_ref();
    let is_plain = |character: char| {
        character.is_alphanumeric() || matches!(character, '-' | '_' | '/' | '.' | '=' | ',' | ':')
    };
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
