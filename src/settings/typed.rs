use std::path::Path;

use super::absolute::absolute;
use super::coverage::CoverageLayer;
use super::error::SettingsError;
use super::layer::{Layer, Shuffle, Variables};
use super::name::{check_database_name, check_name};
use super::origin::{Origin, Said};
use super::{SeedChoice, StateOptions};
use crate::cli::{GlobalArgs, MigrationArgs, ProjectArgs, TestArgs};
use crate::session::conninfo::Secret;

/// What the command line says; its relative paths are relative to `directory`.
pub(super) fn read_layer(
    global: &GlobalArgs,
    typed: &TestArgs,
    directory: &Path,
) -> Result<Layer, SettingsError> {
    let path = |path: &std::path::PathBuf| absolute(directory, path);
    let mut variables = Variables::default();
    for (name, value) in &typed.variables {
        variables.set(name.clone(), value.clone());
    }
    let mut printing = Variables::default();
    for (name, value) in &typed.printing {
        printing.set(name.clone(), value.clone());
    }
    let state = (!typed.state.is_empty()).then(|| {
        let mut joined = StateOptions::default();
        for options in &typed.state {
            joined.join(options.clone());
        }
        joined
    });
    let layer = Layer {
        tests: (!typed.paths.is_empty()).then(|| {
            let origin = Origin::Flag("PATH");
            let paths = typed.paths.iter().map(path);
            paths.map(|path| Said::new(path, &origin)).collect()
        }),
        migrations: (!typed.migrations.is_empty()).then(|| {
            let origin = Origin::Flag("--migrations");
            let paths = typed.migrations.iter().map(path);
            paths.map(|path| Said::new(path, &origin)).collect()
        }),
        layout: typed.layout,
        migrate_command: said(
            "--migrate-command",
            typed.migrate_command.as_ref(),
            Clone::clone,
        ),
        roles: said("--roles", typed.roles.as_ref(), |it| Some(path(it))),
        fixtures: said("--fixtures", typed.fixtures.as_ref(), |it| Some(path(it))),
        seed: (typed.seed.as_deref()).map(|word| SeedChoice::of_word(word, directory)),
        url: said("--url", typed.url.as_ref(), Clone::clone),
        pg_bin: said("--pg-bin", typed.pg_bin.as_ref(), path),
        pg_version: said("--pg-version", typed.pg_version.as_ref(), |version| {
            *version
        }),
        database_name: typed.database_name.clone(),
        owner: typed.owner.clone(),
        variables,
        printing,
        extensions: (!typed.extensions.is_empty()).then(|| typed.extensions.clone()),
        isolation: typed.isolation,
        state,
        jobs: typed.jobs,
        timeout: typed.timeout,
        fail_fast: typed.fail_fast,
        shuffle: typed
            .shuffle
            .map(|seed| seed.map_or(Shuffle::Drawn, Shuffle::Seed)),
        strict: typed.strict.then_some(true),
        coverage: CoverageLayer {
            measure: (typed.coverage
                || typed.since.is_some()
                || typed.fail_under_branches.is_some())
            .then_some(true),
            since: typed.since.clone(),
            least_branches: typed.fail_under_branches,
            ..CoverageLayer::default()
        },
        keep_failed: typed.keep_failed.then_some(true),
        allow_shell: typed.allow_shell.then_some(true),
        junit: typed.junit.as_ref().map(path),
        archive: typed.archive.as_ref().map(path),
        format: typed.format,
        color: global.color,
        ..Layer::default()
    };
    for (flag, value) in [
        ("--url", typed.url.as_ref().map(Secret::expose)),
        ("--migrate-command", typed.migrate_command.as_deref()),
    ] {
        let filled = |text: &str| match text {
            "" => Err("it is empty".to_owned()),
            _ => Ok(()),
        };
        check(flag, value, filled)?;
    }
    let database_name = layer.database_name.as_deref();
    check("--database-name", database_name, check_database_name)?;
    check("--owner", layer.owner.as_deref(), check_name)?;
    layer.check()
}

/// What the command line of a command says that runs no tests.
pub(super) fn read_project_layer(
    global: &GlobalArgs,
    typed: &ProjectArgs,
    directory: &Path,
) -> Result<Layer, SettingsError> {
    let MigrationArgs {
        migrations,
        layout,
        variables,
    } = typed.migrating.clone();
    let as_of_test = TestArgs {
        migrations,
        layout,
        roles: typed.roles.clone(),
        fixtures: typed.fixtures.clone(),
        seed: typed.seed.clone(),
        ..TestArgs::default()
    };
    let mut layer = read_layer(global, &as_of_test, directory)?;
    layer.snapshots = (typed.snapshots.as_ref()).map(|path| absolute(directory, path));
    for (name, value) in variables {
        layer.migration_variables.set(name, value);
    }
    Ok(layer)
}

fn said<T, U>(flag: &'static str, typed: Option<&T>, value: impl Fn(&T) -> U) -> Option<Said<U>> {
    typed.map(|typed| Said::new(value(typed), &Origin::Flag(flag)))
}

fn check(
    flag: &'static str,
    typed: Option<&str>,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<(), SettingsError> {
    let Some(typed) = typed else { return Ok(()) };
    check(typed).map_err(|reason| SettingsError::Value {
        origin: Origin::Flag(flag),
        subject: "it".to_owned(),
        value: typed.to_owned(),
        reason,
    })
}
