//! A walk through the versions of a schema, on one server: a database that goes from migration to migration, and a template
//! with pgTAP for the version at hand.

use std::time::{Duration, Instant};

use super::admin::Admin;
use super::conditions::Conditions;
use super::earlier::Earlier;
use super::ground::{Ground, TEMPLATE, WALKER};
use crate::database::{Copying, DatabaseError, Site, Template};
use crate::session::Watch;

/// A database that goes from version to version.
pub(super) struct Walk<'r> {
    earlier: &'r Earlier<'r>,
    /// What it is called while nothing is done there.
    name: String,
    /// What it is called while migrations are applied: they may name it.
    name_at_work: String,
    /// What the template is called.
    template_name: String,
    /// Whether the server is the tool's own.
    is_own: bool,
    /// How many migrations are applied there.
    applied: usize,
    /// Whether it bears the name that it has while nothing is done there.
    is_at_rest: bool,
    /// Whether a migration has failed there half-way.
    is_broken: bool,
    /// The template of that version.
    template: Option<Template>,
    /// How long migrations have run since there was a base to begin from.
    took: Duration,
}

impl<'r> Walk<'r> {
    /// A walk that begins behind so many migrations; on a server of the tool's own, the database is there.
    pub(super) fn begin(
        earlier: &'r Earlier<'r>,
        applied: usize,
        ground: &Ground,
        conditions: &Conditions,
        admin: &mut Admin,
    ) -> Result<Self, DatabaseError> {
        let is_own = ground.is_own();
        let name = |own: &str| {
            if is_own {
                own.to_owned()
            } else {
                ground.scratch_name(own)
            }
        };
        let walker = name(WALKER);
        let mut walk = Self {
            earlier,
            name_at_work: if is_own {
                conditions.database_name.clone()
            } else {
                walker.clone()
            },
            name: walker,
            template_name: name(TEMPLATE),
            is_own,
            applied,
            is_at_rest: false,
            is_broken: false,
            template: None,
            took: Duration::ZERO,
        };
        if is_own {
            walk.rest(admin)?;
        } else {
            earlier
                .versions
                .create(&site(admin, conditions, &walk.name))?;
        }
        Ok(walk)
    }

    /// What it is made with.
    pub(super) fn earlier(&self) -> &'r Earlier<'r> {
        self.earlier
    }

    /// How many migrations are applied.
    pub(super) fn applied(&self) -> usize {
        self.applied
    }

    /// Whether it is at a version, with a template.
    pub(super) fn is_at(&self, place: usize) -> bool {
        self.applied == place && self.template.is_some()
    }

    /// Whether it can go on to a version, rather than begin anew.
    pub(super) fn reaches(&self, place: usize) -> bool {
        let begins = self.earlier.bases.map_or(0, |bases| bases.nearest(place));
        !self.is_broken && begins <= self.applied && self.applied <= place
    }

    /// How long migrations have run that no base has.
    pub(super) fn took(&self) -> Duration {
        self.took
    }

    /// There is a base now with all that was applied.
    pub(super) fn note_base(&mut self) {
        self.took = Duration::ZERO;
    }

    /// The template of the version at hand.
    pub(super) fn template(&self) -> Option<&Template> {
        self.template.as_ref()
    }

    /// The databases that it has made.
    pub(super) fn databases(&self) -> [&str; 2] {
        [&self.name, &self.template_name]
    }

    /// Applies migrations up to a version, and leaves the database open, under the name that migrations know; no other
    /// database may have that.
    pub(super) fn apply_to(
        &mut self,
        place: usize,
        conditions: &Conditions,
        admin: &mut Admin,
    ) -> Result<(), DatabaseError> {
        self.template = None;
        // What it holds would keep a role from being dropped, and has no place in what is kept of this server.
        admin.drop(&self.template_name)?;
        self.work(admin)?;
        let begin = Instant::now();
        let site = site(admin, conditions, &self.name_at_work);
        let (applied, result) = self.earlier.versions.walk(&site, self.applied..place);
        self.took += begin.elapsed();
        self.applied += applied;
        self.is_broken = result.is_err();
        result
    }

    /// Makes the template of the version to which migrations have just been applied.
    pub(super) fn make_template(
        &mut self,
        conditions: &Conditions,
        admin: &mut Admin,
    ) -> Result<(), DatabaseError> {
        self.rest(admin)?;
        // It is made under the name that a scratch database bears.
        let (made, copying) = if self.is_own {
            (&self.name_at_work, Copying::Files)
        } else {
            (&self.template_name, Copying::ServerDefault)
        };
        admin.copy_with_properties(&self.name, made, copying)?;
        let site = site(admin, conditions, made);
        let template = self.earlier.versions.complete(&site, &self.template_name)?;
        self.template = Some(template);
        Ok(())
    }

    /// Gives the database the name that migrations know, and lets them in.
    fn work(&mut self, admin: &mut Admin) -> Result<(), DatabaseError> {
        if self.is_at_rest {
            admin.rename(&self.name, &self.name_at_work)?;
            admin.open(&self.name_at_work, true)?;
            self.is_at_rest = false;
        }
        Ok(())
    }

    /// Takes the name away again, and lets nobody in.
    fn rest(&mut self, admin: &mut Admin) -> Result<(), DatabaseError> {
        if self.is_own && !self.is_at_rest {
            admin.rename(&self.name_at_work, &self.name)?;
            admin.open(&self.name, false)?;
            self.is_at_rest = true;
        }
        Ok(())
    }
}

fn site<'a>(admin: &'a Admin, conditions: &Conditions, database: &'a str) -> Site<'a> {
    Site {
        admin: admin.info(),
        database,
        watch: Watch {
            deadline: None,
            interruption: Some(conditions.interruption.clone()),
        },
    }
}
