//! A worker's plot of the ground: a server of its own, or databases on the shared one. It makes the scratch database
//! that a task begins with, and sees to it that the next task finds nothing of this one.

use std::sync::mpsc::SyncSender;

use super::admin::Admin;
use super::conditions::Conditions;
use super::file_session::role_of;
use super::ground::{Ground, admin_of, discard};
use super::last_words::{lost_its_connection, tell_of_dead_server};
use super::proof::{Keeper, Means, Proof, configuration};
use super::reuse::IdleSession;
use super::supply::{Supply, left_database};
use crate::cluster::Server;
use crate::database::{Copying, DatabaseError, Fingerprint};
use crate::event::{Event, FileOutcome, Verdict};
use crate::project::TestFile;
use crate::script::Traces;
use crate::session::conninfo::ConnInfo;

/// The name of a scratch database made ahead on a server of the tool's own, until it is needed.
const SPARE: &str = "pgassay_spare";

/// Why a worker cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkerError {
    /// Its server cannot be started.
    #[error(transparent)]
    Cluster(#[from] crate::cluster::ClusterError),
    /// Its server does not answer.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// What one worker has of the ground.
pub(super) struct Plot<'r> {
    ground: &'r Ground,
    conditions: &'r Conditions,
    events: &'r SyncSender<Event>,
    server: Option<Server>,
    admin: Admin,
    scratch: String,
    /// Whether that database may be there, on a shared server.
    is_made: bool,
    /// Whether that database is promised to whoever looks into it after the run.
    is_kept: bool,
    /// Whether an earlier file of the task took that database with it: what is wrong then is not the doing of those
    /// behind it.
    is_lost: bool,
    fingerprint: Option<Fingerprint>,
    /// What the server's configuration on the disk was like when the server was started.
    configuration: Vec<String>,
    /// What is to be proven of the scratch database, on a server of its own.
    proof: Option<Proof>,
    keeper: Keeper,
    /// What makes scratch databases ahead, once that was wanted.
    supply: Option<Supply>,
    /// How long the server's log was when the file at hand began.
    log_mark: u64,
}

impl<'r> Plot<'r> {
    pub(super) fn take(
        ground: &'r Ground,
        conditions: &'r Conditions,
        events: &'r SyncSender<Event>,
    ) -> Result<Self, WorkerError> {
        let scratch = ground.scratch_name(&conditions.database_name);
        let (server, admin_info) = match ground {
            Ground::Own(clusters) => {
                let server = clusters.start()?;
                let info = admin_of(&server);
                (Some(server), info)
            }
            Ground::Shared { admin, .. } => (None, admin.as_ref().clone()),
        };
        let mut admin = Admin::connect(
            admin_info,
            &conditions.interruption,
            "reach the worker's server",
        )?;
        let fingerprint = match server {
            Some(_) => Some(admin.fingerprint(&[&scratch])?),
            None => None,
        };
        Ok(Self {
            configuration: server.as_ref().map(configuration).unwrap_or_default(),
            proof: None,
            keeper: Keeper::default(),
            supply: None,
            ground,
            conditions,
            events,
            server,
            admin,
            scratch,
            is_made: false,
            is_kept: false,
            is_lost: false,
            fingerprint,
            log_mark: 0,
        })
    }

    /// The ground that it is a plot of.
    pub(super) fn ground(&self) -> &'r Ground {
        self.ground
    }

    /// The way to the scratch database.
    pub(super) fn scratch(&self) -> ConnInfo {
        self.admin.info().with_database(&self.scratch)
    }

    /// A file begins: what the server says from here on is about it.
    pub(super) fn mark_log(&mut self) {
        self.log_mark = self.server.as_ref().map_or(0, Server::log_length);
    }

    /// Makes the scratch database for a file with these traces, or takes one that was made ahead; once more on a new
    /// server where the old one does not answer.
    pub(super) fn make_scratch(&mut self, traces: Traces) -> Result<(), WorkerError> {
        let template = &self.conditions.template;
        let copying = self.copying();
        self.is_made = self.server.is_none();
        self.proof = None;
        self.keeper.leave();
        let is_there = self.take_spare();
        self.hide(traces);
        if is_there {
            self.observe(traces);
            return Ok(());
        }
        match self.admin.create(template, &self.scratch, copying) {
            Ok(()) => {
                self.observe(traces);
                Ok(())
            }
            Err(error) if self.is_interrupted() => Err(error.into()),
            Err(_) if self.server.is_some() => {
                self.renew()?;
                self.admin.create(template, &self.scratch, copying)?;
                self.observe(traces);
                Ok(())
            }
            Err(error) => {
                self.admin.reconnect()?;
                match self.admin.create(template, &self.scratch, copying) {
                    Ok(()) => Ok(()),
                    Err(_) => Err(error.into()),
                }
            }
        }
    }

    fn copying(&self) -> Copying {
        match self.ground {
            Ground::Own(_) => Copying::Files,
            Ground::Shared { .. } => Copying::ServerDefault,
        }
    }

    /// Takes the scratch database that was made ahead. Returns whether there is one.
    fn take_spare(&mut self) -> bool {
        let Some(spare) = self.supply.as_mut().and_then(Supply::take) else {
            return false;
        };
        if self.server.is_none() {
            self.scratch = spare;
            return true;
        }
        // Where that fails, the server is not what it was, and the next step finds that out.
        let is_exchanged = self.admin.exchange(&self.scratch, &spare).is_ok();
        if !is_exchanged {
            let _ = self.admin.drop(&spare);
        }
        is_exchanged
    }

    /// A file begins: where it may see what else its server does, the sessions are closed that serve others.
    pub(super) fn hide(&mut self, traces: Traces) {
        if self.server.is_none() || !traces.may_see_cluster() {
            return;
        }
        self.keeper.leave();
        if self.supply.take().is_some() {
            let database = self.admin.info().database().to_owned();
            let _ = self.admin.end_sessions(&database);
        }
    }

    /// A file begins, behind which another one will need a fresh database: it is made meanwhile, where the file does not
    /// see that.
    pub(super) fn make_ahead(&mut self, traces: Traces) {
        let is_own = self.server.is_some();
        let is_needed = !self.conditions.reuse || traces.commits();
        if is_own && (traces.may_see_cluster() || !is_needed) {
            return;
        }
        let copying = self.copying();
        let supply = self.supply.get_or_insert_with(|| {
            Supply::new(
                self.admin.info(),
                self.conditions,
                copying,
                !is_own,
                self.events,
            )
        });
        if supply.has_order() {
            return;
        }
        supply.make_ahead(if is_own {
            SPARE.to_owned()
        } else {
            self.ground.scratch_name(&self.conditions.database_name)
        });
    }

    /// Notes what the cluster is like while nothing has run in the fresh scratch database; not for a file that commits,
    /// of which nothing is to be proven.
    fn observe(&mut self, traces: Traces) {
        let is_of_use = self.conditions.reuse && !traces.commits();
        if let (true, Some(server)) = (is_of_use, &self.server) {
            self.proof = Some(Proof::begin(&mut self.admin, server, &self.scratch));
        }
    }

    /// Whether the scratch database serves a further file as well as a fresh copy would.
    pub(super) fn is_pristine(&self) -> bool {
        self.proof.as_ref().is_some_and(Proof::holds)
    }

    /// Proves that a file has left nothing, after emptying its session. What cannot be proven is not so.
    pub(super) fn prove(
        &mut self,
        idle: &mut IdleSession<'_>,
        traces: Traces,
        outcome: &FileOutcome,
    ) -> bool {
        let is_made_ahead = self.supply.as_ref().is_some_and(Supply::has_order);
        if is_made_ahead || self.wants_to_keep(outcome) {
            return false;
        }
        let (Some(proof), Some(server)) = (&mut self.proof, &self.server) else {
            return false;
        };
        let means = Means {
            admin: &mut self.admin,
            server,
            keeper: &mut self.keeper,
            template: &self.conditions.template,
            scratch: &self.scratch,
        };
        proof.try_anew(means, traces, idle)
    }

    /// Makes it on a new server.
    pub(super) fn make_scratch_anew(&mut self) -> Result<(), WorkerError> {
        self.renew()?;
        self.make_scratch(Traces::default())
    }

    fn is_interrupted(&self) -> bool {
        self.conditions.interruption.is_set()
    }

    /// A further file shall find what this one left, but not its sessions. Returns whether there is still a database
    /// for it.
    pub(super) fn hand_on(&mut self, file: &TestFile, outcome: &mut FileOutcome) -> bool {
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
    pub(super) fn tidy(
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

    fn wants_to_keep(&self, outcome: &FileOutcome) -> bool {
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
    fn leave_server(&mut self) -> Result<(), WorkerError> {
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

    /// A new server from the golden data directory, in the place of one that a file has changed.
    fn renew(&mut self) -> Result<(), WorkerError> {
        if let Some(server) = self.server.take() {
            discard(server);
        }
        if self.is_kept {
            self.is_kept = false;
            let text =
                "the database that was to be kept is gone: its server ended with a later file";
            let _ = self.events.send(Event::Remark(text.into()));
        }
        let fresh = Self::take(self.ground, self.conditions, self.events)?;
        *self = fresh;
        Ok(())
    }
}

impl Drop for Plot<'_> {
    /// Whatever ended the worker, a bug included: its database on a shared server is dropped, its own server is
    /// stopped, unless either is to be kept.
    fn drop(&mut self) {
        if self.is_kept {
            if let Err(error) = self.leave_server() {
                let _ = self.events.send(Event::Remark(error.to_string()));
            }
            return;
        }
        if let Some(server) = self.server.take() {
            discard(server);
        }
        if !self.is_made {
            return;
        }
        // A bug may have left this session in the middle of something.
        let result = if std::thread::panicking() {
            self.admin.reconnect()
        } else {
            Ok(())
        };
        if let Err(error) = result.and_then(|()| self.admin.drop_persistently(&self.scratch)) {
            let _ = self.events.send(left_database(&error, &self.scratch));
        }
    }
}
