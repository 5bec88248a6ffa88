//! The trail of steps: one database that goes through all versions of a schema with its rows, on a server of its own.

use super::Steps;
use crate::cluster::Server;
use crate::database::{
    Copying, DatabaseError, Likeness, Seed, Site, Stepped, Versions, bundled_pgtap,
};
use crate::event::TableChange;
use crate::run::admin::Admin;
use crate::run::ground::{Ground, admin_of, discard};
use crate::session::{Connection, Interruption, Watch};

/// How the copy is called, on a server of the tool's own, that waits while a migration is taken back.
const ASIDE: &str = "pgassay_aside";

/// A database that goes through all versions.
pub(super) struct Trail<'r> {
    is_own: bool,
    versions: &'r Versions,
    interruption: Interruption,
    server: Option<Server>,
    admin: Admin,
    database: String,
    aside: String,
    /// Whether the last migration was applied.
    is_sound: bool,
    /// The snapshot whose rows it has.
    snapshot: Option<String>,
    /// What it was like when it was last looked at, where nothing has changed it since.
    known: Option<Likeness>,
}

impl<'r> Trail<'r> {
    /// An empty database.
    pub(super) fn begin(steps: &Steps<'r>) -> Result<Self, String> {
        let ground = steps.ground;
        let server = match ground {
            Ground::Own(clusters) => Some(clusters.start().map_err(|error| error.to_string())?),
            Ground::Shared { .. } => None,
        };
        let info = match (ground, &server) {
            (Ground::Shared { admin, .. }, _) => admin.as_ref().clone(),
            (Ground::Own(_), Some(server)) => admin_of(server),
            (Ground::Own(_), None) => return Err("there is no server to try migrations on".into()),
        };
        let admin = Admin::connect(info, steps.interruption, "try migrations on rows");
        let trail = Self {
            is_own: ground.is_own(),
            versions: steps.versions,
            interruption: steps.interruption.clone(),
            admin: admin.map_err(|error| error.to_string())?,
            database: ground.scratch_name(steps.database_name),
            aside: ground.scratch_name(ASIDE),
            server,
            is_sound: true,
            snapshot: None,
            known: None,
        };
        if !trail.is_own {
            let created = trail.versions.create(&trail.site());
            created.map_err(|error| error.to_string())?;
        }
        Ok(trail)
    }

    /// A database behind so many migrations, with no other rows than these have made; none where one of them fails.
    pub(super) fn begin_behind(steps: &Steps<'r>, place: usize) -> Result<Option<Self>, String> {
        let trail = Self::begin(steps)?;
        let (_, applied) = trail.versions.apply(&trail.site(), 0..place);
        match applied {
            Ok(()) => Ok(Some(trail)),
            Err(DatabaseError::Script(_)) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Its server: `PostgreSQL 15.18`.
    pub(super) fn server_in_words(&self) -> String {
        self.admin.server_in_words()
    }

    /// Whether it can go on.
    pub(super) fn is_sound(&self) -> bool {
        self.is_sound
    }

    /// The snapshot whose rows it has.
    pub(super) fn snapshot(&self) -> Option<&str> {
        self.snapshot.as_deref()
    }

    /// Puts the rows of the snapshot there that was saved behind so many migrations. Returns that, if there is one.
    pub(super) fn load_seed(&mut self, place: usize) -> Result<Option<&'r Seed>, String> {
        let versions = self.versions;
        let Some(seed) = versions.seed_at(place) else {
            return Ok(None);
        };
        versions
            .load(&self.site(), seed)
            .map_err(|error| error.to_string())?;
        self.known = None;
        self.snapshot = Some(seed.shown.clone());
        Ok(Some(seed))
    }

    /// Applies the migration at this place.
    pub(super) fn apply(&mut self, place: usize) -> Stepped {
        self.known = None;
        let stepped = self.versions.step(&self.site(), place);
        self.is_sound = stepped.result.is_ok();
        stepped
    }

    /// Takes the migration at this place back.
    pub(super) fn take_back(&mut self, place: usize) -> Result<std::time::Duration, DatabaseError> {
        self.known = None;
        self.versions.take_back(&self.site(), place)
    }

    /// Adds how many rows the tables have that were rewritten.
    pub(super) fn count_rows(&self, changes: &mut [TableChange]) -> Result<(), String> {
        if !changes.iter().any(|change| change.is_rewritten) {
            return Ok(());
        }
        let mut session = self.enter()?;
        for change in changes.iter_mut().filter(|change| change.is_rewritten) {
            let question = format!("SELECT pg_catalog.count(*) FROM {}", change.to_sql());
            let rows = session
                .value(&question)
                .map_err(|error| error.to_string())?;
            change.rows = rows.and_then(|rows| rows.parse().ok());
        }
        session.end();
        Ok(())
    }

    fn enter(&self) -> Result<Connection, String> {
        let info = self.admin.info().with_database(&self.database);
        Connection::open(&info, self.watch())
            .map_err(|error| format!("cannot look at the database: {error}"))
    }

    /// What the database is like.
    pub(super) fn likeness(&mut self) -> Result<Likeness, String> {
        if let Some(known) = &self.known {
            return Ok(known.clone());
        }
        let mut session = self.enter()?;
        let ours = self.versions.surroundings.pgtap.as_deref().cloned();
        let taken = Likeness::take(&mut session, &ours.unwrap_or_else(bundled_pgtap));
        session.end();
        let taken = taken.map_err(|error| error.to_string())?;
        self.known = Some(taken.clone());
        Ok(taken)
    }

    /// Keeps a copy of the database as it is, for [`take_up_again`](Self::take_up_again).
    pub(super) fn set_aside(&mut self) -> Result<(), String> {
        let copying = if self.is_own {
            Copying::Files
        } else {
            Copying::ServerDefault
        };
        self.admin
            .copy_with_properties(&self.database, &self.aside, copying)
            .map_err(|error| error.to_string())
    }

    /// Puts the copy in the place of the database; what that one is like.
    pub(super) fn take_up_again(&mut self, known: Likeness) -> Result<(), String> {
        self.is_sound = true;
        self.known = Some(known);
        self.admin
            .exchange(&self.database, &self.aside)
            .map_err(|error| error.to_string())
    }

    fn site(&self) -> Site<'_> {
        Site {
            admin: self.admin.info(),
            database: &self.database,
            watch: self.watch(),
        }
    }

    fn watch(&self) -> Watch {
        Watch {
            deadline: None,
            interruption: Some(self.interruption.clone()),
        }
    }
}

impl Drop for Trail<'_> {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            discard(server);
            return;
        }
        for name in [self.database.clone(), self.aside.clone()] {
            // What cannot be dropped is told by whoever looks at the server; nobody else is here to be told.
            let _ = self.admin.drop_persistently(&name);
        }
    }
}
