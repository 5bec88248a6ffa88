//! What `pgassay snapshot save` does to rows: the rules and filters of the settings, held against the tables that are there.

use super::super::{Error, remark};
use super::counted;
use crate::session::{Connection, QueryError};
use crate::settings::{Secret, SnapshotSettings};
use crate::snapshot::mask::{Key, MaskRule, Masking, PersonalColumn, personal_columns, questions};
use crate::snapshot::sample::{Sample, effective, refused};
use crate::snapshot::{Access, Contents, Reference, Table, Treatment};
use crate::snapshot::{by_usual_names, only_read};

/// What the transaction in which rows are saved has to be allowed.
pub(super) fn access(settings: &SnapshotSettings) -> Access {
    if settings.filter.is_empty() {
        Access::Read
    } else {
        Access::TemporaryTables
    }
}

/// Rows are saved as they are, all of them: they come from a snapshot.
pub(super) fn nothing() -> Result<Treatment, Error> {
    let (key, _) = Key::new(None)?;
    let mut wrong = Vec::new();
    let masking = noted(Masking::new(&[], &[], &[], &[], &key), &mut wrong);
    let sample = noted(Sample::new(&[], &[], &[]), &mut wrong);
    match (masking, sample) {
        (Some(masking), Some(sample)) => Ok(Treatment { masking, sample }),
        _ => Err(wrong.join("\n").into()),
    }
}

/// Finds out what the settings come to, tells what may go wrong, and finds the rows that are saved. All that is wrong is told at once; where columns look personal and
/// have no rule, that is wrong only when it `is_strict`.
pub(super) fn treatment(
    connection: &mut Connection,
    settings: &SnapshotSettings,
    contents: &Contents,
    is_strict: bool,
) -> Result<Treatment, Error> {
    let tables: Vec<Table> = contents.tables().cloned().collect();
    let references: Vec<Reference> = contents.references().cloned().collect();
    let rules = &settings.mask;
    let mut wrong = Vec::new();

    let (key, of_key) = key(rules, settings.mask_key.as_ref(), &mut wrong)?;
    let masking = Masking::new(rules, &tables, &contents.others, &references, &key);
    let masking = noted(masking, &mut wrong);
    let filters = effective(&settings.filter, &tables, &contents.others);
    let filters = noted(filters, &mut wrong).unwrap_or_default();
    let sample = noted(Sample::new(&tables, &references, &filters), &mut wrong);
    by_usual_names(connection, |connection| {
        for question in questions(rules, &tables) {
            match connection.attempt(|it| it.execute(&question.sql)) {
                Ok(()) => {}
                Err(said @ QueryError::Server(_)) => {
                    wrong.push(question.problem(&said.to_string()).to_string());
                }
                Err(lost) => return Err(lost.into()),
            }
        }
        let refused = refused(connection, &tables, &filters)?;
        wrong.extend(refused.iter().map(ToString::to_string));
        Ok::<(), Error>(())
    })?;
    let personal = personal_columns(rules, &tables);
    if is_strict && !personal.is_empty() {
        wrong.push(in_words(&personal));
    }
    let (Some(masking), Some(sample), true) = (masking, sample, wrong.is_empty()) else {
        let all: Vec<String> = wrong.iter().map(|it| it.replace('\n', "\n  ")).collect();
        return Err(format!("nothing is saved:\n  {}", all.join("\n  ")).into());
    };

    if !is_strict && !personal.is_empty() {
        remark(&in_words(&personal));
    }
    for text in masking.remarks() {
        remark(text);
    }
    if let (Some(text), Some(_)) = (of_key, masking.columns().next()) {
        remark(text);
    }
    if access(settings) == Access::TemporaryTables {
        sample.prepare(connection)?;
        only_read(connection)?;
        by_usual_names(connection, |connection| {
            sample.fill(connection).map_err(Error::from)
        })?;
    }
    Ok(Treatment { masking, sample })
}

/// The key of masking, with what is to be said of it. One that is no good is told of where there is something to mask.
fn key(
    rules: &[MaskRule],
    chosen: Option<&Secret>,
    wrong: &mut Vec<String>,
) -> Result<(Key, Option<&'static str>), Error> {
    let chosen = chosen.filter(|_| !rules.is_empty());
    match Key::new(chosen.map(Secret::expose)) {
        Err(error) if chosen.is_some() => {
            wrong.push(error.to_string());
            Ok((Key::random()?, None))
        }
        key => Ok(key?),
    }
}

/// What there is, or notes what is wrong.
fn noted<T, E: ToString>(result: Result<T, Vec<E>>, wrong: &mut Vec<String>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(problems) => {
            wrong.extend(problems.iter().map(ToString::to_string));
            None
        }
    }
}

/// What is said of columns that look personal: lines that can be taken into the settings.
fn in_words(personal: &[PersonalColumn]) -> String {
    let count = personal.len() as u64;
    let mut text = format!(
        "{} no rule in [snapshot.mask]; what would do, or \"keep\" where it is not personal:",
        counted(
            count,
            "column looks personal and has",
            "columns look personal and have"
        ),
    );
    for column in personal {
        text.push_str(&format!("\n  {column}"));
    }
    text
}
