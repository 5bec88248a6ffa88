//! The trail of steps: one database that goes through all versions of a schema with its rows, on a server of its own.

use std::sync::Arc;

use super::Steps;
use crate::cluster::{ClusterError, Mode, Server};
use crate::database::{
    Copying, DatabaseError, Ends, Likeness, Onlooker, Ran, Rehearsal, RoundTrip, Seed, Site,
    Stepped, Traveller, Versions, bundled_pgtap,
};
use crate::event::TableChange;
use crate::migration::{Migration, MigrationScript};
use crate::run::admin::Admin;
use crate::run::attempt::drops_roles;
use crate::run::ground::{ASIDE, Ground, admin_of, discard};
use crate::script::traces;
use crate::session::{Interruption, Pgtap, Watch};

/// A database that goes through all versions.
pub(super) struct Trail<'r> {
    ground: &'r Ground,
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
    /// Who looks at it between the steps.
    onlooker: Option<Onlooker>,
    /// What it was like when it was last looked at, where nothing has changed it since.
    known: Option<Likeness>,
    pgtap: Arc<Pgtap>,
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
            ground,
            versions: steps.versions,
            interruption: steps.interruption.clone(),
            admin: admin.map_err(|error| error.to_string())?,
            database: ground.scratch_name(steps.database_name),
            aside: ground.scratch_name(ASIDE),
            server,
            is_sound: true,
            snapshot: None,
            onlooker: None,
            known: None,
            pgtap: (steps.versions.surroundings.pgtap.clone())
                .unwrap_or_else(|| Arc::new(bundled_pgtap())),
        };
        if !trail.ground.is_own() {
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

    /// Where its server is.
    pub(super) fn ground(&self) -> &'r Ground {
        self.ground
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
        let script = self.versions.migration(place).map(|it| &it.script);
        if script.is_some_and(|it| traces(&it.text).sees_cluster || it.text.contains("pg_stat")) {
            // It may see who else is there, or copy the database.
            self.look_away();
        }
        let stepped = self.versions.step(&self.site(), place);
        self.is_sound = stepped.result.is_ok();
        stepped
    }

    /// Adds how many rows the tables have that were rewritten.
    pub(super) fn count_rows(&mut self, changes: &mut [TableChange]) -> Result<(), String> {
        if !changes.iter().any(|change| change.is_rewritten) {
            return Ok(());
        }
        let session = self.look()?.session();
        for change in changes.iter_mut().filter(|change| change.is_rewritten) {
            let question = format!("SELECT pg_catalog.count(*) FROM {}", change.to_sql());
            let rows = session
                .value(&question)
                .map_err(|error| error.to_string())?;
            change.rows = rows.and_then(|rows| rows.parse().ok());
        }
        Ok(())
    }

    fn look(&mut self) -> Result<&mut Onlooker, String> {
        let onlooker = if let Some(onlooker) = self.onlooker.take() {
            onlooker
        } else {
            let info = self.admin.info().with_database(&self.database);
            let entered = Onlooker::enter(&info, self.watch());
            entered.map_err(|error| error.to_string())?
        };
        Ok(self.onlooker.insert(onlooker))
    }

    fn look_away(&mut self) {
        if let Some(onlooker) = self.onlooker.take() {
            onlooker.leave();
        }
    }

    /// What the database is like.
    pub(super) fn likeness(&mut self) -> Result<Likeness, String> {
        if let Some(known) = &self.known {
            return Ok(known.clone());
        }
        let pgtap = Arc::clone(&self.pgtap);
        let mut taken = self.look()?.likeness(&pgtap);
        if self.onlooker.as_ref().is_some_and(Onlooker::is_lost) {
            // A migration may have ended its session.
            self.look_away();
            taken = self.look()?.likeness(&pgtap);
        }
        let taken = taken.map_err(|error| error.to_string())?;
        self.known = Some(taken.clone());
        Ok(taken)
    }

    /// Makes a round trip in one transaction that is rolled back; none where that cannot tell what comes of it.
    pub(super) fn rehearse(
        &mut self,
        (migration, down): (&Migration, &MigrationScript),
        ends: Ends<'_>,
    ) -> Result<Option<RoundTrip>, String> {
        // A verify script runs in no transaction; and on a server of somebody else's, nobody need be a superuser.
        if migration.verify.is_some() || !self.ground.is_own() {
            return Ok(None);
        }
        let versions = self.versions;
        let (admin, database) = (self.admin.info().clone(), self.database.clone());
        let pgtap = Arc::clone(&self.pgtap);
        let rehearsed = self.look()?.rehearse(&Rehearsal {
            migration,
            down,
            applying: versions.applying(&admin, &database),
            role: versions.owner.as_deref(),
            ends,
            pgtap: &pgtap,
        });
        if !matches!(rehearsed, Ok(Some(_))) {
            // A script may have left something in the session.
            self.look_away();
        }
        rehearsed.map_err(|error| error.to_string())
    }

    /// Makes a round trip with the migration at this place, while a copy of what is there waits to take its place again.
    pub(super) fn there_and_back(
        &mut self,
        place: usize,
        (migration, down): (&Migration, &MigrationScript),
        ends: &Ends<'_>,
    ) -> Result<RoundTrip, String> {
        self.look_away();
        let trip = if drops_roles(&migration.script) || drops_roles(down) {
            self.on_other_server(place, ends)
        } else {
            self.beside_a_copy(place, ends)
        }?;
        self.is_sound = true;
        self.known = Some(ends.behind.clone());
        Ok(trip)
    }

    /// The copy is another database.
    fn beside_a_copy(&mut self, place: usize, ends: &Ends<'_>) -> Result<RoundTrip, String> {
        let copying = if self.ground.is_own() {
            Copying::Files
        } else {
            Copying::ServerDefault
        };
        self.admin
            .copy_with_properties(&self.database, &self.aside, copying)
            .map_err(|error| error.to_string())?;
        let trip = RoundTrip::make(&mut Committing { trail: self, place }, ends)?;
        self.look_away();
        self.admin
            .exchange(&self.database, &self.aside)
            .map_err(|error| error.to_string())?;
        Ok(trip)
    }

    /// The copy is the whole cluster, where it is the tool's own: no database besides the one keeps a role from being dropped, and
    /// roles are afterwards as they were, too.
    fn on_other_server(&mut self, place: usize, ends: &Ends<'_>) -> Result<RoundTrip, String> {
        let in_words = |error: ClusterError| error.to_string();
        let ground = self.ground;
        let (Ground::Own(clusters), Some(server)) = (ground, self.server.take()) else {
            return self.beside_a_copy(place, ends);
        };
        let data = server.stop(Mode::Fast).map_err(in_words)?;
        let copy = data.copy_to(&clusters.place()).map_err(in_words)?;
        self.enter_server(clusters.start_on(&copy).map_err(in_words)?)?;
        let trip = RoundTrip::make(&mut Committing { trail: self, place }, ends)?;
        self.look_away();
        if let Some(server) = self.server.take() {
            discard(server);
        }
        self.enter_server(clusters.start_on(&data).map_err(in_words)?)?;
        Ok(trip)
    }

    fn enter_server(&mut self, server: Server) -> Result<(), String> {
        let info = admin_of(&server);
        self.server = Some(server);
        let admin = Admin::connect(info, &self.interruption, "try migrations on rows");
        self.admin = admin.map_err(|error| error.to_string())?;
        Ok(())
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

/// Who goes there and back with a transaction for each script.
struct Committing<'t, 'r> {
    trail: &'t mut Trail<'r>,
    place: usize,
}

impl Traveller for Committing<'_, '_> {
    type Error = String;

    fn back(&mut self) -> Result<Ran, String> {
        self.trail.known = None;
        Ok(self
            .trail
            .versions
            .take_back(&self.trail.site(), self.place))
    }

    fn forth(&mut self) -> Result<Ran, String> {
        let again = self.trail.apply(self.place);
        Ok(again.result.map(|()| again.elapsed))
    }

    fn likeness(&mut self) -> Result<Likeness, String> {
        self.trail.likeness()
    }
}

impl Drop for Trail<'_> {
    fn drop(&mut self) {
        self.look_away();
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
