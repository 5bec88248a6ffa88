//! The test functions of the database, found as pgTAP's `runtests()` finds them: in a scratch database, by a session
//! like those of test files.

use std::sync::mpsc::SyncSender;

use super::conditions::Conditions;
use super::file_session::{FileSession, SearchPaths};
use super::ground::Ground;
use super::plot::Plot;
use crate::event::Event;
use crate::project::{FunctionCall, TestFile};
use crate::script::Traces;
use crate::script::quote_literal;

/// What `runtests()` takes for test functions where nothing is said.
const MATCHING: &str = "^test";
/// What runs around test functions and is none, whatever is said.
const AROUND: &str = "^(startup|shutdown|setup|teardown)";

/// What there is instead, where a call finds no test function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoFunction {
    /// Whether the call's schema exists.
    pub schema_exists: bool,
    /// The schemas that hold functions with names that the call matches, in order.
    pub schemas: Vec<String>,
}

/// Finds the functions of a call, and returns what is to be run for them: the call itself, or with `split` a call for
/// each function. The inner error is what there is instead of any.
///
/// # Errors
/// When the database does not tell: in words.
pub fn find_functions(
    call: &FunctionCall,
    split: bool,
    ground: &Ground,
    conditions: &Conditions,
    events: &SyncSender<Event>,
) -> Result<Result<Vec<TestFile>, NoFunction>, String> {
    let whole = TestFile::of_functions(&shown(call), call.clone());
    let mut plot = Plot::take(ground, conditions, events).map_err(|error| error.to_string())?;
    plot.make_scratch(Traces::default())
        .map_err(|error| error.to_string())?;
    let timeout = conditions.timeout;
    let mut session = FileSession::open(
        &whole,
        plot.scratch(),
        plot.ground(),
        &mut SearchPaths::default(),
        timeout,
        plot.template(),
        conditions,
    )
    .map_err(|(_, failure)| failure.text)?;
    let rows = session
        .rows(&query(call))
        .map_err(|error| format!("cannot look for test functions: {error}"))?;
    let mut found: Vec<(String, String)> = Vec::new();
    for row in rows {
        if let [Some(shown), Some(name)] = row.as_slice()
            && found.iter().all(|(_, other)| other != name)
        {
            found.push((shown.clone(), name.clone()));
        }
    }
    if found.is_empty() {
        return no_function(call, &mut session).map(Err);
    }
    if !split {
        return Ok(Ok(vec![whole]));
    }
    let alone = |(shown, name): &(String, String)| {
        let call = FunctionCall {
            schema: call.schema.clone(),
            matching: Some(exactly(name)),
        };
        TestFile::of_functions(shown, call)
    };
    Ok(Ok(found.iter().map(alone).collect()))
}

/// Looks for what there is instead of test functions.
fn no_function(call: &FunctionCall, session: &mut FileSession<'_>) -> Result<NoFunction, String> {
    let matching = call.matching.as_deref().unwrap_or(MATCHING);
    let schema = call.schema.as_deref().unwrap_or("pg_catalog");
    let query = format!(
        "SELECT nspname,
                nspname NOT IN ('pg_catalog', 'information_schema') AND EXISTS (
                  SELECT FROM pg_catalog.pg_proc
                   WHERE pronamespace = n.oid AND pronargs = 0 AND proname ~ {} AND proname !~ {})
           FROM pg_catalog.pg_namespace AS n ORDER BY nspname",
        quote_literal(matching),
        quote_literal(AROUND)
    );
    let rows = session
        .rows(&query)
        .map_err(|error| format!("cannot look for test functions: {error}"))?;
    let mut instead = NoFunction {
        schema_exists: false,
        schemas: Vec::new(),
    };
    for row in rows {
        let [Some(name), Some(has_functions)] = row.as_slice() else {
            continue;
        };
        instead.schema_exists |= name == schema;
        if has_functions == "t" {
            instead.schemas.push(name.clone());
        }
    }
    Ok(instead)
}

/// How people are shown a call.
fn shown(call: &FunctionCall) -> String {
    match &call.schema {
        Some(schema) => format!("runtests({schema})"),
        None => "runtests()".into(),
    }
}

/// Asks for the functions by the name that they are called by, and by their bare name.
fn query(call: &FunctionCall) -> String {
    let matching = call.matching.as_deref().unwrap_or(MATCHING);
    let schema = call.schema.as_ref();
    let schema = schema.map_or(String::new(), |schema| {
        format!("{}::pg_catalog.name, ", quote_literal(schema))
    });
    format!(
        "SELECT f, (pg_catalog.parse_ident(f))[2]
           FROM pg_catalog.unnest(findfuncs({schema}{}::pg_catalog.text, {}::pg_catalog.text)) AS f",
        quote_literal(matching),
        quote_literal(AROUND)
    )
}

/// A regular expression of PostgreSQL that matches this name alone.
fn exactly(name: &str) -> String {
    let mut pattern = String::from("^");
    for character in name.chars() {
        if character.is_ascii() && !character.is_ascii_alphanumeric() && character != '_' {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('$');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_matches_itself_whatever_it_is_made_of() {
        assert_eq!(exactly("test_a"), "^test_a$");
        assert_eq!(exactly("test a.b*"), r"^test\ a\.b\*$");
        assert_eq!(exactly("testé"), "^testé$");
    }

    #[test]
    fn what_was_not_said_is_left_to_pgtap() {
        let statement = |schema: Option<&str>, matching: Option<&str>| {
            let call = FunctionCall {
                schema: schema.map(str::to_owned),
                matching: matching.map(str::to_owned),
            };
            call.statement()
        };
        assert_eq!(statement(None, None), "SELECT * FROM runtests();");
        assert_eq!(
            statement(Some("it's"), None),
            "SELECT * FROM runtests('it''s'::pg_catalog.name);"
        );
        assert_eq!(
            statement(None, Some("^a")),
            "SELECT * FROM runtests('^a'::pg_catalog.text);"
        );
        assert_eq!(
            statement(Some("s"), Some("^a")),
            "SELECT * FROM runtests('s'::pg_catalog.name, '^a'::pg_catalog.text);"
        );
    }
}
