//! A plot whose tasks run at earlier versions of the schema.

use std::sync::mpsc::SyncSender;

use super::super::conditions::Conditions;
use super::super::earlier::{Earlier, WORTH_KEEPING};
use super::super::ground::{Ground, discard};
use super::super::proof::configuration;
use super::super::walk::Walk;
use super::{Plot, WorkerError};
use crate::cluster::Mode;
use crate::database::{DatabaseError, Template};
use crate::event::Event;

impl<'r> Plot<'r> {
    /// A plot for tasks that run at earlier versions of the schema, the first of them behind `place` migrations.
    pub(in crate::run) fn take_earlier(
        ground: &'r Ground,
        conditions: &'r Conditions,
        events: &'r SyncSender<Event>,
        earlier: &'r Earlier<'r>,
        place: usize,
    ) -> Result<Self, WorkerError> {
        let (server, applied) = match (ground, earlier.bases) {
            (Ground::Own(clusters), Some(bases)) => {
                let copied = bases.copy_to(place, &clusters.place());
                let (data, applied) = copied.map_err(WorkerError::Base)?;
                (Some(clusters.start_on(&data)?), applied)
            }
            _ => (None, 0),
        };
        let mut plot = Self::with(server, ground, conditions, events)?;
        let walk = Walk::begin(earlier, applied, ground, conditions, &mut plot.admin)?;
        plot.walk = Some(walk);
        Ok(plot)
    }

    /// Goes to a version of the schema, behind so many migrations, where its tasks run at such. Returns whether what tests find
    /// is another one than before.
    pub(in crate::run) fn go_to(&mut self, place: usize) -> Result<bool, WorkerError> {
        let Some(walk) = &self.walk else {
            return Ok(false);
        };
        if walk.is_at(place) {
            return Ok(false);
        }
        self.proof = None;
        self.keeper.leave();
        if walk.reaches(place) {
            self.admin.drop_persistently(&self.scratch)?;
        } else {
            self.begin_anew(place)?;
        }
        self.walk_to(place)?;
        self.note_fingerprint()?;
        Ok(true)
    }

    /// Begins as near to a version as it can.
    pub(super) fn begin_anew(&mut self, place: usize) -> Result<(), WorkerError> {
        let Some(earlier) = self.walk.as_ref().map(Walk::earlier) else {
            return Ok(());
        };
        if let Some(server) = self.server.take() {
            discard(server);
        }
        *self = Self::take_earlier(self.ground, self.conditions, self.events, earlier, place)?;
        Ok(())
    }

    pub(super) fn walk_to(&mut self, place: usize) -> Result<(), WorkerError> {
        let Some(walk) = &mut self.walk else {
            return Ok(());
        };
        walk.apply_to(place, self.conditions, &mut self.admin)?;
        if let (Ground::Own(clusters), Some(bases)) = (self.ground, walk.earlier().bases)
            && walk.took() > WORTH_KEEPING
            && let Some(server) = self.server.take()
        {
            let data = server.stop(Mode::Fast)?;
            bases.keep(walk.applied(), &data);
            let server = clusters.start_on(&data)?;
            self.configuration = configuration(&server);
            self.server = Some(server);
            self.admin.reconnect()?;
            walk.note_base();
        }
        walk.make_template(self.conditions, &mut self.admin)?;
        Ok(())
    }

    /// Drops, on a server of the tool's own, what the scratch database was made from: what that holds would keep a role from being
    /// dropped. What comes behind the task at hand finds the server changed, and gets a new one.
    pub(in crate::run) fn drop_origins(&mut self) -> Result<(), DatabaseError> {
        if let (true, Some(walk)) = (self.ground.is_own(), &self.walk) {
            self.proof = None;
            self.keeper.leave();
            for name in walk.databases() {
                self.admin.drop(name)?;
            }
        }
        Ok(())
    }

    /// What scratch databases are copies of.
    pub(in crate::run) fn template(&self) -> &Template {
        let of_walk = self.walk.as_ref().and_then(Walk::template);
        of_walk.unwrap_or(&self.conditions.template)
    }
}
