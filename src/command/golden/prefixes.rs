//! Data directories with the first migrations, for test files that run at earlier versions of the schema: out of the cache
//! where it holds some that are near, else with roles and an empty database.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::super::Error;
use super::super::recipe::{Prefix, Recipe};
use super::basis::{Basis, today};
use super::{MadeFrom, Makings};
use crate::cluster::{DataDirectory, GoldenDirectory, Mode};
use crate::run::{Bases, WORTH_KEEPING};
use crate::session::{Inputs, Surroundings};

/// The name of the data directory without migrations, in the run directory; and of one whose databases get no rows of snapshots.
const BARE: [&str; 2] = ["bare", "empty"];
/// The name of a copy of it there.
const COPY: &str = "begin";

/// Data directories with the first migrations.
pub(in crate::command) struct Prefixes<'a> {
    makings: Makings<'a>,
    recipe: Option<Recipe>,
    /// What scripts read on the way.
    inputs: Arc<Inputs>,
    day: String,
    state: Mutex<State>,
}

struct State {
    /// Of which numbers of migrations the cache holds a data directory.
    kept: BTreeSet<usize>,
    /// What those were made from that were taken out of it.
    basis: Basis,
    /// The one without migrations, once it was made.
    bare: Option<GoldenDirectory>,
}

impl<'a> Prefixes<'a> {
    /// Those of a project.
    ///
    /// # Errors
    /// What is said of what they are made from cannot be made sense of.
    pub(in crate::command) fn new(makings: Makings<'a>) -> Result<Self, Error> {
        let recipe = makings.recipe()?;
        let prefixes = recipe.iter().flat_map(|it| it.prefixes.iter().enumerate());
        let is_kept = |(_, prefix): &(usize, &Prefix)| {
            let about = makings.cache.and_then(|cache| cache.about(&prefix.key));
            about.is_some_and(|about| makings.current(&about).is_some())
        };
        let kept = prefixes.filter(is_kept).map(|(place, _)| place).collect();
        Ok(Self {
            recipe,
            makings,
            inputs: Arc::default(),
            day: today(),
            state: Mutex::new(State {
                kept,
                basis: Basis::default(),
                bare: None,
            }),
        })
    }

    /// What scripts may use that are run to make one; what they read is recorded.
    pub(in crate::command) fn surroundings(&self) -> Surroundings {
        Surroundings {
            inputs: self.recipe.is_some().then(|| Arc::clone(&self.inputs)),
            ..self.makings.surroundings.clone()
        }
    }

    fn take(
        &self,
        state: &mut State,
        most: usize,
        path: &Path,
    ) -> Result<(DataDirectory, usize), Error> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        while let (Some(place), Some(recipe)) =
            (state.kept.range(..=most).next_back().copied(), &self.recipe)
        {
            let taken = self.makings.take(&recipe.prefixes[place].key, &name)?;
            let Some((data, _, about)) = taken else {
                state.kept.remove(&place);
                continue;
            };
            if state.basis.add(about.basis).is_err() {
                // Two runs saw different things: neither is to be built upon further.
                state.kept.remove(&place);
                data.remove()?;
                continue;
            }
            return Ok((data, place));
        }
        if state.bare.is_none() {
            state.bare = Some(self.make_bare()?);
        }
        let Some(bare) = &state.bare else {
            return Err("there is no data directory without migrations".into());
        };
        Ok((bare.copy_to(path)?, 0))
    }

    /// The one without migrations.
    ///
    /// # Errors
    /// It cannot be made.
    pub(in crate::command) fn bare(&self) -> Result<GoldenDirectory, Error> {
        let path = self.makings.run_directory.path().join(COPY);
        let (data, _) = self.take(&mut self.state(), 0, &path)?;
        Ok(GoldenDirectory::made(data))
    }

    /// Makes the one without migrations.
    fn make_bare(&self) -> Result<GoldenDirectory, Error> {
        let makings = &self.makings;
        let data = DataDirectory::create_telling(
            makings.binaries,
            makings.run_directory,
            BARE[usize::from(makings.seeds.is_empty())],
            makings.cache,
            &mut |text| makings.remark(text),
        )?;
        let began = Instant::now();
        let server = makings.start(&data)?;
        let history = std::cell::RefCell::default();
        makings.prepare(&server, &self.surroundings(), &history, &|preparation| {
            preparation.migrate(None, 0, &mut |_| {})
        })?;
        let data = server.stop(Mode::Fast)?;
        if began.elapsed() > WORTH_KEEPING {
            self.store(0, &data, &Basis::default());
        }
        Ok(GoldenDirectory::made(data))
    }

    /// Returns whether it is in the cache now.
    fn store(&self, applied: usize, data: &DataDirectory, basis: &Basis) -> bool {
        // Coverage wants to know which line made what, and nobody has noted that here.
        let is_measured = self.makings.settings.coverage.measure;
        let (Some(recipe), Some(cache), false) = (&self.recipe, self.makings.cache, is_measured)
        else {
            return false;
        };
        let Some(prefix) = recipe.prefixes.get(applied) else {
            return false;
        };
        let from = MadeFrom {
            basis,
            day: &self.day,
            history: None,
        };
        let holds = match applied {
            0 => "roles".to_owned(),
            1 => "1 migration".to_owned(),
            _ => format!("{applied} migrations"),
        };
        let scripts = recipe.scripts_of(prefix);
        // Why it cannot be kept was said of the template already.
        let about = self
            .makings
            .about_made(scripts, &from, &self.inputs, None, holds);
        let Ok(about) = about else { return false };
        let stored = cache.store(&prefix.key, data, &about);
        if let Err(error) = &stored {
            self.makings
                .remark(format!("the migrations are not kept in the cache: {error}"));
        }
        stored.is_ok()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bases for Prefixes<'_> {
    fn nearest(&self, most: usize) -> usize {
        let state = self.state();
        state.kept.range(..=most).next_back().copied().unwrap_or(0)
    }

    fn copy_to(&self, most: usize, path: &Path) -> Result<(DataDirectory, usize), String> {
        let mut state = self.state();
        self.take(&mut state, most, path)
            .map_err(|error| error.to_string())
    }

    fn keep(&self, applied: usize, data: &DataDirectory) {
        let mut state = self.state();
        let basis = state.basis.clone();
        if self.store(applied, data, &basis) {
            state.kept.insert(applied);
        }
    }
}
