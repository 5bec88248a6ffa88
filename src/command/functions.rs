//! `pgassay test --runtests`: the test functions of the database in the place of files.

use std::sync::mpsc::SyncSender;

use crate::event::{Event, Stop};
use crate::project::{FunctionCall, TestFile};
use crate::run::{self, Conditions, Ground, NoFunction};
use crate::settings::Settings;

/// What runs for the functions that were asked for; none where files run.
///
/// # Errors
/// Why nothing can run; also where there is no such function, which must not look like tests that passed.
pub(super) fn find(
    settings: &Settings,
    ground: &Ground,
    conditions: &Conditions,
    events: &SyncSender<Event>,
) -> Result<Option<Vec<TestFile>>, Stop> {
    let Some(functions) = &settings.functions else {
        return Ok(None);
    };
    let call = FunctionCall {
        schema: functions.schema.clone(),
        matching: functions.matching.clone(),
    };
    let mut found = run::find_functions(&call, functions.split, ground, conditions, events)
        .map_err(Stop::Error)?
        .map_err(|instead| Stop::NothingFound(nothing_found(&call, &instead)))?;
    if let Some(seed) = settings.shuffle {
        fastrand::Rng::with_seed(seed).shuffle(&mut found);
    }
    Ok(Some(found))
}

/// Why no function runs, and what to do.
fn nothing_found(call: &FunctionCall, instead: &NoFunction) -> String {
    let matching = call.matching.as_deref().unwrap_or("^test");
    let why = match &call.schema {
        Some(schema) if !instead.schema_exists => {
            format!("no test function: there is no schema \"{schema}\" in the database")
        }
        Some(schema) => format!(
            "no test function in the schema \"{schema}\": none has a name that matches `{matching}`"
        ),
        None => format!(
            "no test function on the search_path: none has a name that matches `{matching}`"
        ),
    };
    let schemas: Vec<String> = (instead.schemas.iter())
        .map(|schema| format!("--runtests {schema}"))
        .collect();
    let there = if schemas.is_empty() {
        "no schema has any; migrations and fixtures bring them".to_owned()
    } else {
        format!("there are some for {}", schemas.join(", "))
    };
    let is_path = |schema: &&String| schema.contains(['/', '.']);
    let meant = match call.schema.as_ref().filter(is_path) {
        Some(path) => {
            format!("; --runtests takes a schema: files run without it, `pgassay test {path}`")
        }
        None => String::new(),
    };
    format!("{why}; {there}{meant}")
}
