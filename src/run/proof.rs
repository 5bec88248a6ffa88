//! The proof that a file has left its scratch database, and the cluster, as they were.

use std::path::PathBuf;

use super::admin::Admin;
use super::reuse::IdleSession;
use crate::cluster::Server;
use crate::database::{ClusterState, DatabaseError, Sequence, Template};
use crate::script::Traces;
use crate::session::{Connection, QueryError};

/// What a worker's own cluster was like when its scratch database was a fresh copy, and whether it still is.
#[derive(Debug, Default)]
pub(super) struct Proof {
    state: Option<ClusterState>,
    configuration: Vec<String>,
    /// Where the scratch database lies.
    directory: Option<PathBuf>,
    holds: bool,
}

/// What a proof is made with.
pub(super) struct Means<'m> {
    pub(super) admin: &'m mut Admin,
    pub(super) server: &'m Server,
    pub(super) keeper: &'m mut Keeper,
    pub(super) template: &'m Template,
    /// The name of the scratch database.
    pub(super) scratch: &'m str,
}

/// A superuser's session in the scratch database, for what the role of a file may not do. It is opened when it is
/// needed, and stays for the next proof.
#[derive(Debug, Default)]
pub(super) struct Keeper(Option<Connection>);

impl Keeper {
    fn session(&mut self, admin: &Admin, scratch: &str) -> Result<&mut Connection, DatabaseError> {
        let session = match self.0.take() {
            Some(session) if !session.is_lost() => session,
            _ => admin.enter(scratch)?,
        };
        Ok(self.0.insert(session))
    }

    fn process(&self) -> Option<i32> {
        self.0.as_ref().map(Connection::backend_pid)
    }

    /// Nobody sees it from now on.
    pub(super) fn leave(&mut self) {
        if let Some(mut session) = self.0.take() {
            session.end();
        }
    }
}

impl Proof {
    /// Nothing has run in the fresh scratch database: this is what it is like. What cannot be seen now can never be
    /// proven.
    pub(super) fn begin(admin: &mut Admin, server: &Server, scratch: &str) -> Self {
        let oid = admin.database_oid(scratch).ok().flatten();
        let base = server.data_directory().path().join("base");
        Self {
            directory: oid.map(|oid| base.join(oid)),
            state: admin.look(&[]).ok(),
            configuration: configuration(server),
            holds: false,
        }
    }

    /// Whether a file has run and has provably left nothing.
    pub(super) fn holds(&self) -> bool {
        self.holds
    }

    /// Tries to prove it of a file that has run, after emptying its session, and putting sequences back. `traces` are the
    /// file's.
    pub(super) fn try_anew(
        &mut self,
        means: Means<'_>,
        traces: Traces,
        idle: &mut IdleSession<'_>,
    ) -> bool {
        self.holds = !traces.moves_rows && self.is_proven(means, traces, idle).unwrap_or(false);
        self.holds
    }

    fn is_proven(
        &mut self,
        means: Means<'_>,
        traces: Traces,
        idle: &mut IdleSession<'_>,
    ) -> Result<bool, QueryError> {
        let Means {
            admin,
            server,
            keeper,
            template,
            scratch,
        } = means;
        let (Some(state), Some(directory)) = (&self.state, &self.directory) else {
            return Ok(false);
        };
        idle.session().empty()?;
        let connection = idle.session().connection();
        if !template.storage.is_that_of(connection, directory)? {
            return Ok(false);
        }
        let mut ours = vec![idle.session().connection().backend_pid()];
        ours.extend(keeper.process());
        if admin.look(&ours)? != *state || configuration(server) != self.configuration {
            return Ok(false);
        }
        if template.sequences.is_empty() {
            return Ok(true);
        }
        let session = if idle.role().is_none() {
            idle.session().connection()
        } else if let Ok(session) = keeper.session(admin, scratch) {
            session
        } else {
            return Ok(false);
        };
        if Sequence::put_back(&template.sequences, session, traces.sets_sequences)? {
            // That was a transaction too.
            ours.extend(keeper.process());
            self.state = Some(admin.look(&ours)?);
        }
        Ok(true)
    }
}

/// The server's configuration on the disk, in words that change with it: its files, and what else lies beside them.
pub(super) fn configuration(server: &Server) -> Vec<String> {
    let directory = server.data_directory().path();
    let mut found: Vec<String> = directory
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            match entry.metadata() {
                Ok(file) if path.extension().is_some_and(|ending| ending == "conf") => {
                    format!("{name} {} {:?}", file.len(), file.modified().ok())
                }
                _ => name,
            }
        })
        .collect();
    found.sort();
    found
}
