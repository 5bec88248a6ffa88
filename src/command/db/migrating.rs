//! The migrations of `pgassay db up`: by the engine of `pgassay migrate up`, or by the project's own command.

use std::time::Instant;

use super::super::groundwork::migrations;
use super::super::target::Way;
use super::super::{Error, migrate_command};
use super::telling::Telling;
use crate::deployment::{Deployment, Happening, Options};
use crate::session::conninfo::{Reach, without_passwords};
use crate::session::{Interruption, Surroundings, Watch};
use crate::settings::Settings;

/// Brings the schema up to date; says how many migrations there are, where that is known.
pub(super) fn migrate(
    settings: &Settings,
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
    let Some(set) = migrations(settings)? else {
        return Ok(None);
    };
    let mut happens = |happening: Happening<'_>| match happening {
        Happening::Applied(migration, took) => {
            telling.done("applied", &migration.script.shown, took);
        }
        Happening::Waits(holder) => {
            telling.line(&format!(
                "{} migrates this database, and is waited for",
                holder.in_words()
            ));
        }
        Happening::GivesWay(migration, why, tries, pause) => telling.line(&format!(
            "{} could not get a lock ({why}), and is tried again in {:.1} s ({tries})",
            migration.script.shown,
            pause.as_secs_f64()
        )),
        Happening::GoesOn(migration, done) => telling.line(&format!(
            "{} goes on behind its first {done} statements",
            migration.script.shown
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
        set: &set,
        variables: &settings.migration_variables,
        surroundings,
        owner: owner.filter(|owner| *owner != way.info.user),
        options: Options::default(),
        happens: &mut happens,
    }
    .up()?;
    Ok(Some(outcome.applied + outcome.there))
}
