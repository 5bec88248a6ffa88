//! Brings a database up to date: one migration after the other, each in the history or not at all.

use std::thread;
use std::time::{Duration, Instant};

use super::entry::{Entry, EntryState, same_version};
use super::error::DeploymentError;
use super::history::{HistoryTable, write};
use super::kept::foreign_histories;
use super::options::{Happening, Options, Outcome};
use super::progress::Progress;
use super::reset::reset;
use super::script::{is_one_transaction, says};
use super::standing::{Condition, Item, Standing};
use super::{lock, refusal, unfinished};
use crate::database::ScriptError;
use crate::migration::{Migration, MigrationSet, Transaction};
use crate::script::quote_literal;
use crate::session::conninfo::ConnInfo;
use crate::session::{Connection, FailureKind, Surroundings, TransactionStatus, Watch};

/// The longest name of a session that the server takes, in bytes (`NAMEDATALEN - 1`).
const LONGEST_NAME: usize = 63;
/// How long it is waited before a migration is tried again for the first time; then twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A database that is to be migrated, and by what.
pub struct Deployment<'a> {
    /// The way to it.
    pub info: &'a ConnInfo,
    /// What may end it early.
    pub watch: Watch,
    /// The project's migrations.
    pub set: &'a MigrationSet,
    /// psql variables for them.
    pub variables: &'a [(String, String)],
    /// What scripts may use.
    pub surroundings: &'a Surroundings,
    /// The role that migrates, by `SET ROLE`; none means the one that connects.
    pub owner: Option<&'a str>,
    /// How.
    pub options: Options,
    /// Who is told what happens.
    pub happens: &'a mut dyn FnMut(Happening<'_>),
}

/// How a try to apply a migration in one transaction ended.
enum Try {
    Applied,
    /// Nothing of it is left, and it may be tried again.
    GaveWay(Box<ScriptError>),
    /// A statement of it cannot be in a transaction. Nothing of it is left.
    NotInOne,
}

impl Deployment<'_> {
    /// Applies what is due.
    ///
    /// # Errors
    /// Why nothing, or nothing more, can be applied. What was applied before stays, and is in the history.
    pub fn up(&mut self) -> Result<Outcome, DeploymentError> {
        let mut connection = locked(self)?;
        let entries = self.entries(&mut connection)?;
        let set = self.set;
        let standing = Standing::new(set, &entries);
        refusal::check(&mut connection, &standing, &self.options)?;
        let due = due(&standing, self.options.to.as_deref())?;
        HistoryTable::create(&mut connection)?;
        let there = standing
            .items
            .iter()
            .filter(|item| !item.condition.is_due());
        let mut outcome = Outcome {
            applied: 0,
            there: there.count(),
        };
        for item in due {
            self.apply(&mut connection, item)?;
            outcome.applied += 1;
            if !lock::is_mine(&mut connection)? {
                return Err(DeploymentError::LockLost {
                    migration: item.migration.script.shown.to_string(),
                });
            }
        }
        Ok(outcome)
    }

    /// What [`up`](Self::up) would apply, in order. It takes no lock and writes nothing.
    ///
    /// # Errors
    /// Why it would apply nothing.
    pub fn plan(&self) -> Result<Vec<&Migration>, DeploymentError> {
        let mut connection = self.open()?;
        let entries = self.entries(&mut connection)?;
        let standing = Standing::new(self.set, &entries);
        refusal::check(&mut connection, &standing, &self.options)?;
        let due = due(&standing, self.options.to.as_deref())?;
        Ok(due.into_iter().map(|item| item.migration).collect())
    }

    fn open(&self) -> Result<Connection, DeploymentError> {
        Connection::open(self.info, self.watch.clone()).map_err(|source| DeploymentError::Connect {
            doing: "migrate the database".to_owned(),
            source: Box::new(source),
        })
    }

    /// What the history says; nothing where there is none and none of another tool, so that one may be made.
    fn entries(&self, connection: &mut Connection) -> Result<Vec<Entry>, DeploymentError> {
        if HistoryTable::exists(connection)? {
            return HistoryTable::read(connection);
        }
        if let Some(foreign) = foreign_histories(connection)?.first() {
            return Err(DeploymentError::Refused(format!(
                "the migrations of this database are {}'s: {} says what was applied. pgassay reads that (`pgassay migrate status`) \
                 and never writes where another tool does; to go over to pgassay, say `pgassay migrate baseline --take-over`",
                foreign.tool.shown, foreign.table
            )));
        }
        if !self.options.not_empty {
            refusal::refuse_tables(connection)?;
        }
        Ok(Vec::new())
    }

    fn apply(
        &mut self,
        connection: &mut Connection,
        item: &Item<'_>,
    ) -> Result<(), DeploymentError> {
        let migration = item.migration;
        let began = Instant::now();
        let unfinished = item
            .entry
            .as_ref()
            .filter(|_| matches!(item.condition, Condition::Unfinished | Condition::Failed));
        (self.happens)(Happening::Begins(migration));
        let mut is_whole = unfinished.is_none() && is_one_transaction(migration);
        let mut tries = 0;
        while is_whole {
            tries += 1;
            match self.whole(connection, migration)? {
                Try::Applied => {
                    (self.happens)(Happening::Applied(migration, began.elapsed()));
                    return self.verify(connection, migration);
                }
                Try::NotInOne => is_whole = false,
                Try::GaveWay(error) => self.pause(migration, error, tries)?,
            }
        }
        loop {
            tries += 1;
            match self.apart(connection, migration, unfinished)? {
                None => {
                    (self.happens)(Happening::Applied(migration, began.elapsed()));
                    return self.verify(connection, migration);
                }
                Some(error) => self.pause(migration, error, tries)?,
            }
        }
    }

    /// Waits before the next try; an error where there were enough.
    fn pause(
        &mut self,
        migration: &Migration,
        error: Box<ScriptError>,
        tries: u32,
    ) -> Result<(), DeploymentError> {
        if tries > self.options.lock_retries {
            return Err(DeploymentError::Script(error));
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(10));
        let pause = pause.min(LONGEST_PAUSE);
        let why = error.error.as_ref().map_or("", |it| &it.message.message);
        (self.happens)(Happening::GivesWay(migration, why, tries, pause));
        let until = Instant::now() + pause;
        while Instant::now() < until {
            if self.watch.ended().is_some() {
                return Err(DeploymentError::Script(error));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Makes the session ready for a migration.
    fn begin(
        &self,
        connection: &mut Connection,
        migration: &Migration,
        lock_timeout: Duration,
    ) -> Result<(), DeploymentError> {
        let mut name = format!("pgassay migrate: {}", migration.title());
        while name.len() > LONGEST_NAME {
            name.pop();
        }
        let milliseconds = format!("{}ms", lock_timeout.as_millis());
        reset(
            connection,
            self.owner,
            &[("application_name", name), ("lock_timeout", milliseconds)],
        )
    }

    /// Applies a migration and notes it, in one transaction.
    fn whole(
        &mut self,
        connection: &mut Connection,
        migration: &Migration,
    ) -> Result<Try, DeploymentError> {
        self.begin(connection, migration, self.options.lock_timeout)?;
        let began = Instant::now();
        let bracket = connection.execute("BEGIN");
        bracket.map_err(DeploymentError::asking("begin a transaction"))?;
        match self.run(connection, &migration.script, "migration", None) {
            Ok(()) => {}
            Err(error) => {
                let code = error.error.as_ref().map(|it| it.message.code.clone());
                self.roll_back(connection, &error)?;
                return match code.as_deref() {
                    Some("25001") if migration.transaction == Transaction::WherePossible => {
                        Ok(Try::NotInOne)
                    }
                    Some(code) if may_go_later(code) => Ok(Try::GaveWay(error)),
                    _ => Err(DeploymentError::Script(error)),
                };
            }
        }
        // A script may have ended the transaction in a file that it includes; then what it did is there.
        let is_open = connection.status() == TransactionStatus::Open;
        let entry = HistoryTable::insert(migration, EntryState::Applied, Some(began.elapsed()));
        let entry = if is_open {
            format!("{entry}; COMMIT")
        } else {
            format!("BEGIN; {entry}; COMMIT")
        };
        if let Err(error) = connection.execute(&entry) {
            // What speaks now is a deferred constraint, or the history itself.
            let _ = connection.execute("ROLLBACK");
            return Err(DeploymentError::asking(format!(
                "commit {}",
                migration.script.shown
            ))(error));
        }
        Ok(Try::Applied)
    }

    /// Goes back from a migration that failed.
    fn roll_back(
        &self,
        connection: &mut Connection,
        error: &ScriptError,
    ) -> Result<(), DeploymentError> {
        if connection.is_lost() || error.failure.kind == FailureKind::ConnectionLost {
            return Err(DeploymentError::Script(Box::new(error.clone())));
        }
        // Tidying up is not interrupted.
        connection.set_watch(Watch::default());
        let back = match connection.status() {
            TransactionStatus::Idle => Ok(()),
            _ => connection.execute("ROLLBACK"),
        };
        connection.set_watch(self.watch.clone());
        back.map_err(DeploymentError::asking("roll back a migration"))
    }

    /// Applies a migration that is no one transaction, and notes how far it comes. An error that is returned as a value left
    /// nothing behind, and the migration may be tried again.
    fn apart(
        &mut self,
        connection: &mut Connection,
        migration: &Migration,
        unfinished: Option<&Entry>,
    ) -> Result<Option<Box<ScriptError>>, DeploymentError> {
        // Building an index concurrently waits for old transactions as for a lock, and is in nobody's way meanwhile.
        let patience = if says(migration, "concurrently") {
            Duration::ZERO
        } else {
            self.options.lock_timeout
        };
        let (rank, before) = if let Some(entry) = unfinished {
            let done = unfinished::settle(connection, migration, entry)?;
            if done > 0 {
                (self.happens)(Happening::GoesOn(migration, done));
            }
            write(connection, &go_on(entry.rank, migration, done))?;
            (entry.rank, done)
        } else {
            let entry = HistoryTable::insert(migration, EntryState::Running, None);
            write(connection, &entry)?;
            (HistoryTable::last_rank(connection)?, 0)
        };
        self.begin(connection, migration, patience)?;
        let began = Instant::now();
        let mut progress = Progress::new(rank, before);
        let ran = self.run(
            connection,
            &migration.script,
            "migration",
            Some(&mut progress),
        );
        let took = began.elapsed().as_secs_f64();
        let error = match ran {
            Ok(()) => {
                write(connection, &progress.end(took))?;
                return Ok(None);
            }
            Err(error) => error,
        };
        self.roll_back(connection, &error)?;
        connection.set_watch(Watch::default());
        let is_untouched = progress.done() == 0 && !progress.is_risky();
        let code = error.error.as_ref().map(|it| it.message.code.as_str());
        let result = if is_untouched {
            HistoryTable::delete(connection, rank)?;
            match code {
                Some(code) if may_go_later(code) && unfinished.is_none() => Ok(Some(error)),
                _ => Err(DeploymentError::Script(error)),
            }
        } else {
            let at = error.failure.location.as_ref();
            let at = at.map(|at| format!("{}:{}", at.file, at.line()));
            let text = error
                .error
                .as_ref()
                .map_or(&error.failure.text, |it| &it.message.message);
            write(connection, &progress.fail(text, at.as_deref(), took))?;
            Err(DeploymentError::Halfway {
                done: progress.done(),
                error,
            })
        };
        connection.set_watch(self.watch.clone());
        result
    }

    /// Runs the script that tells whether a migration was applied well.
    fn verify(
        &mut self,
        connection: &mut Connection,
        migration: &Migration,
    ) -> Result<(), DeploymentError> {
        let Some(verify) = &migration.verify else {
            return Ok(());
        };
        self.begin(connection, migration, self.options.lock_timeout)?;
        match self.run(connection, verify, "verify script", None) {
            Ok(()) => Ok(()),
            Err(error) => {
                self.roll_back(connection, &error)?;
                Err(DeploymentError::Script(error))
            }
        }
    }
}

/// A session that alone may migrate the database.
pub(super) fn locked(deployment: &mut Deployment<'_>) -> Result<Connection, DeploymentError> {
    let mut connection = deployment.open()?;
    let happens = &mut *deployment.happens;
    lock::take(&mut connection, deployment.options.wait, &mut |holder| {
        happens(Happening::Waits(holder));
    })?;
    Ok(connection)
}

/// The statements by which an unfinished migration is gone on with.
fn go_on(rank: i64, migration: &Migration, done: u32) -> String {
    let checksum = quote_literal(&migration.script.checksum());
    let update = HistoryTable::update(
        rank,
        &format!(
            "state = '{}', checksum = {checksum}, statements_done = {done}, statement_at = NULL, error = NULL,
             started_at = pg_catalog.clock_timestamp(), took = NULL, applied_by = session_user",
            EntryState::Running.word()
        ),
    );
    format!(
        "{update}; INSERT INTO {} (checksum, body) VALUES ({checksum}, {}) ON CONFLICT (checksum) DO NOTHING",
        HistoryTable::TEXTS,
        quote_literal(&migration.script.text)
    )
}

/// Whether what failed with this SQLSTATE may succeed a little later: `lock_not_available`, `deadlock_detected`,
/// `serialization_failure`.
fn may_go_later(code: &str) -> bool {
    matches!(code, "55P03" | "40P01" | "40001")
}

/// What is to be applied: all that is due, up to a version.
///
/// # Errors
/// When there is no such version.
pub(super) fn due<'s, 'a>(
    standing: &'s Standing<'a>,
    to: Option<&str>,
) -> Result<Vec<&'s Item<'a>>, DeploymentError> {
    let Some(to) = to else {
        return Ok(standing.due().collect());
    };
    let is_it = |item: &Item<'_>| {
        let version = item.migration.version.as_deref();
        version.is_some_and(|version| same_version(version, to))
    };
    let Some(last) = standing.items.iter().position(is_it) else {
        let versions = standing.items.iter().rev();
        let versions = versions.filter_map(|item| item.migration.version.as_deref());
        let newest: Vec<&str> = versions.take(3).collect();
        return Err(DeploymentError::Refused(format!(
            "there is no migration of version {to}; the last ones are {}",
            newest.join(", ")
        )));
    };
    let items = standing.items[..=last].iter();
    Ok(items
        .filter(|item| item.condition.is_due() && !item.migration.repeatable)
        .collect())
}
