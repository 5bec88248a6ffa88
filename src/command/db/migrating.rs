//! The migrations of `pgassay db up`: by the engine of `pgassay migrate up`, or by the project's own command.

use std::time::Instant;

use super::super::target::Way;
use super::super::{Error, migrate_command, remark};
use super::telling::Telling;
use crate::deployment::{Deployment, Happening, Options};
use crate::migration::MigrationSet;
use crate::session::conninfo::{Reach, without_passwords};
use crate::session::{Interruption, Surroundings, Watch};
use crate::settings::Settings;

/// Brings the schema up to date, or only so far as the `first` migrations do; says how many there are, where that is known.
pub(super) fn migrate(
    settings: &Settings,
    set: Option<&MigrationSet>,
    first: Option<usize>,
    way: &Way,
    surroundings: &Surroundings,
    interruption: &Interruption,
    telling: &mut Telling,
) -> Result<Option<usize>, Error> {
    if let Some(command) = &settings.migrate_command {
        let began = Instant::now();
        migrate_command::run(
            command,
            &settings.project_dir,
            &way.info,
            None,
            interruption,
        )
        .map_err(|reason| format!("the migrate_command {reason}"))?;
        let what = format!("by `{}`", without_passwords(command, Reach::Word));
        telling.done("migrated", &what, began.elapsed());
        return Ok(None);
    }
    let Some(set) = set else {
        return Ok(None);
    };
    let mut happens = |happening: Happening<'_>| match happening {
        Happening::Applied(migration, took) => {
            telling.done("applied", &migration.script.shown, took);
        }
        Happening::Waits(holder) => {
            remark(&format!(
                "waiting for {}, which migrates the database",
                holder.in_words()
            ));
        }
        Happening::GivesWay(migration, why, tries, pause) => remark(&format!(
            "{} could not get a lock ({why}), and is tried again in {:.1} s ({tries})",
            migration.script.shown,
            pause.as_secs_f64()
        )),
        Happening::GoesOn(migration, done) => telling.line(&format!(
            "{} goes on behind its first {}",
            migration.script.shown,
            if done == 1 {
                "statement".to_owned()
            } else {
                format!("{done} statements")
            }
        )),
        Happening::Remarks(notice) => telling.detail(&format!(
            "{:>9}  {}: {}",
            "", notice.message.severity, notice.message.message
        )),
        Happening::Begins(_) => {}
    };
    let owner = settings.owner.as_deref();
    let outcome = Deployment {
        info: &way.info,
        watch: Watch {
            deadline: None,
            interruption: Some(interruption.clone()),
        },
        set,
        variables: &settings.migration_variables,
        surroundings,
        owner: owner.filter(|owner| *owner != way.info.user),
        options: Options {
            first,
            ..Options::default()
        },
        happens: &mut happens,
    }
    .up()
    .map_err(|error| {
        let advice = if error.is_of_rows() { ON_ROWS } else { "" };
        with_options(way, &format!("{error}{advice}"))
    })?;
    Ok(Some(outcome.applied + outcome.there))
}

/// What is to be said of a migration that failed on the rows of a database.
const ON_ROWS: &str = "\n`pgassay test --each-step` tries each migration on the rows of snapshots and names the row that is in the way; \
     `pgassay snapshot save` saves those of this database.";

/// The text of an error, which may name options of `pgassay migrate up` that `pgassay db up` does not have.
fn with_options(way: &Way, text: &str) -> String {
    const OPTIONS: [&str; 6] = [
        "--out-of-order",
        "--ignore-missing",
        "--not-empty",
        "--wait",
        "--lock-timeout",
        "--lock-retries",
    ];
    let named: Vec<&str> = OPTIONS
        .into_iter()
        .filter(|option| text.contains(option))
        .collect();
    let hint = match &named[..] {
        [] => String::new(),
        named => format!(
            "\n`pgassay migrate up` takes {}; `pgassay db up` then does the rest",
            named.join(" and ")
        ),
    };
    way.in_hints(&format!("{text}{hint}"))
}
