//! Seeds: of a project's snapshots those whose rows its databases begin with, and which fixtures scripts are in them already.

use std::path::{Path, PathBuf};

use super::Error;
use crate::database::Seed;
use crate::migration::MigrationSet;
use crate::project::ScriptFile;
use crate::session::content_hash;
use crate::settings::{SeedChoice, Settings, shown};
use crate::snapshot::{Fit, SavedFixture, SnapshotError, SnapshotFile, Store};

/// The snapshots that fit a project's migrations.
#[derive(Debug, Default)]
pub(super) struct Seeds {
    /// For each place behind which one was saved, the one that was saved last, in the order of the places.
    found: Vec<Found>,
    /// How many fit in all.
    fitting: usize,
    /// What is to be known of those that do not.
    pub(super) remarks: Vec<String>,
}

#[derive(Debug)]
struct Found {
    seed: Seed,
    /// Its version, as people are told.
    version: String,
    /// When it was saved, by its name.
    time: Option<String>,
    fixtures: Vec<SavedFixture>,
    rows: u64,
    is_named: bool,
}

impl Seeds {
    /// Those of a project with these migrations, as its settings choose them.
    ///
    /// # Errors
    /// A snapshot that is named cannot be read, or does not fit; the directory cannot be read.
    pub(super) fn of(settings: &Settings, set: &MigrationSet) -> Result<Self, Error> {
        match &settings.seed {
            SeedChoice::None => Ok(Self::default()),
            SeedChoice::File(path) => {
                let file = open_named(path)?;
                let shown = shown(&settings.project_dir, path);
                let place = place(&file, set).map_err(|why| {
                    format!("{shown} (--seed, or the setting `seed`) is no choice: {why}")
                })?;
                Ok(Self {
                    found: vec![Found::of(&file, place, shown, None, true)],
                    fitting: 1,
                    remarks: Vec::new(),
                })
            }
            SeedChoice::Newest => Self::in_store(settings, set),
        }
    }

    /// The same, of which the newest was read to its end: one that is damaged is no choice.
    ///
    /// # Errors
    /// As [`of`](Self::of); and where a snapshot that is named is damaged.
    pub(super) fn whole(settings: &Settings, set: &MigrationSet) -> Result<Self, Error> {
        let mut damaged = Vec::new();
        loop {
            let seeds = match settings.seed {
                SeedChoice::Newest => Self::in_store_but(settings, set, &damaged)?,
                _ => Self::of(settings, set)?,
            };
            let Some(seed) = seeds.newest() else {
                return Ok(seeds);
            };
            match SnapshotFile::open(&seed.path).and_then(|mut file| file.verify()) {
                Ok(()) => return Ok(seeds),
                Err(SnapshotError::Broken { path, damage })
                    if settings.seed == SeedChoice::Newest
                        && damaged.iter().all(|(it, _)| *it != path) =>
                {
                    damaged.push((path, damage.to_string()));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The snapshot that is named where a command migrates, which knows no versions; none where none is named.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or was saved behind migrations.
    pub(super) fn behind_command(settings: &Settings) -> Result<Self, Error> {
        let mut seeds = Self::default();
        match &settings.seed {
            SeedChoice::None => {}
            SeedChoice::File(path) => {
                let mut file = open_named(path)?;
                file.verify()?;
                let shown = shown(&settings.project_dir, path);
                if file.head.lineage.is_some() {
                    return Err(format!(
                        "{shown} (--seed, or the setting `seed`) is no choice: it was saved behind migration {}, and where a `migrate_command` migrates it is \
                         not known whether that has run",
                        file.head.version()
                    )
                    .into());
                }
                seeds.fitting = 1;
                seeds.found.push(Found::of(&file, 0, shown, None, true));
            }
            SeedChoice::Newest => {
                let store = Store::new(&settings.snapshots);
                if !store.list()?.is_empty() {
                    let directory = shown(&settings.project_dir, store.directory());
                    seeds.remarks.push(format!(
                        "no snapshot of {directory} is loaded where a `migrate_command` migrates, unless --seed or the setting `seed` names \
                         one: which of them fits is not known"
                    ));
                }
            }
        }
        Ok(seeds)
    }

    /// All that are in the project's directory of snapshots, whatever its settings choose.
    pub(super) fn in_store(settings: &Settings, set: &MigrationSet) -> Result<Self, Error> {
        Self::in_store_but(settings, set, &[])
    }

    /// The same but for some, each with what is wrong with it.
    fn in_store_but(
        settings: &Settings,
        set: &MigrationSet,
        damaged: &[(PathBuf, String)],
    ) -> Result<Self, Error> {
        let mut seeds = Self::default();
        for stored in Store::new(&settings.snapshots).list()? {
            let shown = shown(&settings.project_dir, &stored.path);
            let known = damaged.iter().find(|(path, _)| *path == stored.path);
            let fitting = match (&stored.opened, known) {
                (_, Some((_, why))) => Err(why.clone()),
                (Ok(file), None) => place(file, set).map(|place| (file, place)),
                (Err(SnapshotError::Broken { damage, .. }), None) => Err(damage.to_string()),
                (Err(error), None) => Err(error.to_string()),
            };
            match fitting {
                Ok((file, _)) if file.head.is_selection => seeds.remarks.push(format!(
                    "{shown} is no choice by itself: it holds some tables only; `--seed {shown}` begins with them"
                )),
                Ok((file, place)) => {
                    seeds.fitting += 1;
                    let found = Found::of(file, place, shown, stored.time.clone(), false);
                    seeds.add(found);
                }
                Err(why) => seeds.remarks.push(format!("{shown} is no choice: {why}")),
            }
        }
        seeds.found.sort_by_key(|found| found.seed.place);
        Ok(seeds)
    }

    /// Of several that were saved at one place, the last one counts.
    fn add(&mut self, found: Found) {
        let age = |it: &Found| (it.time.clone(), it.seed.shown.clone());
        let same = self
            .found
            .iter_mut()
            .find(|it| it.seed.place == found.seed.place);
        match same {
            None => self.found.push(found),
            Some(other) if age(other) < age(&found) => *other = found,
            Some(_) => {}
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Seed> {
        self.found.iter().map(|found| found.seed.clone()).collect()
    }

    /// The newest: what a database of the newest version begins with.
    pub(super) fn newest(&self) -> Option<&Seed> {
        self.found.last().map(|found| &found.seed)
    }

    /// Which one was chosen for the newest version and why, in one line.
    pub(super) fn choice(&self) -> Option<String> {
        let found = self.found.last()?;
        let why = match (found.is_named, self.fitting) {
            (true, _) => "which the settings name".to_owned(),
            (false, 1) => "the only snapshot that fits".to_owned(),
            (false, number) => format!("the newest of {number} snapshots that fit"),
        };
        let rows = if found.rows == 1 { "row" } else { "rows" };
        let place = match found.seed.place {
            0 => "behind the migrate_command".to_owned(),
            _ => format!("behind migration {}", found.version),
        };
        Some(format!(
            "{} {rows} of {} {place}: {why}",
            found.rows, found.seed.shown
        ))
    }

    /// Which others there are for files that are pinned to earlier versions, in one line.
    pub(super) fn earlier_choices(&self) -> Option<String> {
        let (_, earlier) = self.found.split_last()?;
        let named: Vec<String> = earlier
            .iter()
            .map(|found| format!("{} behind migration {}", found.seed.shown, found.version))
            .collect();
        (!named.is_empty()).then(|| {
            format!(
                "files that are pinned to earlier versions begin with the rows of the newest snapshot up to there, of these too: {}",
                named.join(", ")
            )
        })
    }

    /// The fixtures scripts whose rows are not among those of the newest snapshot. Those that have changed since are told of.
    pub(super) fn other_fixtures(&self, fixtures: &[ScriptFile]) -> (Vec<ScriptFile>, Vec<String>) {
        let Some(found) = self.found.last() else {
            return (fixtures.to_vec(), Vec::new());
        };
        let mut remarks = Vec::new();
        let mut others = Vec::new();
        for script in fixtures {
            let known = found.fixtures.iter().find(|it| it.script == *script.shown);
            let Some(known) = known else {
                others.push(script.clone());
                continue;
            };
            if content_hash(&script.path).as_ref() != Some(&known.checksum) {
                remarks.push(format!(
                    "{} has changed since {} was saved, which has its rows; it is not run again: save a new snapshot, or say `seed = false`",
                    script.shown, found.seed.shown
                ));
            }
        }
        (others, remarks)
    }

    /// The fixtures scripts whose rows are in the newest snapshot, with the hash of each as it ran.
    pub(super) fn fixtures(&self) -> &[SavedFixture] {
        self.found.last().map_or(&[], |found| &found.fixtures)
    }
}

impl Found {
    fn of(
        file: &SnapshotFile,
        place: usize,
        shown: String,
        time: Option<String>,
        is_named: bool,
    ) -> Self {
        Self {
            seed: Seed {
                place,
                path: file.path().to_owned(),
                shown,
                hash: file.hash(),
            },
            version: file.head.version().to_owned(),
            time,
            fixtures: file.head.fixtures.clone(),
            rows: file.index.row_count(),
            is_named,
        }
    }
}

/// Opens the snapshot that the settings name; where there is none, its name may have been meant to say so.
fn open_named(path: &Path) -> Result<SnapshotFile, Error> {
    let name = path.file_name().unwrap_or_default();
    if !path.exists() && ["false", "no", "off"].iter().any(|word| name == *word) {
        return Err(format!(
            "there is no snapshot {}; did you mean `--seed none` (in the settings, `seed = false`)?",
            path.display()
        )
        .into());
    }
    Ok(SnapshotFile::open(path)?)
}

/// Behind how many migrations a snapshot fits; else why not.
fn place(file: &SnapshotFile, set: &MigrationSet) -> Result<usize, String> {
    let Some(lineage) = &file.head.lineage else {
        return Err("it was saved where a command migrates, and knows no version".into());
    };
    match lineage.fit(set) {
        Fit::At(0) => Err("it was saved before the first migration".into()),
        Fit::At(place) => Ok(place),
        fit => Err(fit.to_string()),
    }
}
