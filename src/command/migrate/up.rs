//! `pgassay migrate up`.

use std::time::Duration;

use super::Work;
use crate::cli::{GlobalArgs, UpArgs};
use crate::command::{Error, Exit, print, remark};
use crate::deployment::{Happening, Options, Planned};
use crate::settings::{Environment, Verbosity};

pub(super) fn run(
    global: &GlobalArgs,
    arguments: &UpArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let work = Work::of(global, &arguments.target, &arguments.migrating, environment)?;
    let options = Options {
        to: arguments.to.clone(),
        first: None,
        out_of_order: arguments.out_of_order,
        ignore_missing: arguments.ignore_missing,
        not_empty: arguments.not_empty,
        lock_timeout: arguments.lock_timeout,
        lock_retries: arguments.lock_retries,
        wait: arguments.wait,
    };
    if arguments.dry_run {
        return dry_run(&work, options);
    }
    let applied = apply(&work, options);
    // What a signal broke is the signal's doing.
    if applied.is_err() && work.interruption.is_set() {
        if let Err(error) = applied {
            crate::command::complain(&error.to_string());
        }
        return Ok(Exit::Interrupted);
    }
    applied
}

/// Applies what is due, and tells of each migration.
fn apply(work: &Work, options: Options) -> Result<Exit, Error> {
    let verbosity = work.settings.verbosity;
    let mut failure = None;
    let mut tell = |happening: Happening<'_>| {
        if let Some(text) = line(&happening, verbosity)
            && let Err(error) = print(format!("{text}\n").as_bytes())
        {
            failure.get_or_insert(error);
        }
        tell_of_waiting(&happening);
    };
    let outcome = work.deployment(options, &mut tell).up();
    let outcome = outcome.map_err(|error| work.way.in_hints(&error.to_string()))?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let there = match outcome.there {
        0 => String::new(),
        there => format!(
            ", {there} {} there already",
            if there == 1 { "was" } else { "were" }
        ),
    };
    let noun = if outcome.applied == 1 {
        "migration"
    } else {
        "migrations"
    };
    print(
        format!(
            "{} {noun} applied{there} · {}\n",
            outcome.applied,
            work.way.in_words()
        )
        .as_bytes(),
    )
}

/// What is printed of what happens.
fn line(happening: &Happening<'_>, verbosity: Verbosity) -> Option<String> {
    match happening {
        Happening::Begins(migration) if verbosity == Verbosity::Verbose => Some(format!(
            "applying {} ({})",
            migration.title(),
            migration.script.shown
        )),
        Happening::Applied(migration, took) if verbosity != Verbosity::Quiet => Some(format!(
            "applied {} ({})",
            migration.title(),
            in_words(*took)
        )),
        Happening::GoesOn(migration, done) => Some(match done {
            1 => format!(
                "{} goes on behind its first statement, which was done before",
                migration.title()
            ),
            done => format!(
                "{} goes on behind its first {done} statements, which were done before",
                migration.title()
            ),
        }),
        Happening::Remarks(notice)
            if verbosity == Verbosity::Verbose || notice.message.severity == "WARNING" =>
        {
            Some(format!(
                "{}: {}: {}",
                notice.location, notice.message.severity, notice.message.message
            ))
        }
        _ => None,
    }
}

/// Tells on standard error what it is waited for.
pub(super) fn tell_of_waiting(happening: &Happening<'_>) {
    match happening {
        Happening::Waits(holder) => {
            remark(&format!(
                "waiting for {}, which migrates the database",
                holder.in_words()
            ));
        }
        Happening::GivesWay(migration, why, tries, pause) => remark(&format!(
            "{} gave way ({why}); try {} follows in {}",
            migration.title(),
            tries + 1,
            in_words(*pause)
        )),
        _ => {}
    }
}

/// A time as people read it.
fn in_words(took: Duration) -> String {
    if took < Duration::from_secs(1) {
        format!("{} ms", took.as_millis())
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}

/// Prints what would run.
fn dry_run(work: &Work, options: Options) -> Result<Exit, Error> {
    let mut nothing = |_: Happening<'_>| {};
    let deployment = work.deployment(options, &mut nothing);
    let planned = deployment.plan();
    let migrations = planned.map_err(|error| work.way.in_hints(&error.to_string()))?;
    if migrations.is_empty() {
        return print(format!("-- nothing to apply · {}\n", work.way.in_words()).as_bytes());
    }
    let parts: Vec<String> = migrations.iter().map(sql).collect();
    print(parts.join("\n").as_bytes())
}

/// A migration as the SQL that would run.
fn sql(planned: &Planned<'_>) -> String {
    let Planned {
        migration,
        is_whole,
        done,
    } = planned;
    let (begin, end) = if *is_whole {
        ("BEGIN;\n", "COMMIT;\n")
    } else {
        ("", "")
    };
    let how = if *is_whole {
        ""
    } else {
        "; not in one transaction"
    };
    let goes_on = match done {
        0 => String::new(),
        1 => "; it goes on behind its first statement, which is done".to_owned(),
        done => format!("; it goes on behind its first {done} statements, which are done"),
    };
    let script = &migration.script;
    let text = script.shown_text().trim_end();
    // Lines of which nothing runs before the first one.
    let blank = text.len() - text.trim_start().len();
    let first = text[..blank].rfind('\n').map_or(0, |at| at + 1);
    format!(
        "-- {} ({}){how}{goes_on}\n{begin}{}\n{end}",
        migration.title(),
        script.shown,
        &text[first..]
    )
}
