//! Applies one migration, so that it and its entry in the history always fit one another.

use std::thread;
use std::time::{Duration, Instant};

use super::entry::{Entry, EntryState};
use super::error::DeploymentError;
use super::history::{HistoryTable, NewEntry, rank_of, write};
use super::options::Happening;
use super::progress::{Progress, Whole};
use super::reset::reset;
use super::script::is_one_transaction;
use super::standing::{Condition, Item};
use super::unfinished;
use super::upgrade::Deployment;
use crate::database::ScriptError;
use crate::migration::{Migration, Transaction};
use crate::script::quote_literal;
use crate::session::{Connection, FailureKind, TransactionStatus, Watch};

/// The longest name of a session that the server takes, in bytes (`NAMEDATALEN - 1`).
const LONGEST_NAME: usize = 63;
/// How long it is waited before a migration is tried again for the first time; then twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How a try to apply a migration ended.
enum Try {
    /// It is applied, in the entry of this rank.
    Applied(i64),
    /// It may be tried again: nothing of it is left, or it goes on from this entry.
    GaveWay(Box<ScriptError>, Option<Box<Entry>>),
    /// A statement of it cannot be in a transaction. Nothing of it is left.
    NotInOne,
}

impl Deployment<'_> {
    /// Applies a migration, and verifies it.
    pub(super) fn apply(
        &mut self,
        connection: &mut Connection,
        item: &Item<'_>,
        run: &str,
    ) -> Result<(), DeploymentError> {
        let migration = item.migration;
        let began = Instant::now();
        let is_unfinished = matches!(item.condition, Condition::Unfinished | Condition::Failed);
        let mut unfinished = item.entry.clone().filter(|_| is_unfinished).map(Box::new);
        (self.happens)(Happening::Begins(migration));
        let mut is_whole = unfinished.is_none() && is_one_transaction(migration);
        let mut tries = 0;
        loop {
            tries += 1;
            let outcome = if is_whole {
                self.whole(connection, item, run)?
            } else {
                self.apart(connection, item, run, unfinished.as_deref())?
            };
            match outcome {
                Try::Applied(rank) => {
                    (self.happens)(Happening::Applied(migration, began.elapsed()));
                    return self.verify(connection, migration, rank);
                }
                Try::NotInOne => is_whole = false,
                Try::GaveWay(error, entry) => {
                    let may_go_on = self.pause(migration, &error, tries);
                    if !may_go_on {
                        return Err(match entry {
                            Some(entry) => DeploymentError::Halfway {
                                done: entry.done,
                                error,
                            },
                            None => DeploymentError::GaveWay { error, tries },
                        });
                    }
                    unfinished = entry;
                }
            }
        }
    }

    /// Waits before the next try. Returns whether there is one.
    fn pause(&mut self, migration: &Migration, error: &ScriptError, tries: u32) -> bool {
        if tries > self.options.lock_retries {
            return false;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(10));
        let pause = pause.min(LONGEST_PAUSE);
        let why = error.error.as_ref().map_or("", |it| &it.message.message);
        (self.happens)(Happening::GivesWay(migration, why, tries, pause));
        let until = Instant::now() + pause;
        while Instant::now() < until {
            if self.watch.ended().is_some() {
                return false;
            }
            thread::sleep(Duration::from_millis(20));
        }
        true
    }

    /// Makes the session ready for a migration.
    fn begin(
        &self,
        connection: &mut Connection,
        migration: &Migration,
    ) -> Result<(), DeploymentError> {
        let mut name = format!("pgassay migrate: {}", migration.title());
        while name.len() > LONGEST_NAME {
            name.pop();
        }
        let lock_timeout = format!("{}ms", self.options.lock_timeout.as_millis());
        reset(
            connection,
            self.owner,
            &[("application_name", name), ("lock_timeout", lock_timeout)],
        )
    }

    /// Applies a migration and notes it, in one transaction.
    fn whole(
        &mut self,
        connection: &mut Connection,
        item: &Item<'_>,
        run: &str,
    ) -> Result<Try, DeploymentError> {
        let migration = item.migration;
        self.begin(connection, migration)?;
        let began = Instant::now();
        let bracket = connection.execute("BEGIN");
        bracket.map_err(DeploymentError::asking("begin a transaction"))?;
        if let Err(error) = self.run(connection, &migration.script, "migration", Some(&mut Whole)) {
            let code = error.error.as_ref().map(|it| it.message.code.clone());
            self.roll_back(connection, &error)?;
            return match code.as_deref() {
                Some("25001")
                    if migration.transaction == Transaction::WherePossible
                        && is_about_a_block(&error) =>
                {
                    Ok(Try::NotInOne)
                }
                Some(code) if may_go_later(code) => Ok(Try::GaveWay(error, None)),
                _ => Err(DeploymentError::Undone(error)),
            };
        }
        let entry = HistoryTable::insert(&NewEntry {
            migration,
            part: item.part,
            state: EntryState::Applied,
            took: Some(began.elapsed()),
            run,
        });
        // What is deferred speaks before the role and the settings of the script are left, which it may need.
        let mut rows = Vec::new();
        for statements in [
            "SET CONSTRAINTS ALL IMMEDIATE".to_owned(),
            "SET LOCAL client_encoding = 'UTF8'".to_owned(),
            format!("{entry}; {}; COMMIT", HistoryTable::guard()),
        ] {
            match connection.rows(&statements) {
                Ok(brought) => rows = brought,
                Err(error) => {
                    // The error itself says more than one of the rollback.
                    let _ = connection.execute("ROLLBACK");
                    return Err(DeploymentError::asking(format!(
                        "commit {}",
                        migration.script.shown
                    ))(error));
                }
            }
        }
        Ok(Try::Applied(rank_of(&rows)?))
    }

    /// Goes back from a migration that failed. A connection that is lost ends it all.
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

    /// Applies a migration that is no one transaction, and notes how far it comes.
    fn apart(
        &mut self,
        connection: &mut Connection,
        item: &Item<'_>,
        run: &str,
        unfinished: Option<&Entry>,
    ) -> Result<Try, DeploymentError> {
        let migration = item.migration;
        let (rank, before, session) = if let Some(entry) = unfinished {
            let (done, session) = unfinished::settle(connection, migration, entry)?;
            if done > 0 {
                (self.happens)(Happening::GoesOn(migration, done));
            }
            write(connection, &go_on(entry.rank, migration, done, run))?;
            (entry.rank, done, session)
        } else {
            let entry = HistoryTable::insert(&NewEntry {
                migration,
                part: item.part,
                state: EntryState::Running,
                took: None,
                run,
            });
            let rows = write(connection, &entry)?;
            (rank_of(&rows)?, 0, None)
        };
        self.begin(connection, migration)?;
        if let Some(session) = session {
            session.restore(connection)?;
        }
        let began = Instant::now();
        let mut progress = Progress::new(rank, run, before);
        let ran = self.run(
            connection,
            &migration.script,
            "migration",
            Some(&mut progress),
        );
        let took = format!(
            "took = make_interval(secs => {})",
            began.elapsed().as_secs_f64()
        );
        let Err(error) = ran else {
            let verified = if migration.verify.is_some() {
                ", verified = false"
            } else {
                ""
            };
            let set =
                format!("state = 'applied', {took}, statement_at = NULL, error = NULL{verified}");
            write(connection, &HistoryTable::settle(&progress.fence(), &set))?;
            return Ok(Try::Applied(rank));
        };
        self.roll_back(connection, &error)?;
        connection.set_watch(Watch::default());
        let noted = note_failure(connection, &progress, &error, &took);
        connection.set_watch(self.watch.clone());
        if let Err(trouble) = noted {
            // What went wrong first says more than what went wrong in noting it.
            return Err(DeploymentError::NotNoted {
                error,
                trouble: Box::new(trouble),
            });
        }
        let code = error.error.as_ref().map(|it| it.message.code.as_str());
        let gives_way = code.is_some_and(may_go_later) && !progress.is_risky();
        let is_untouched = progress.done() == 0 && !progress.is_risky();
        match (gives_way, is_untouched) {
            (true, true) => Ok(Try::GaveWay(error, None)),
            (true, false) => {
                self.begin(connection, migration)?;
                let entries = HistoryTable::read(connection)?;
                let entry = entries.into_iter().find(|entry| entry.rank == rank);
                Ok(Try::GaveWay(error, entry.map(Box::new)))
            }
            (false, true) => Err(DeploymentError::Script(error)),
            (false, false) => Err(DeploymentError::Halfway {
                done: progress.done(),
                error,
            }),
        }
    }

    /// Runs the script that tells whether a migration was applied well, and notes that it passed.
    pub(super) fn verify(
        &mut self,
        connection: &mut Connection,
        migration: &Migration,
        rank: i64,
    ) -> Result<(), DeploymentError> {
        let Some(verify) = &migration.verify else {
            return Ok(());
        };
        self.begin(connection, migration)?;
        match self.run(connection, verify, "verify script", None) {
            Ok(()) => {
                self.begin(connection, migration)?;
                write(connection, &HistoryTable::update(rank, "verified = true")).map(drop)
            }
            Err(error) => {
                self.roll_back(connection, &error)?;
                Err(DeploymentError::Script(error))
            }
        }
    }
}

/// Notes how a migration failed, or forgets it where nothing of it is done.
fn note_failure(
    connection: &mut Connection,
    progress: &Progress,
    error: &ScriptError,
    took: &str,
) -> Result<(), DeploymentError> {
    let fence = progress.fence();
    if progress.done() == 0 && !progress.is_risky() {
        return HistoryTable::forget(connection, &fence);
    }
    let at = error.failure.location.as_ref();
    // What ran in a transaction of its own was undone with it.
    let at = match at.filter(|_| progress.is_risky()) {
        Some(at) => quote_literal(&format!("{}:{}", at.file, at.line())),
        None => "NULL".to_owned(),
    };
    let text = error.error.as_ref();
    let text = text.map_or(&error.failure.text, |it| &it.message.message);
    let set = format!(
        "state = 'failed', {took}, statement_at = {at}, error = {}",
        quote_literal(text)
    );
    write(connection, &HistoryTable::settle(&fence, &set)).map(drop)
}

/// The statements by which an unfinished migration is gone on with.
fn go_on(rank: i64, migration: &Migration, done: u32, run: &str) -> String {
    let update = HistoryTable::update(
        rank,
        &format!(
            "state = 'running', checksum = {}, statements_done = {done}, statement_at = NULL, error = NULL,
             started_at = clock_timestamp(), took = NULL, applied_by = session_user, run = {}",
            quote_literal(&migration.script.checksum()),
            quote_literal(run)
        ),
    );
    format!("{update}; {}", HistoryTable::keep_text(migration))
}

/// Whether an error speaks of a statement that cannot be in a transaction block, and not of one that comes too late in it, as
/// `SET TRANSACTION` may; both have one SQLSTATE.
fn is_about_a_block(error: &ScriptError) -> bool {
    let statement = error.statement.as_deref().unwrap_or_default();
    let first = crate::script::leading_words(statement).next();
    !first.is_some_and(|word| word.eq_ignore_ascii_case("set"))
}

/// Whether what failed with this SQLSTATE may succeed a little later: `lock_not_available`, `deadlock_detected`,
/// `serialization_failure`.
fn may_go_later(code: &str) -> bool {
    matches!(code, "55P03" | "40P01" | "40001")
}
