//! `pgassay test --each-step` and `--round-trip`: each migration, tried on rows that exist.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::telling::Telling;
use super::{Error, Exit, test};
use crate::database::Versions;
use crate::project::Project;
use crate::run::{self, Ground, StepOptions};
use crate::settings::{SeedChoice, Settings, Steps};

pub(super) fn run(settings: &Settings, steps: Steps, began: Instant) -> Result<Exit, Error> {
    if let Some(command) = &settings.migrate_command {
        return Err(format!(
            "this project is migrated by its `migrate_command` (`{command}`), which applies all migrations at once: they cannot be tried one by one"
        )
        .into());
    }
    // No test file runs.
    let without_tests = Settings {
        tests: Vec::new(),
        ..settings.clone()
    };
    let project = Project::load(&without_tests)?;
    let mut remarks = settings.remarks.clone();
    if settings.coverage.measure {
        remarks.push(
            "coverage is not measured: it is that of test files, and none runs with --each-step or --round-trip".into(),
        );
    }
    let telling = Telling {
        settings,
        project: &project,
        workers: 1,
        remarks: &remarks,
        began,
    };
    let told = telling.of(|means| {
        let work = |ground: &Ground, versions: &Versions| {
            let number = versions.set.migrations.len();
            means.files.store(number, Ordering::Relaxed);
            run::Steps {
                ground,
                versions,
                database_name: &settings.database_name,
                interruption: means.interruption,
                options: StepOptions {
                    round_trip: steps.round_trip,
                    without_snapshots: settings.seed == SeedChoice::None,
                },
                events: means.events,
            }
            .run()
        };
        means.groundwork.run_bare(&work)
    })?;
    Ok(test::exit(&told.summary, &told.failures, true))
}
