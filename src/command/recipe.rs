//! What goes into a template database, and under which keys the cache holds it and its first migrations.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::cluster::{Binaries, CacheKey, EntryKind};
use crate::migration::MigrationSet;
use crate::project::Project;
use crate::script::{Dependence, dependence};
use crate::session::Pgtap;
use crate::settings::{PgtapSource, Settings};

/// The keys of what a run prepares, and what else the outcome depends on.
#[derive(Debug)]
pub(super) struct Recipe {
    /// The key of the golden data directory.
    pub(super) golden: CacheKey,
    /// For each number of first migrations, from one on, the key of roles and these migrations, and their steadiness.
    pub(super) prefixes: Vec<(CacheKey, Steadiness)>,
    /// The steadiness of the whole.
    pub(super) steadiness: Steadiness,
}

/// Whether the same scripts come to the same again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Steadiness {
    /// They may ask for the time, so that what they made is good for a day.
    pub(super) for_a_day: bool,
    /// Why they may come to something else at any time.
    pub(super) never: Option<String>,
}

impl Steadiness {
    /// Takes in what a script depends on.
    pub(super) fn add(&mut self, shown: &str, dependence: Dependence) {
        self.for_a_day |= dependence.on_time;
        if let Some((line, words)) = dependence.on_files_of_the_server
            && self.never.is_none()
        {
            self.never = Some(format!(
                "{shown}:{line} reads a file on the server (`{words}`)"
            ));
        }
    }
}

/// A hash that goes on.
struct Chain {
    digest: Sha256,
    steadiness: Steadiness,
}

impl Chain {
    fn add(&mut self, part: &[u8]) {
        self.digest.update((part.len() as u64).to_le_bytes());
        self.digest.update(part);
    }

    /// A script that cannot be read is left to whoever runs it.
    fn add_script(&mut self, shown: &str, path: &Path) {
        let bytes = fs::read(path).unwrap_or_default();
        self.add(shown.as_bytes());
        self.add(&bytes);
        self.steadiness
            .add(shown, dependence(&String::from_utf8_lossy(&bytes)));
    }

    fn key(&self, kind: EntryKind) -> CacheKey {
        CacheKey::of(kind, [self.digest.clone().finalize().as_slice()])
    }
}

impl Recipe {
    /// The recipe of a project's template database on a server of these programs; none where a command migrates,
    /// of which nobody knows what it depends on.
    pub(super) fn of(
        settings: &Settings,
        project: &Project,
        migrations: Option<&MigrationSet>,
        binaries: &Binaries,
        pgtap: Option<&Pgtap>,
    ) -> Option<Self> {
        if settings.migrate_command.is_some() {
            return None;
        }
        let mut chain = Chain {
            digest: Sha256::new(),
            steadiness: Steadiness::default(),
        };
        chain.add(env!("BUILD_SOURCE_HASH").as_bytes());
        for part in binaries.signature() {
            chain.add(part.as_bytes());
        }
        for part in [
            Some(&settings.database_name),
            settings.owner.as_ref(),
            Some(
                &settings
                    .working_dir
                    .strip_prefix(&settings.project_dir)
                    .unwrap_or(&settings.working_dir)
                    .display()
                    .to_string(),
            ),
        ] {
            chain.add(part.map_or("-", String::as_str).as_bytes());
        }
        for (name, value) in &settings.migration_variables {
            chain.add(name.as_bytes());
            chain.add(value.as_bytes());
        }
        // Scripts may ask for it: `CREATE EXTENSION pgtap`.
        chain.add(pgtap.map_or("", |pgtap| &pgtap.sql).as_bytes());
        for script in &project.roles {
            chain.add_script(&script.shown, &script.path);
        }
        let migrations = migrations.map_or(&[][..], |set| &set.migrations);
        let mut prefixes = Vec::with_capacity(migrations.len());
        for migration in migrations {
            chain.add(&[u8::from(migration.transactional)]);
            chain.add_script(&migration.shown, &migration.path);
            prefixes.push((chain.key(EntryKind::Prefix), chain.steadiness.clone()));
        }
        for script in &project.fixtures {
            chain.add_script(&script.shown, &script.path);
        }
        chain.add(match &settings.pgtap.source {
            PgtapSource::None => b"none",
            PgtapSource::Server => b"server",
            PgtapSource::Bundled | PgtapSource::File(_) => b"ours",
        });
        chain.add(settings.pgtap.schema.as_bytes());
        Some(Self {
            golden: chain.key(EntryKind::Golden),
            prefixes,
            steadiness: chain.steadiness,
        })
    }
}
