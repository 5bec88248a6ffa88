//! The worker's own session on its server: it makes and drops scratch databases, and looks at what a file has left.
//! Each of its operations has a time limit, since a file can leave locks for which it would wait for ever.

use std::time::{Duration, Instant};

use crate::database::{
    ClusterState, Copying, DatabaseError, Fingerprint, Properties, Template, copy_database,
    create_scratch, drop_database, open_database, rename_database,
};
use crate::script::quote_literal;
use crate::session::conninfo::ConnInfo;
use crate::session::{Connection, Interruption, QueryError, Watch, WireError};

/// Looking at the catalogs takes milliseconds, unless somebody holds a lock on one.
const LOOKING: Duration = Duration::from_secs(10);
/// Copying a large template takes a while; dropping waits five seconds for sessions to end.
const MAKING: Duration = Duration::from_mins(1);
/// How long sessions may take to end: a server that is this slow has its reasons, and the next file will show them.
const ENDING: Duration = Duration::from_secs(5);
/// Somebody who has interrupted the run waits for its end.
const AFTER_INTERRUPTION: Duration = Duration::from_secs(10);

/// How long a server may recover from a crash.
const RECOVERY: Duration = Duration::from_secs(10);

/// A session of the tool's own.
pub(super) struct Admin {
    info: ConnInfo,
    connection: Connection,
    interruption: Interruption,
    /// Whether the query that looks at the cluster is prepared.
    is_look_prepared: bool,
}

impl Admin {
    /// Opens it. `doing` says what for, after "cannot".
    pub(super) fn connect(
        info: ConnInfo,
        interruption: &Interruption,
        doing: &str,
    ) -> Result<Self, DatabaseError> {
        Ok(Self {
            connection: connect(&info, interruption, doing)?,
            info,
            interruption: interruption.clone(),
            is_look_prepared: false,
        })
    }

    /// Opens it; waits for a server that recovers, since a file may have killed one of its processes.
    pub(super) fn connect_persistently(
        info: &ConnInfo,
        interruption: &Interruption,
        doing: &str,
    ) -> Result<Self, DatabaseError> {
        let begin = Instant::now();
        loop {
            match Self::connect(info.clone(), interruption, doing) {
                Err(error) if is_starting(&error) && begin.elapsed() < RECOVERY => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                result => return result,
            }
        }
    }

    /// Opens it anew, persistently.
    pub(super) fn reconnect(&mut self) -> Result<(), DatabaseError> {
        let info = self.info.clone();
        *self = Self::connect_persistently(&info, &self.interruption, "reach the server again")?;
        Ok(())
    }

    /// How it was opened.
    pub(super) fn info(&self) -> &ConnInfo {
        &self.info
    }

    /// Its server: `PostgreSQL 15.18`.
    pub(super) fn server_in_words(&self) -> String {
        let version = self.connection.parameter("server_version");
        let number = version.and_then(|version| version.split(' ').next());
        format!("PostgreSQL {}", number.unwrap_or_default())
    }

    /// Whether it broke.
    pub(super) fn is_lost(&self) -> bool {
        self.connection.is_lost()
    }

    /// Looks at the whole cluster but its scratch databases.
    pub(super) fn fingerprint(&mut self, scratch: &[&str]) -> Result<Fingerprint, DatabaseError> {
        Fingerprint::take(self.within(LOOKING), scratch)
    }

    /// Looks at what changes when anything in the cluster does. `but` are the processes of sessions that do not count.
    pub(super) fn look(&mut self, but: &[i32]) -> Result<ClusterState, QueryError> {
        if !self.is_look_prepared {
            ClusterState::prepare(self.within(LOOKING))?;
            self.is_look_prepared = true;
        }
        ClusterState::look(self.within(LOOKING), but)
    }

    /// The number of a database, by which its directory is called.
    pub(super) fn database_oid(&mut self, name: &str) -> Result<Option<String>, QueryError> {
        let name = quote_literal(name);
        self.within(LOOKING).value(&format!(
            "SELECT oid FROM pg_catalog.pg_database WHERE datname = {name}"
        ))
    }

    /// A further session, in a database.
    pub(super) fn enter(&self, name: &str) -> Result<Connection, DatabaseError> {
        let info = self.info.with_database(name);
        connect(&info, &self.interruption, "enter a scratch database")
    }

    /// Makes a scratch database.
    pub(super) fn create(
        &mut self,
        template: &Template,
        name: &str,
        copying: Copying,
    ) -> Result<(), DatabaseError> {
        create_scratch(self.within(MAKING), template, name, copying)
    }

    /// Ends the sessions that are left in a database, such as that of a file which ran out of time, and waits until
    /// they are gone, but not for long: what they had not committed is rolled back then.
    pub(super) fn end_sessions(&mut self, name: &str) -> Result<(), DatabaseError> {
        let doing = || DatabaseError::query(format!("end the sessions in \"{name}\""));
        let ending = format!(
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
              WHERE datname = {} AND usesysid IS NOT NULL AND pid <> pg_catalog.pg_backend_pid()",
            quote_literal(name)
        );
        let begin = Instant::now();
        while begin.elapsed() < ENDING {
            let left = self.within(LOOKING).rows(&ending).map_err(doing())?;
            if left.is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Copies a database that nobody uses, with what belongs to it.
    pub(super) fn copy_with_properties(
        &mut self,
        source: &str,
        name: &str,
        copying: Copying,
    ) -> Result<(), DatabaseError> {
        let connection = self.within(MAKING);
        let properties = Properties::read(connection, source)?;
        copy_database(connection, source, &properties, name, copying)
    }

    /// Gives a database that nobody uses another name.
    pub(super) fn rename(&mut self, name: &str, new: &str) -> Result<(), DatabaseError> {
        rename_database(self.within(MAKING), name, new)
    }

    /// Lets sessions into a database, or no more.
    pub(super) fn open(&mut self, name: &str, is_open: bool) -> Result<(), DatabaseError> {
        open_database(self.within(LOOKING), name, is_open)
    }

    /// Puts a spare one in the place of a scratch database.
    pub(super) fn exchange(&mut self, name: &str, spare: &str) -> Result<(), DatabaseError> {
        drop_database(self.within(MAKING), name)?;
        rename_database(self.within(LOOKING), spare, name)
    }

    /// Drops one.
    pub(super) fn drop(&mut self, name: &str) -> Result<(), DatabaseError> {
        drop_database(self.within(MAKING), name)
    }

    /// Drops one whatever became of this session, or of a transaction that the file prepared in it.
    pub(super) fn drop_persistently(&mut self, name: &str) -> Result<(), DatabaseError> {
        let Err(error) = self.drop(name) else {
            return Ok(());
        };
        // What the server said at first tells more than what happens on the second try.
        if self.reconnect().is_err() {
            return Err(error);
        }
        let _ = self.roll_back_prepared(name);
        match self.drop(name) {
            // A new session can be let in before the server knows that one of its processes has died, and is then
            // lost like the others.
            Err(_) if self.is_lost() && self.reconnect().is_ok() => self.drop(name),
            result => result,
        }
    }

    /// Rolls back the transactions that are prepared in a database, which is possible only in there.
    fn roll_back_prepared(&mut self, name: &str) -> Result<(), DatabaseError> {
        let doing = || DatabaseError::query(format!("roll back what is prepared in \"{name}\""));
        let listed = self
            .within(LOOKING)
            .rows(&format!(
                "SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = {}",
                quote_literal(name)
            ))
            .map_err(doing())?;
        if listed.is_empty() {
            return Ok(());
        }
        let there = self.info.with_database(name);
        let mut session = connect(&there, &self.interruption, "enter a scratch database")?;
        session.set_watch(patience(LOOKING, &self.interruption));
        for gid in listed.into_iter().flatten().flatten() {
            session
                .execute(&format!("ROLLBACK PREPARED {}", quote_literal(&gid)))
                .map_err(doing())?;
        }
        Ok(())
    }

    fn within(&mut self, limit: Duration) -> &mut Connection {
        self.connection
            .set_watch(patience(limit, &self.interruption));
        &mut self.connection
    }
}

fn connect(
    info: &ConnInfo,
    interruption: &Interruption,
    doing: &str,
) -> Result<Connection, DatabaseError> {
    Connection::open(info, patience(MAKING, interruption)).map_err(|source| {
        DatabaseError::Connect {
            doing: doing.into(),
            source: Box::new(source),
        }
    })
}

/// Whether the server refuses because it is not ready yet (`cannot_connect_now`), or took this session along when it
/// found that one of its processes had died (`crash_shutdown`, or without a word).
fn is_starting(error: &DatabaseError) -> bool {
    let DatabaseError::Connect { source, .. } = error else {
        return false;
    };
    match &**source {
        WireError::Refused(message) => ["57P02", "57P03"].contains(&message.code.as_str()),
        WireError::Lost { .. } => true,
        _ => false,
    }
}

/// An interruption ends what is under way. What begins after it is tidying up, which must go on, but not for long.
fn patience(limit: Duration, interruption: &Interruption) -> Watch {
    let is_over = interruption.is_set();
    let limit = if is_over {
        limit.min(AFTER_INTERRUPTION)
    } else {
        limit
    };
    Watch {
        deadline: Instant::now().checked_add(limit),
        interruption: (!is_over).then(|| interruption.clone()),
    }
}
