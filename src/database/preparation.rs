use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Applying, CodeTraces, DatabaseError, Properties, Seed, Sequence, Storage, Template};
use crate::catalog::History;
use crate::event::Stage;
use crate::migration::{MigrationSet, Transaction};
use crate::project::ScriptFile;
use crate::script::{quote_identifier, quote_literal};
use crate::session::conninfo::{ConnInfo, Reach, without_passwords};
use crate::session::{Connection, QueryError, ScriptText, Surroundings, Watch};
use crate::settings::{PgtapSettings, PgtapSource};

/// How the schema comes into the template.
pub enum Migrating<'a> {
    /// The project has no migrations.
    Nothing,
    /// By the project's files.
    Files(&'a MigrationSet),
    /// By a program of the project's, which is given the way to the database.
    Command {
        /// As it was said; it is shown without passwords.
        command: &'a str,
        /// Runs it; its error says what came of it.
        run: &'a dyn Fn(&ConnInfo) -> Result<(), String>,
    },
}

/// All that goes into a template database.
pub struct Preparation<'a> {
    /// The way to the server as someone who may create databases, to a database that is no test's.
    pub admin: &'a ConnInfo,
    /// What may end it early.
    pub watch: Watch,
    /// Scripts that run first, in the admin's database; none where the server is not the tool's own.
    pub roles: &'a [ScriptFile],
    /// How the schema comes in.
    pub migrating: Migrating<'a>,
    /// The snapshots whose rows are loaded on the way, each behind as many migrations as it was saved behind.
    pub seeds: &'a [Seed],
    /// Scripts with data, run after the migrations.
    pub fixtures: &'a [ScriptFile],
    /// psql variables for all of these scripts.
    pub variables: &'a [(String, String)],
    /// The role that migrates and owns the database; none means the admin.
    pub owner: Option<&'a str>,
    /// Whether the owner is made when it is missing and may be connected as: on the tool's own clusters.
    pub owner_login: bool,
    /// The database's name while scripts run.
    pub database_name: &'a str,
    /// Its name afterwards.
    pub template_name: &'a str,
    /// Where pgTAP comes from and goes to.
    pub pgtap: &'a PgtapSettings,
    /// Where it is noted which step makes and changes which schema object; none costs nothing.
    pub history: Option<&'a RefCell<History>>,
    /// Whether the template gets probes that tell coverage what tests do.
    pub coverage: bool,
    /// What scripts may use; its `pgtap` is installed where the tool brings its own.
    pub surroundings: &'a Surroundings,
}

impl Preparation<'_> {
    /// Builds the template database. `stage` is told of each stage that is done.
    ///
    /// # Errors
    /// The first script or statement that fails.
    pub fn build(&self, stage: &mut dyn FnMut(Stage)) -> Result<Template, DatabaseError> {
        self.migrate(None, usize::MAX, stage)?;
        self.complete(stage)
    }

    /// The first part of [`build`](Self::build): roles, an empty database, migrations. Where `applied` says so, the
    /// server has the roles and the database already, and in it so many of the first migrations. All up to `most` are applied.
    ///
    /// # Errors
    /// The first script or statement that fails.
    pub fn migrate(
        &self,
        applied: Option<usize>,
        most: usize,
        stage: &mut dyn FnMut(Stage),
    ) -> Result<(), DatabaseError> {
        if applied.is_none() {
            self.create_database(stage)?;
        }
        self.apply_migrations(applied.unwrap_or(0), most, stage)
    }

    /// A session of whoever migrates.
    pub(super) fn enter(&self) -> Result<Connection, DatabaseError> {
        self.connect_as_owner(&self.ways().1)
    }

    /// The way to the database while scripts run, as the admin and as its owner.
    fn ways(&self) -> (ConnInfo, ConnInfo) {
        let as_admin = self.admin.with_database(self.database_name);
        let as_owner = match self.owner {
            Some(owner) if self.owner_login => as_admin.with_user(owner),
            _ => as_admin.clone(),
        };
        (as_admin, as_owner)
    }

    fn create_database(&self, stage: &mut dyn FnMut(Stage)) -> Result<(), DatabaseError> {
        let mut admin = self.connect(self.admin, "connect to the server")?;
        self.run_scripts("roles script", self.roles, &mut admin, stage)?;
        self.ensure_owner(&mut admin, stage)?;
        let name = quote_identifier(self.database_name);
        let owner = self
            .owner
            .map(|owner| format!(" OWNER {}", quote_identifier(owner)));
        admin
            .execute(&format!(
                "CREATE DATABASE {name}{}",
                owner.unwrap_or_default()
            ))
            .map_err(|source| self.not_created(source))
    }

    /// The second part of [`build`](Self::build): fixtures and pgTAP, after which nobody enters the database any more.
    ///
    /// # Errors
    /// The first script or statement that fails.
    pub fn complete(&self, stage: &mut dyn FnMut(Stage)) -> Result<Template, DatabaseError> {
        let (as_admin, as_owner) = self.ways();
        if !self.fixtures.is_empty() {
            let mut session = self.connect_as_owner(&as_owner)?;
            self.run_scripts("fixtures script", self.fixtures, &mut session, stage)?;
        }
        let mut inside = self.connect(&as_admin, "open the database that becomes the template")?;
        // pgTAP itself leaves nothing, and sees nothing.
        let code = self.on_own(&mut inside, CodeTraces::read)?;
        let (pgtap, pgtap_schema) = self.install_pgtap(&mut inside, stage)?;
        let probed = if self.coverage {
            Some(Arc::new(self.probe(&as_admin, stage)?))
        } else {
            None
        };
        let sequences = self.on_own(&mut inside, Sequence::read_all)?;
        let storage = self.on_own(&mut inside, Storage::read)?;
        // A database is renamed when its last session is gone, and the server looks only every 100 ms.
        inside.end();
        let mut admin = self.connect(self.admin, "connect to the server")?;
        let properties = Properties::read(&mut admin, self.database_name)?;
        self.seal(&mut admin)?;
        let version = admin
            .parameter("server_version")
            .unwrap_or_default()
            .to_owned();
        let words: String = version.split(' ').next().unwrap_or_default().into();
        Ok(Template {
            name: self.template_name.to_owned(),
            properties,
            sequences,
            storage,
            code,
            server: format!("PostgreSQL {words}"),
            pgtap,
            pgtap_schema,
            probed,
        })
    }

    /// The error that the database could not be created; a server of somebody else's may well forbid it.
    fn not_created(&self, source: QueryError) -> DatabaseError {
        const FORBIDDEN: &str = "42501";
        let (admin, database) = (&self.admin.user, self.database_name);
        let (doing, advice) = match self.owner {
            Some(owner) => (
                format!(
                    "create the database \"{database}\" for role \"{owner}\" (setting `owner`)"
                ),
                format!("role \"{admin}\" needs CREATEDB and must be a member of \"{owner}\""),
            ),
            None => (
                format!("create the database \"{database}\""),
                format!("role \"{admin}\" needs CREATEDB"),
            ),
        };
        if source.code() == Some(FORBIDDEN) {
            DatabaseError::Forbidden {
                doing,
                source: Box::new(source),
                advice,
            }
        } else {
            DatabaseError::query(doing)(source)
        }
    }

    /// Gives the database its final name and lets nobody in any more. Renaming waits for sessions that
    /// have just ended.
    fn seal(&self, admin: &mut Connection) -> Result<(), DatabaseError> {
        let name = quote_identifier(self.database_name);
        let template = quote_identifier(self.template_name);
        let mut statements = Vec::new();
        if self.template_name != self.database_name {
            statements.push(format!("ALTER DATABASE {name} RENAME TO {template}"));
        }
        statements.push(format!(
            "ALTER DATABASE {template} WITH ALLOW_CONNECTIONS false"
        ));
        for statement in statements {
            admin
                .execute(&statement)
                .map_err(DatabaseError::query("seal the template database"))?;
        }
        Ok(())
    }

    pub(super) fn connect(
        &self,
        info: &ConnInfo,
        doing: &str,
    ) -> Result<Connection, DatabaseError> {
        Connection::open(info, self.watch.clone()).map_err(|source| DatabaseError::Connect {
            doing: doing.into(),
            source: Box::new(source),
        })
    }

    /// A session of the owner's: by logging in as it, or by `SET ROLE` on a server of someone else's.
    fn connect_as_owner(&self, info: &ConnInfo) -> Result<Connection, DatabaseError> {
        let mut connection = self.connect(info, "open the database that becomes the template")?;
        if let (Some(owner), false) = (self.owner, self.owner_login) {
            connection
                .execute(&format!("SET ROLE {}", quote_identifier(owner)))
                .map_err(DatabaseError::query(format!(
                    "act as role \"{owner}\" (setting `owner`)"
                )))?;
        }
        Ok(connection)
    }

    fn ensure_owner(
        &self,
        admin: &mut Connection,
        stage: &mut dyn FnMut(Stage),
    ) -> Result<(), DatabaseError> {
        let Some(owner) = self.owner else {
            return Ok(());
        };
        let question = format!(
            "SELECT rolcanlogin FROM pg_catalog.pg_roles WHERE rolname = {}",
            quote_literal(owner)
        );
        let doing = || DatabaseError::query(format!("look for role \"{owner}\" (setting `owner`)"));
        let refuse = |reason: &str| DatabaseError::Owner {
            role: owner.into(),
            reason: reason.into(),
        };
        match (
            admin.value(&question).map_err(doing())?.as_deref(),
            self.owner_login,
        ) {
            (None, true) => {
                let began = Instant::now();
                admin
                    .execute(&format!("CREATE ROLE {} LOGIN", quote_identifier(owner)))
                    .map_err(doing())?;
                // It may be a slip of the finger, after which all would go on with a role that may do nothing.
                stage(Stage {
                    what: format!(
                        "the role \"{owner}\" (setting `owner`), which no roles script makes"
                    ),
                    elapsed: began.elapsed(),
                });
                Ok(())
            }
            (None, false) => Err(refuse(
                "does not exist on the server; create it there first",
            )),
            (Some("f"), true) => Err(refuse(
                "cannot log in; give it LOGIN in the roles scripts or name another owner",
            )),
            _ => Ok(()),
        }
    }

    /// What goes into the database, in words: `2 roles scripts, 16 migrations, pgTAP 1.3.5`.
    pub fn in_words(&self, pgtap: Option<&str>) -> String {
        let counted = |number, noun| (number > 0).then(|| count(number, noun));
        let migrated = match &self.migrating {
            Migrating::Files(set) => counted(set.migrations.len(), "migration"),
            Migrating::Command { command, .. } => Some(migrated_by(command)),
            Migrating::Nothing => None,
        };
        let fixtures = pgtap.and_then(|_| counted(self.fixtures.len(), "fixtures script"));
        let parts = [
            counted(self.roles.len(), "roles script"),
            migrated,
            self.seeds.last().map(rows_of),
            fixtures,
            pgtap.map(str::to_owned),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// What is read of the template on a cluster of the tool's own; elsewhere, nothing needs it.
    fn on_own<T: Default>(
        &self,
        inside: &mut Connection,
        read: impl FnOnce(&mut Connection) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        if self.owner_login {
            read(inside)
        } else {
            Ok(T::default())
        }
    }

    pub(super) fn run_scripts(
        &self,
        kind: &'static str,
        scripts: &[ScriptFile],
        session: &mut Connection,
        stage: &mut dyn FnMut(Stage),
    ) -> Result<(), DatabaseError> {
        if scripts.is_empty() {
            return Ok(());
        }
        let begin = Instant::now();
        for script in scripts {
            let shown = &script.shown;
            let inputs = self.surroundings.inputs.as_deref();
            let read = ScriptText::read_for(&script.path, Arc::clone(shown), inputs);
            let of = (kind, shown);
            self.applying()
                .run_script(of, read, Transaction::Apart, session)?;
        }
        stage(Stage {
            what: count(scripts.len(), kind),
            elapsed: begin.elapsed(),
        });
        Ok(())
    }

    fn apply_migrations(
        &self,
        applied: usize,
        most: usize,
        stage: &mut dyn FnMut(Stage),
    ) -> Result<(), DatabaseError> {
        let (as_admin, info) = self.ways();
        let begin = Instant::now();
        match &self.migrating {
            Migrating::Nothing => {}
            Migrating::Files(set) => {
                let mut session = self.connect_as_owner(&info)?;
                let mut seeding = Duration::ZERO;
                let wanted = set.migrations.len().min(most);
                for (place, migration) in (1..).zip(&set.migrations).take(wanted).skip(applied) {
                    self.applying().apply(migration, &mut session)?;
                    for seed in self.seeds.iter().filter(|seed| seed.place == place) {
                        let begin = Instant::now();
                        let mut admin = self.connect(&as_admin, "load the rows of a snapshot")?;
                        seed.load(&mut admin)?;
                        admin.end();
                        seeding += begin.elapsed();
                    }
                }
                // A database is copied or renamed when its last session is gone, and the server looks only every 100 ms.
                session.end();
                let all = count(wanted, "migration");
                stage(Stage {
                    what: match applied {
                        0 => all,
                        _ if applied == wanted => format!("{all} from the cache"),
                        _ => format!("{all}, the first {applied} of them from the cache"),
                    },
                    elapsed: begin.elapsed().saturating_sub(seeding),
                });
                if let Some(seed) = self.seeds.last().filter(|_| !seeding.is_zero()) {
                    stage(Stage {
                        what: rows_of(seed),
                        elapsed: seeding,
                    });
                }
            }
            Migrating::Command { command, run } => {
                run(&info).map_err(|reason| DatabaseError::Command {
                    command: without_passwords(command, Reach::Word),
                    reason,
                })?;
                stage(Stage {
                    what: migrated_by(command),
                    elapsed: begin.elapsed(),
                });
            }
        }
        Ok(())
    }

    /// How scripts run in the database.
    pub(super) fn applying(&self) -> Applying<'_> {
        Applying {
            surroundings: self.surroundings,
            variables: self.variables,
            database_name: self.database_name,
            role: self.owner.unwrap_or(&self.admin.user),
            acts_as: self.owner.filter(|_| !self.owner_login),
            history: self.history,
            counting: None,
        }
    }

    /// Installs pgTAP. Returns it in words, and its schema where there is one.
    fn install_pgtap(
        &self,
        admin: &mut Connection,
        stage: &mut dyn FnMut(Stage),
    ) -> Result<(String, Option<String>), DatabaseError> {
        let begin = Instant::now();
        let schema = &self.pgtap.schema;
        let doing = || DatabaseError::query(format!("install pgTAP into schema \"{schema}\""));
        match (&self.pgtap.source, &self.surroundings.pgtap) {
            (PgtapSource::None, _) => {}
            (PgtapSource::Server, _) => {
                let quoted = quote_identifier(schema);
                admin
                    .execute(&format!("CREATE SCHEMA IF NOT EXISTS {quoted}"))
                    .map_err(doing())?;
                admin
                    .execute(&format!(
                        "CREATE EXTENSION IF NOT EXISTS pgtap WITH SCHEMA {quoted}"
                    ))
                    .map_err(doing())?;
            }
            (_, Some(pgtap)) => pgtap.install(admin, schema).map_err(doing())?,
            (_, None) => {}
        }
        let installed = admin
            .rows(
                "SELECT n.nspname, (SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'pgtap')
                   FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
                  WHERE p.proname = 'pgtap_version' LIMIT 1",
            )
            .map_err(doing())?;
        let Some(row) = installed.into_iter().next() else {
            return Ok(("no pgTAP".into(), None));
        };
        let mut row = row.into_iter();
        let there = row.next().flatten().unwrap_or_default();
        let version = if let Some(version) = row.next().flatten() {
            version
        } else {
            let told = admin
                .value(&format!(
                    "SELECT {}.pgtap_version()",
                    quote_identifier(&there)
                ))
                .map_err(doing())?
                .unwrap_or_default();
            // Without its extension's entry, pgTAP knows only the first two numbers of its version.
            let ours = self.surroundings.pgtap.as_ref().map(|ours| &ours.version);
            match ours {
                Some(ours) if ours.starts_with(&format!("{told}.")) => ours.to_string(),
                _ => told,
            }
        };
        let words = format!("pgTAP {version}");
        stage(Stage {
            what: words.clone(),
            elapsed: begin.elapsed(),
        });
        Ok((words, Some(there)))
    }
}

/// What a snapshot brings, in words.
fn rows_of(seed: &Seed) -> String {
    format!("the rows of {}", seed.shown)
}

fn migrated_by(command: &str) -> String {
    format!("migrated by `{}`", without_passwords(command, Reach::Word))
}

/// `1 migration`, `2 migrations`.
fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}
