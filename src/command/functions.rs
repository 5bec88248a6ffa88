//! `pgassay test --runtests`: the test functions of the database in the place of files.

use std::sync::mpsc::SyncSender;

use crate::event::{Event, Stop};
use crate::project::{FunctionCall, TestFile};
use crate::run::{self, Conditions, Ground};
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
        .map_err(Stop::Error)?;
    if found.is_empty() {
        let place = match &call.schema {
            Some(schema) => format!("in the schema \"{schema}\""),
            None => "on the search_path".to_owned(),
        };
        let matching = call.matching.as_deref().unwrap_or("^test");
        return Err(Stop::NothingFound(format!(
            "no test function {place}: none has a name that matches `{matching}`"
        )));
    }
    if let Some(seed) = settings.shuffle {
        fastrand::Rng::with_seed(seed).shuffle(&mut found);
    }
    Ok(Some(found))
}
