//! The proof that a file has left its scratch database, and the cluster, as they were.

use super::admin::Admin;
use super::reuse::IdleSession;
use crate::cluster::Server;
use crate::database::{ClusterState, Sequence};
use crate::session::QueryError;

/// What a worker's own cluster was like when its scratch database was a fresh copy, and whether it still is.
#[derive(Debug, Default)]
pub(super) struct Proof {
    state: Option<ClusterState>,
    configuration: Vec<String>,
    holds: bool,
}

impl Proof {
    /// Nothing has run in the fresh scratch database: this is what it is like. What cannot be seen now can never be
    /// proven.
    pub(super) fn begin(admin: &mut Admin, server: &Server) -> Self {
        Self {
            state: admin.look(None).ok(),
            configuration: configuration(server),
            holds: false,
        }
    }

    /// Whether a file has run and has provably left nothing.
    pub(super) fn holds(&self) -> bool {
        self.holds
    }

    /// Tries to prove it of a file that has run, after emptying its session, and putting sequences back.
    pub(super) fn try_anew(
        &mut self,
        admin: &mut Admin,
        server: &Server,
        scratch: &str,
        sequences: &[Sequence],
        idle: &mut IdleSession<'_>,
    ) -> bool {
        self.holds = self
            .is_proven(admin, server, scratch, sequences, idle)
            .unwrap_or(false);
        self.holds
    }

    fn is_proven(
        &mut self,
        admin: &mut Admin,
        server: &Server,
        scratch: &str,
        sequences: &[Sequence],
        idle: &mut IdleSession<'_>,
    ) -> Result<bool, QueryError> {
        let Some(state) = &self.state else {
            return Ok(false);
        };
        idle.session().empty()?;
        let process = Some(idle.session().connection().backend_pid());
        if admin.look(process)? != *state || configuration(server) != self.configuration {
            return Ok(false);
        }
        let put_back = if sequences.is_empty() {
            false
        } else if idle.role().is_none() {
            Sequence::put_back(sequences, idle.session().connection())?
        } else if let Ok(mut session) = admin.enter(scratch) {
            Sequence::put_back(sequences, &mut session)?
        } else {
            return Ok(false);
        };
        if put_back {
            // That was a transaction too.
            self.state = Some(admin.look(process)?);
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
