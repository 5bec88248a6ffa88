//! What goes into a template database, and under which keys the cache holds it and its first migrations.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::cluster::{Binaries, CacheKey, EntryKind};
use crate::database::Seed;
use crate::migration::{MigrationScript, MigrationSet, Transaction};
use crate::project::{Project, ProjectError, search};
use crate::session::{Pgtap, hash_of};
use crate::settings::{PgtapSource, Settings, TimeDependent, shown};

/// The keys of what a run prepares, and the scripts that they know.
#[derive(Debug)]
pub(super) struct Recipe {
    /// The key of the golden data directory.
    pub(super) golden: CacheKey,
    /// For each number of first migrations, from none on, the key of roles and these migrations.
    pub(super) prefixes: Vec<Prefix>,
    /// All scripts in the order in which they run.
    pub(super) scripts: Vec<Hashed>,
    /// What the command that migrates reads.
    inputs: Vec<Hashed>,
}

/// Roles and the first migrations, so many.
#[derive(Debug)]
pub(super) struct Prefix {
    /// The key.
    pub(super) key: CacheKey,
    /// How many scripts they are.
    scripts: usize,
}

/// A script as the keys know it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hashed {
    /// Where it lies.
    pub(super) path: PathBuf,
    /// How it is shown.
    pub(super) shown: String,
    /// The hash of its contents; none where it could not be read, which is left to whoever runs it.
    pub(super) hash: Option<String>,
}

impl Hashed {
    fn of(shown: &str, path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            shown: shown.to_owned(),
            hash: fs::read(path).ok().map(|bytes| hash_of(&bytes)),
        }
    }
}

/// A hash that goes on.
struct Chain {
    digest: Sha256,
    scripts: Vec<Hashed>,
}

impl Chain {
    fn add(&mut self, part: &[u8]) {
        self.digest.update((part.len() as u64).to_le_bytes());
        self.digest.update(part);
    }

    /// So many parts of a kind follow: what is at the end of one list is no beginning of the next.
    fn begin(&mut self, kind: &str, number: usize) {
        self.add(kind.as_bytes());
        self.add(&(number as u64).to_le_bytes());
    }

    fn add_script(&mut self, shown: &str, path: &Path) {
        let script = Hashed::of(shown, path);
        self.add_hashed(&script);
        self.scripts.push(script);
    }

    /// What runs of a file, and its file.
    fn add_part(&mut self, script: &MigrationScript) {
        self.add(script.shown.as_bytes());
        self.add(script.text.as_bytes());
        self.begin("variables of it", script.variables.len());
        for (name, value) in &script.variables {
            self.add(name.as_bytes());
            self.add(value.as_bytes());
        }
        self.scripts.push(Hashed {
            path: script.path.clone(),
            shown: script.shown.to_string(),
            hash: Some(script.file_hash.clone()),
        });
    }

    fn add_hashed(&mut self, file: &Hashed) {
        self.add(file.shown.as_bytes());
        self.add(file.hash.as_deref().unwrap_or_default().as_bytes());
    }

    fn key(&self, kind: EntryKind) -> CacheKey {
        CacheKey::of(kind, [self.digest.clone().finalize().as_slice()])
    }
}

impl Recipe {
    /// The recipe of a project's template database on a server of these programs; none where a command migrates
    /// of which nobody said what it depends on.
    ///
    /// # Errors
    /// An input of such a command cannot be searched.
    pub(super) fn of(
        settings: &Settings,
        project: &Project,
        migrations: Option<&MigrationSet>,
        seeds: &[Seed],
        binaries: &Binaries,
        pgtap: Option<&Pgtap>,
    ) -> Result<Option<Self>, ProjectError> {
        if settings.migrate_command.is_some() && settings.migrate_inputs.is_empty() {
            return Ok(None);
        }
        let mut chain = Chain {
            digest: Sha256::new(),
            scripts: Vec::new(),
        };
        chain.add(env!("BUILD_SOURCE_HASH").as_bytes());
        for part in binaries.signature() {
            chain.add(part.as_bytes());
        }
        chain.begin("probes", usize::from(settings.coverage.measure));
        chain.add(settings.database_name.as_bytes());
        chain.begin("owner", usize::from(settings.owner.is_some()));
        chain.add(settings.owner.as_deref().unwrap_or_default().as_bytes());
        let working_dir = settings
            .working_dir
            .strip_prefix(&settings.project_dir)
            .unwrap_or(&settings.working_dir);
        chain.add(working_dir.as_os_str().as_encoded_bytes());
        chain.add(match settings.cache_time_dependent {
            TimeDependent::Rebuild => b"rebuild",
            TimeDependent::Day => b"day",
        });
        chain.begin("variables", settings.migration_variables.len());
        for (name, value) in &settings.migration_variables {
            chain.add(name.as_bytes());
            chain.add(value.as_bytes());
        }
        // Scripts may ask for it: `CREATE EXTENSION pgtap`.
        chain.add(pgtap.map_or("", |pgtap| &pgtap.sql).as_bytes());
        chain.begin("roles", project.roles.len());
        for script in &project.roles {
            chain.add_script(&script.shown, &script.path);
        }
        let migrations = migrations.map_or(&[][..], |set| &set.migrations);
        // Not how many: those that are appended have the first ones' keys for their beginnings.
        chain.add(b"migrations");
        let mut prefixes = vec![Prefix {
            key: chain.key(EntryKind::Prefix),
            scripts: chain.scripts.len(),
        }];
        for migration in migrations {
            chain.add(match migration.transaction {
                Transaction::Whole => b"whole".as_slice(),
                Transaction::WherePossible => b"where possible",
                Transaction::Apart => b"apart",
            });
            for script in migration.scripts() {
                chain.add_part(script);
            }
            // Rows that are loaded there are in all that comes behind.
            for seed in seeds.iter().filter(|seed| seed.place == prefixes.len()) {
                chain.add(b"rows");
                chain.add(seed.hash.as_bytes());
            }
            prefixes.push(Prefix {
                key: chain.key(EntryKind::Prefix),
                scripts: chain.scripts.len(),
            });
        }
        chain.begin("of migrations", migrations.len());
        chain.begin("command", usize::from(settings.migrate_command.is_some()));
        let command = settings.migrate_command.as_deref();
        chain.add(command.unwrap_or_default().as_bytes());
        let inputs = inputs(settings)?;
        chain.begin("inputs", inputs.len());
        for input in &inputs {
            chain.add_hashed(input);
        }
        chain.begin("fixtures", project.fixtures.len());
        for script in &project.fixtures {
            chain.add_script(&script.shown, &script.path);
        }
        chain.add(match &settings.pgtap.source {
            PgtapSource::None => b"none",
            PgtapSource::Server => b"server",
            PgtapSource::Bundled | PgtapSource::File(_) => b"ours",
        });
        chain.add(settings.pgtap.schema.as_bytes());
        Ok(Some(Self {
            golden: chain.key(EntryKind::Golden),
            prefixes,
            scripts: chain.scripts,
            inputs,
        }))
    }

    /// An input of the command that is not what it was when the key was made, or was not there.
    pub(super) fn changed_input(
        &self,
        settings: &Settings,
    ) -> Result<Option<String>, ProjectError> {
        let now = inputs(settings)?;
        let longest = now.len().max(self.inputs.len());
        // Both are in order: of two that differ, the first one came, or is gone.
        let changed = (0..longest)
            .map(|at| (now.get(at), self.inputs.get(at)))
            .find(|(now, before)| now != before)
            .and_then(|(now, before)| now.into_iter().chain(before).min_by_key(|it| &it.path));
        Ok(changed.map(|input| input.shown.clone()))
    }

    /// The scripts that a prefix is made of: the roles scripts too.
    pub(super) fn scripts_of(&self, prefix: &Prefix) -> &[Hashed] {
        &self.scripts[..prefix.scripts.min(self.scripts.len())]
    }
}

/// The files that the command's outcome depends on, in order; of a directory all below it but for what is hidden and
/// what Python keeps beside its sources.
fn inputs(settings: &Settings) -> Result<Vec<Hashed>, ProjectError> {
    let mut files = Vec::new();
    for input in &settings.migrate_inputs {
        let visible = |name: &str| !name.starts_with('.') && name != "__pycache__";
        let below = search(input, visible, |_| true);
        files.extend(below.map_err(ProjectError::reading("migrate_command"))?);
    }
    files.sort();
    files.dedup();
    let hashed = files
        .iter()
        .map(|path| Hashed::of(&shown(&settings.project_dir, path), path));
    Ok(hashed.collect())
}
