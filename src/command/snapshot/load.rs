//! `pgassay snapshot load`.

use std::path::Path;
use std::time::Instant;

use super::super::db::{Kind, Records, SCRIPTS, failed};
use super::super::target::Way;
use super::super::{Error, Exit, occupied, print, protection, question, remark};
use super::forward::Forward;
use super::{connect, counted, ended, history, migrations, settings};
use crate::cli::{GlobalArgs, SnapshotLoadArgs};
use crate::database::DatabaseError;
use crate::deployment::LOCK;
use crate::migration::{MigrationSet, VersionOrder};
use crate::run;
use crate::session::{Connection, Interruption};
use crate::settings::{self as places, Environment, ProjectPlaces, Settings};
use crate::snapshot::{self, Fit, Head, Lineage, Refusal, SnapshotError, SnapshotFile, Store};

pub(super) fn run(
    global: &GlobalArgs,
    typed: &SnapshotLoadArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let settings = settings(global, &typed.migrating, &typed.store, environment)?;
    let here = ProjectPlaces::resolve(global, environment)?.working_dir;
    let way = Way::of(&settings, &typed.target, environment)?;
    protection::check(&settings, &way, environment, "keeps its rows")?;
    let interruption = run::listen_for_interruption()?;
    let loaded = load(&settings, &here, &way, typed, &interruption);
    ended(&interruption, loaded)
}

fn load(
    settings: &Settings,
    here: &Path,
    way: &Way,
    typed: &SnapshotLoadArgs,
    interruption: &Interruption,
) -> Result<Exit, Error> {
    let set = migrations(settings)?;
    let mut connection = connect(way, interruption, "load rows")?;
    let its = history::lineage(&mut connection, settings, way, set.as_ref(), None)?;
    let mut file = match &typed.file {
        Some(file) => SnapshotFile::open(&places::absolute(here, file))?,
        None => choose(settings, set.as_ref(), its.as_ref())?,
    };
    let shown = places::shown(&settings.project_dir, file.path());
    let began = Instant::now();
    let later = later(&file.head, its.as_ref(), set.as_ref(), way)
        .map_err(|why| format!("{shown} is not loaded: {why}"))?;
    let mut migrated = String::new();
    if let (Some((from, to)), Some(set), Some(its)) = (later, &set, &its) {
        migrated = format!(
            ", migrated from {} to {}",
            file.head.version(),
            its.version().unwrap_or_default()
        );
        let forward = Forward {
            settings,
            set,
            interruption,
            shown: &shown,
            lineage: its,
            server: connection.parameter("server_version").unwrap_or_default(),
        };
        file = forward
            .migrate(file, from, to)
            .map_err(|error| format!("{shown} is not loaded: {error}"))?;
    }
    let migrating = began.elapsed();
    if !typed.yes && occupied::in_tables_of(&mut connection, &file.head)? {
        question::ask(
            way,
            &format!(
                "the rows of {} in the database \"{}\" may be replaced",
                counted(file.head.tables.len() as u64, "table", "tables"),
                way.info.database()
            ),
            &format!("loses the rows of its tables to those of {shown}"),
        )?;
    }
    let began = Instant::now();
    begin(&mut connection)?;
    // It may have been migrated while it was asked.
    let now = history::lineage(&mut connection, settings, way, set.as_ref(), None)?;
    if now != its {
        return Err("the database was migrated meanwhile; nothing was done".into());
    }
    snapshot::load(&mut connection, &mut file).map_err(|error| {
        // Nobody knows the file with the migrated rows.
        let path = file.path().display().to_string();
        match migrated.as_str() {
            "" => Error::from(error),
            migrated => error
                .to_string()
                .replace(&path, &format!("{shown}{migrated}"))
                .into(),
        }
    })?;
    note(&mut connection, &file.head)?;
    connection
        .execute("COMMIT")
        .map_err(DatabaseError::query("commit the rows"))?;
    connection.end();
    print(
        format!(
            "loaded {shown}: {}, {}{migrated} ({:.2}s) · {}\n",
            counted(file.head.tables.len() as u64, "table", "tables"),
            counted(file.index.row_count(), "row", "rows"),
            (migrating + began.elapsed()).as_secs_f64(),
            way.in_words()
        )
        .as_bytes(),
    )
}

/// The newest snapshot that fits a database of this lineage.
fn choose(
    settings: &Settings,
    set: Option<&MigrationSet>,
    its: Option<&Lineage>,
) -> Result<SnapshotFile, Error> {
    let store = Store::new(&settings.snapshots);
    let directory = places::shown(&settings.project_dir, store.directory());
    let tell = |name: &str, why: &dyn std::fmt::Display| {
        remark(&format!("{directory}/{name} is no choice: {why}"));
    };
    let (Some(set), Some(its)) = (set, its) else {
        let mut fitting = Vec::new();
        for stored in store.list()? {
            match stored.opened {
                Ok(file) if file.head.lineage.is_none() => fitting.push((stored.time, file)),
                Ok(_) => {}
                Err(SnapshotError::Broken { damage, .. }) => tell(&stored.name, &damage),
                Err(error) => tell(&stored.name, &error),
            }
        }
        let last = fitting
            .into_iter()
            .max_by(|left, right| left.0.cmp(&right.0));
        return last.map(|(_, file)| file).ok_or_else(|| {
            format!("no snapshot in {directory} fits a database that a migrate_command migrates")
                .into()
        });
    };
    let up_to = match its.fit(set) {
        Fit::At(count) => count,
        _ => set.migrations.len(),
    };
    let choice = store.newest(set, up_to)?;
    if let Some((file, _)) = choice.chosen {
        for (name, why) in choice
            .refused
            .iter()
            .filter(|(_, why)| *why != Refusal::Later)
        {
            tell(name, why);
        }
        return Ok(file);
    }
    let mut text = format!("no snapshot in {directory} fits");
    for (name, why) in &choice.refused {
        text.push_str(&format!("\n  {name}: {why}"));
    }
    if choice.refused.is_empty() {
        text.push_str(": there is none; `pgassay snapshot save` makes one");
    }
    Err(text.into())
}

/// Behind how many migrations a snapshot was saved, and how many the database has, where these are more; none where the database is
/// at the version of the snapshot. Any other one is refused, with what to do.
fn later(
    head: &Head,
    its: Option<&Lineage>,
    set: Option<&MigrationSet>,
    way: &Way,
) -> Result<Option<(usize, usize)>, String> {
    let (Some(saved), Some(its)) = (&head.lineage, its) else {
        // Only the tables can tell, and loading compares them.
        return Ok(None);
    };
    let order = set.map_or(VersionOrder::Texts, MigrationSet::order);
    let common = saved.common(its, order);
    let version = |lineage: &Lineage| match lineage.version() {
        Some(version) => format!("at {version}"),
        None => "before the first migration".to_owned(),
    };
    match (saved.migrations.get(common), its.migrations.get(common)) {
        (None, None) => Ok(None),
        (None, Some(_)) => match set.map(|set| (saved.fit(set), its.fit(set))) {
            Some((Fit::At(from @ 1..), Fit::At(to))) => Ok(Some((from, to))),
            _ => Err(format!(
                "it was saved {}, and the database is {}; rows are migrated from there only as a new database comes by that version, and \
                 none does",
                version(saved),
                version(its)
            )),
        },
        (Some(_), None) => Err(way.in_hints(&format!(
            "it was saved {}, and the database is {}; `pgassay migrate up` first",
            version(saved),
            version(its)
        ))),
        (Some(first), Some(other)) => Err(match set.map(|set| saved.fit(set)) {
            Some(fit @ (Fit::Rewritten(_) | Fit::OtherProject)) => fit.to_string(),
            _ => format!(
                "it was saved behind {}, where the database has {}",
                first.title(),
                other.title()
            ),
        }),
    }
}

/// Begins the transaction, in which nobody else migrates.
fn begin(connection: &mut Connection) -> Result<(), Error> {
    let taken = connection
        .value(&format!(
            "BEGIN; SELECT pg_catalog.pg_try_advisory_xact_lock({LOCK})"
        ))
        .map_err(DatabaseError::query("begin to load"))?;
    if taken.as_deref() == Some("t") {
        return Ok(());
    }
    Err("another session migrates the database; load the snapshot when that is done".into())
}

/// Notes which fixtures scripts' rows are there, where such notes are taken, and that nothing is to be loaded any more. Where all rows were
/// replaced, those of other scripts are gone.
fn note(connection: &mut Connection, head: &Head) -> Result<(), Error> {
    let doing = || format!("note in {SCRIPTS} which fixtures have run");
    let records = Records::read(connection)?;
    let mut notes = Vec::new();
    if records.of(Kind::SeedDue).next().is_some() {
        notes.push(Records::nothing_due());
    }
    let fixtures = records.of(Kind::Fixtures).map(|(script, _)| script);
    let gone = fixtures.filter(|script| {
        let mut there = head.fixtures.iter();
        !head.is_selection && !there.any(|it| it.script == *script)
    });
    notes.extend(gone.map(|script| Records::forget(Kind::Fixtures, script)));
    if Records::are_kept(connection)? {
        let fixtures = head.fixtures.iter();
        notes.extend(
            fixtures.map(|it| Records::note(Kind::Fixtures, &it.script, &it.checksum, None)),
        );
    }
    for note in notes {
        connection.execute(&note).map_err(failed(doing()))?;
    }
    Ok(())
}
