//! What becomes of a plot when a file, or a task, has ended: what the next one may find, and what is kept for people.

use super::super::file_session::role_of;
use super::super::ground::Ground;
use super::super::last_words::{lost_its_connection, tell_of_dead_server};
use super::super::proof::configuration;
use super::super::supply::left_database;
use super::{Plot, WorkerError};
use crate::cluster::Server;
use crate::database::{DatabaseError, Fingerprint};
use crate::event::{Event, FileOutcome, Verdict};
use crate::project::TestFile;
use crate::session::conninfo::ConnInfo;

impl Plot<'_> {
    /// A further file shall find what this one left, but not its sessions. Returns whether there is still a database
    /// for it.
    pub(in crate::run) fn hand_on(&mut self, file: &TestFile, outcome: &mut FileOutcome) -> bool {
        if self.wants_to_keep(outcome) {
            outcome.kept = Some(self.psql_command(file));
            self.is_kept = true;
        }
        let is_alive = self.server.as_mut().is_none_or(Server::is_alive);
        if is_alive {
            match self.admin.end_sessions(&self.scratch) {
                Ok(()) => return true,
                Err(error) if !self.admin.is_lost() => {
                    let _ = self.events.send(Event::Remark(error.to_string()));
                    return true;
                }
                Err(_) => {}
            }
        }
        self.tell_of_server(outcome, is_alive);
        self.is_lost = !is_alive || self.admin.reconnect().is_err();
        !self.is_lost
    }

    /// Sees to it that the next task finds nothing of this one.
    pub(in crate::run) fn tidy(
        &mut self,
        file: &TestFile,
        outcome: &mut FileOutcome,
    ) -> Result<(), WorkerError> {
        let was_lost = std::mem::take(&mut self.is_lost);
        self.proof = None;
        let wants_to_keep = self.wants_to_keep(outcome);
        let keep = wants_to_keep || self.is_kept;
        if self.server.is_none() {
            if wants_to_keep {
                outcome.kept = Some(self.psql_command(file));
            }
            return self.tidy_shared(keep, outcome);
        }
        let is_alive = self.server.as_mut().is_some_and(Server::is_alive);
        if is_alive && lost_its_connection(outcome) {
            // Either its process ended in order, or the server will end all sessions once it notices that one died:
            // the next file must not begin before that is known. Where it cannot be, this session is lost.
            let _ = self.admin.end_sessions(&self.scratch);
        }
        let on_disk = self.server.as_ref().map(configuration).unwrap_or_default();
        let untouched = is_alive
            && !keep
            && on_disk == self.configuration
            && self.fingerprint().ok() == self.fingerprint;
        if untouched {
            return Ok(());
        }
        if !was_lost && (!is_alive || self.admin.is_lost()) {
            self.tell_of_server(outcome, is_alive);
        }
        if keep && is_alive {
            if wants_to_keep {
                outcome.kept = Some(self.psql_command(file));
            }
            self.leave_server()?;
        }
        if self.is_interrupted() {
            // No file follows, and what this one left goes with the server.
            return Ok(());
        }
        self.renew()
    }

    pub(super) fn wants_to_keep(&self, outcome: &FileOutcome) -> bool {
        self.conditions.keep_failed && matches!(outcome.verdict, Verdict::Failed | Verdict::Broken)
    }

    /// The command that opens the scratch database in the role whose rights the file had.
    fn psql_command(&self, file: &TestFile) -> String {
        match &self.server {
            Some(server) => {
                let user = role_of(file, self.conditions).unwrap_or(crate::cluster::SUPERUSER);
                let kept = server.as_kept();
                ConnInfo::unix(&kept.socket_dir, kept.port, user, &self.scratch).psql_command()
            }
            None => self.scratch().psql_command(),
        }
    }

    /// Lets the server of its own go on after the run.
    pub(super) fn leave_server(&mut self) -> Result<(), WorkerError> {
        self.is_kept = false;
        if let Some(spare) = self.supply.take().and_then(|mut supply| supply.take()) {
            // Whoever looks into the server shall find what the file had there.
            let _ = self.admin.drop(&spare);
        }
        if let (Ground::Own(clusters), Some(server)) = (self.ground, self.server.take()) {
            clusters.run_directory.keep(server)?;
        }
        Ok(())
    }

    fn tell_of_server(&self, outcome: &mut FileOutcome, is_alive: bool) {
        if let Some(server) = &self.server {
            tell_of_dead_server(outcome, is_alive, &server.log_since(self.log_mark));
        }
    }

    /// What the cluster is like but for its scratch databases.
    fn fingerprint(&mut self) -> Result<Fingerprint, DatabaseError> {
        let spare = self
            .supply
            .as_mut()
            .and_then(|supply| supply.spare().map(str::to_owned));
        let scratch: Vec<&str> = [Some(self.scratch.as_str()), spare.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        self.admin.fingerprint(&scratch)
    }

    fn tidy_shared(&mut self, keep: bool, outcome: &FileOutcome) -> Result<(), WorkerError> {
        if keep {
            self.take_another_name();
            return Ok(());
        }
        if let Some(supply) = &mut self.supply
            && !lost_its_connection(outcome)
            && supply.drop_behind(self.scratch.clone())
        {
            self.take_another_name();
            return Ok(());
        }
        match self.admin.drop_persistently(&self.scratch) {
            Ok(()) => self.is_made = false,
            Err(error) if self.admin.is_lost() && self.admin.reconnect().is_err() => {
                return Err(error.into());
            }
            Err(error) => {
                let _ = self.events.send(left_database(&error, &self.scratch));
                self.take_another_name();
            }
        }
        Ok(())
    }

    /// The database of the old name is left where it is.
    fn take_another_name(&mut self) {
        self.scratch = self.ground.scratch_name(&self.conditions.database_name);
        self.is_made = false;
        self.is_kept = false;
    }
}
