//! A worker's plot of the ground: a server of its own, or databases on the shared one. It makes the scratch database
//! that a task begins with, and sees to it that the next task finds nothing of this one.

mod tidying;
mod versions;

use std::sync::mpsc::SyncSender;

use super::admin::Admin;
use super::conditions::Conditions;
use super::ground::{Ground, admin_of, discard};
use super::proof::{Keeper, Means, Proof, configuration};
use super::reuse::IdleSession;
use super::supply::{Supply, left_database};
use super::walk::Walk;
use crate::cluster::Server;
use crate::database::{Copying, DatabaseError, Fingerprint};
use crate::event::{Event, FileOutcome};
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
    /// There is no data directory for an earlier version of the schema.
    #[error("{0}")]
    Base(String),
}

/// What one worker has of the ground.
pub(super) struct Plot<'r> {
    ground: &'r Ground,
    conditions: &'r Conditions,
    events: &'r SyncSender<Event>,
    server: Option<Server>,
    admin: Admin,
    /// What makes templates of earlier versions of the schema, where its tasks run at such.
    walk: Option<Walk<'r>>,
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
        let server = match ground {
            Ground::Own(clusters) => Some(clusters.start()?),
            Ground::Shared { .. } => None,
        };
        let mut plot = Self::with(server, ground, conditions, events)?;
        plot.note_fingerprint()?;
        Ok(plot)
    }

    fn with(
        server: Option<Server>,
        ground: &'r Ground,
        conditions: &'r Conditions,
        events: &'r SyncSender<Event>,
    ) -> Result<Self, WorkerError> {
        let admin_info = match (ground, &server) {
            (Ground::Shared { admin, .. }, _) => admin.as_ref().clone(),
            (Ground::Own(_), Some(server)) => admin_of(server),
            (Ground::Own(_), None) => {
                return Err(WorkerError::Base(
                    "there is no data directory for a server of the worker's own".into(),
                ));
            }
        };
        let admin = Admin::connect(
            admin_info,
            &conditions.interruption,
            "reach the worker's server",
        )?;
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
            walk: None,
            scratch: ground.scratch_name(&conditions.database_name),
            is_made: false,
            is_kept: false,
            is_lost: false,
            fingerprint: None,
            log_mark: 0,
        })
    }

    fn note_fingerprint(&mut self) -> Result<(), WorkerError> {
        if self.server.is_some() {
            self.fingerprint = Some(self.admin.fingerprint(&[&self.scratch])?);
        }
        Ok(())
    }

    /// The ground that it is a plot of.
    pub(super) fn ground(&self) -> &'r Ground {
        self.ground
    }

    /// The way to the scratch database.
    pub(super) fn scratch(&self) -> ConnInfo {
        self.admin.info().with_database(&self.scratch)
    }

    /// The way to its server, to a database that is no test's.
    pub(super) fn admin_way(&self) -> ConnInfo {
        self.admin.info().clone()
    }

    /// A file begins: what the server says from here on is about it.
    pub(super) fn mark_log(&mut self) {
        self.log_mark = self.server.as_ref().map_or(0, Server::log_length);
    }

    /// Makes the scratch database for a file with these traces, or takes one that was made ahead; once more on a new
    /// server where the old one does not answer.
    pub(super) fn make_scratch(&mut self, traces: Traces) -> Result<(), WorkerError> {
        let template = self.template().clone();
        let template = &template;
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
        if self.walk.is_some() {
            // The next one may be of another version.
            return;
        }
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
        let of_walk = self.walk.as_ref().and_then(Walk::template);
        let template = of_walk.unwrap_or(&self.conditions.template);
        let means = Means {
            admin: &mut self.admin,
            server,
            keeper: &mut self.keeper,
            template,
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
        let Some(place) = self.walk.as_ref().map(Walk::applied) else {
            *self = Self::take(self.ground, self.conditions, self.events)?;
            return Ok(());
        };
        self.begin_anew(place)?;
        self.walk_to(place)?;
        self.note_fingerprint()
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
        let walked = self.walk.take().filter(|_| !self.ground.is_own());
        let made = self.is_made.then(|| self.scratch.clone());
        let of_walk = walked.iter().flat_map(Walk::databases);
        let left: Vec<String> = made.into_iter().chain(of_walk.map(str::to_owned)).collect();
        if left.is_empty() {
            return;
        }
        // A bug may have left this session in the middle of something.
        let result = if std::thread::panicking() {
            self.admin.reconnect()
        } else {
            Ok(())
        };
        let mut is_reached = result;
        for name in left {
            is_reached = is_reached.and_then(|()| self.admin.drop_persistently(&name));
            if let Err(error) = &is_reached {
                let _ = self.events.send(left_database(error, &name));
                return;
            }
        }
    }
}
