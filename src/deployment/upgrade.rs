//! Brings a database up to date: one migration after the other, each in the history or not at all.

use super::entry::{Entry, same_version};
use super::error::DeploymentError;
use super::history::HistoryTable;
use super::kept::foreign_histories;
use super::options::{Happening, Options, Outcome};
use super::script::{is_one_transaction, stays_apart};
use super::standing::{Condition, Item, Standing};
use super::{lock, refusal};
use crate::migration::{Migration, MigrationSet};
use crate::session::conninfo::ConnInfo;
use crate::session::{Connection, Surroundings, Watch};

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

impl Deployment<'_> {
    /// Applies what is due.
    ///
    /// # Errors
    /// Why nothing, or nothing more, can be applied. What was applied before stays, and is in the history.
    pub fn up(&mut self) -> Result<Outcome, DeploymentError> {
        let mut connection = locked(self)?;
        let entries = self.entries(&mut connection)?;
        let set = self.set;
        let standing = Standing::new(set, &entries)?;
        refusal::check(&mut connection, &standing, &self.options)?;
        let due = self.due(&standing)?;
        HistoryTable::create(&mut connection)?;
        // Two runs are never of one name.
        let run = format!("{:016x}", fastrand::u64(..));
        for item in standing.of(Condition::Unverified) {
            let rank = item.entry.as_ref().map_or(0, |entry| entry.rank);
            self.verify(&mut connection, item.migration, rank)?;
        }
        let there = standing
            .items
            .iter()
            .filter(|item| !item.condition.is_due());
        let mut outcome = Outcome {
            applied: 0,
            there: there.count(),
        };
        for item in due {
            self.apply(&mut connection, item, &run)?;
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
    pub fn plan(&self) -> Result<Vec<Planned<'_>>, DeploymentError> {
        let mut connection = self.open()?;
        let entries = self.entries(&mut connection)?;
        let standing = Standing::new(self.set, &entries)?;
        refusal::check(&mut connection, &standing, &self.options)?;
        let due = self.due(&standing)?;
        let planned = due.into_iter().map(|item| Planned {
            migration: item.migration,
            is_whole: is_one_transaction(item.migration) && !stays_apart(item.migration),
            done: match (&item.entry, item.condition) {
                (Some(entry), Condition::Unfinished | Condition::Failed) => entry.done,
                _ => 0,
            },
        });
        Ok(planned.collect())
    }

    /// What is to be applied: all that is due, as far as the options say.
    fn due<'s, 'm>(
        &self,
        standing: &'s Standing<'m>,
    ) -> Result<Vec<&'s Item<'m>>, DeploymentError> {
        let mut due = due(standing, self.options.to.as_deref())?;
        if let Some(first) = self.options.first {
            // Those that a baseline stands for come before all of them.
            let later = self.set.migrations.iter().skip(first);
            let later: Vec<_> = later.map(std::ptr::from_ref).collect();
            due.retain(|item| !later.contains(&std::ptr::from_ref(item.migration)));
        }
        Ok(due)
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
}

/// A migration that would be applied.
#[derive(Debug)]
pub struct Planned<'a> {
    /// The migration.
    pub migration: &'a Migration,
    /// Whether it is applied in one transaction.
    pub is_whole: bool,
    /// How many of its statements are done already.
    pub done: u32,
}

/// A session that alone may migrate the database.
pub(super) fn locked(deployment: &mut Deployment<'_>) -> Result<Connection, DeploymentError> {
    let mut connection = deployment.open()?;
    let happens = &mut *deployment.happens;
    // Nobody is to wait for ever for the history itself either.
    connection
        .execute("SET lock_timeout = '10s'")
        .map_err(DeploymentError::asking("begin"))?;
    lock::take(&mut connection, deployment.options.wait, &mut |holder| {
        happens(Happening::Waits(holder));
    })?;
    Ok(connection)
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
        version.is_some_and(|version| same_version(standing.order, version, to))
    };
    let Some(last) = standing.items.iter().rposition(is_it) else {
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
