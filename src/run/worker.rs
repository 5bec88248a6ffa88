//! A worker runs test files one after the other: a fresh scratch database, a session, the script, a verdict.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant, SystemTime};

use super::admin::Admin;
use super::ground::{Ground, admin_of, discard};
use super::judgement::{Evidence, judge};
use super::last_words::tell_of_dead_server;
use super::recorder::Recorder;
use crate::cluster::Server;
use crate::database::{Copying, DatabaseError, Fingerprint, Template};
use crate::event::{Event, FileOutcome, ReasonKind, Verdict, Warning, WarningKind};
use crate::project::TestFile;
use crate::script::{quote_identifier, quote_literal};
use crate::session::conninfo::ConnInfo;
use crate::session::{
    Connection, Ended, Failure, FailureKind, Interpreter, Interruption, QueryError, ScriptText,
    Surroundings, Watch, WireError,
};
use crate::tap;

/// A test file to run.
#[derive(Debug, Clone)]
pub struct Task {
    /// The file.
    pub file: TestFile,
}

/// What holds for all test files of a run.
#[derive(Debug)]
pub struct Conditions {
    /// What each scratch database is a copy of.
    pub template: Template,
    /// The name of scratch databases on the tool's own clusters.
    pub database_name: String,
    /// The role that tests, where a file names no other.
    pub role: Option<String>,
    /// `search_path` for the sessions, where it was said.
    pub search_path: Option<String>,
    /// Further options for the sessions, as in `PGOPTIONS`.
    pub options: Option<String>,
    /// psql variables, in order.
    pub variables: Vec<(String, String)>,
    /// How long a file may run, where it does not say itself.
    pub timeout: Option<Duration>,
    /// Whether warnings break a file.
    pub strict: bool,
    /// Whether the database of a file that does not pass is left.
    pub keep_failed: bool,
    /// What scripts may use.
    pub surroundings: Surroundings,
    /// What interrupts the run.
    pub interruption: Interruption,
}

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

/// One worker with its server.
pub(super) struct Worker<'r> {
    index: usize,
    ground: &'r Ground,
    conditions: &'r Conditions,
    server: Option<Server>,
    admin: Admin,
    scratch: String,
    /// Whether that database may be there, on a shared server.
    is_made: bool,
    events: &'r SyncSender<Event>,
    fingerprint: Option<Fingerprint>,
    /// How long the server's log was when the file at hand began.
    log_mark: u64,
}

impl<'r> Worker<'r> {
    pub(super) fn start(
        index: usize,
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
            Some(_) => Some(admin.fingerprint(&scratch)?),
            None => None,
        };
        Ok(Self {
            index,
            ground,
            conditions,
            server,
            admin,
            scratch,
            is_made: false,
            events,
            fingerprint,
            log_mark: 0,
        })
    }

    /// Runs one test file.
    ///
    /// # Errors
    /// When this worker can run no more files. The file then has its verdict all the same.
    pub(super) fn run(&mut self, task: &Task) -> (FileOutcome, Result<(), WorkerError>) {
        let started_at = SystemTime::now();
        let mut recorder = Recorder::default();
        let file = &task.file;
        for problem in &file.header_problems {
            recorder.warnings.push(Warning {
                kind: WarningKind::Ignored,
                text: problem.text.clone(),
                location: Some(problem.location.clone()),
            });
        }
        let timeout = file.header.timeout.unwrap_or(self.conditions.timeout);
        let mut elapsed = Duration::ZERO;
        let failure = if let Err(error) = self.make_scratch() {
            let (reason, kind) = if self.is_interrupted() {
                (ReasonKind::Interrupted, FailureKind::Interrupted)
            } else {
                (ReasonKind::Database, FailureKind::ConnectionLost)
            };
            let failure = Failure {
                kind,
                text: error.to_string(),
                location: None,
            };
            Some((reason, failure))
        } else {
            self.log_mark = self.server.as_ref().map_or(0, Server::log_length);
            let begin = Instant::now();
            let result = self.run_script(file, timeout, &mut recorder);
            elapsed = begin.elapsed();
            result.err()
        };
        let report = recorder.finish();
        let mut outcome = self.outcome(file, timeout, recorder, report, failure.as_ref());
        outcome.started_at = started_at;
        outcome.elapsed = elapsed;
        let state = self.tidy(file, &mut outcome);
        (outcome, state)
    }

    fn outcome(
        &self,
        file: &TestFile,
        timeout: Option<Duration>,
        recorder: Recorder,
        report: tap::Report,
        failure: Option<&(ReasonKind, Failure)>,
    ) -> FileOutcome {
        let judgement = judge(&Evidence {
            report: &report,
            steps: &recorder.steps,
            errors: &recorder.errors,
            failure: failure.map(|(_, failure)| failure),
            remarks: &recorder.warnings,
            timeout,
            strict: self.conditions.strict,
        });
        let mut reasons = judgement.reasons;
        if let (Some((ReasonKind::Database, _)), Some(first)) = (failure, reasons.first_mut()) {
            first.kind = ReasonKind::Database;
        }
        FileOutcome {
            file: Arc::clone(&file.shown),
            verdict: judgement.verdict,
            reasons,
            report,
            steps: recorder.steps,
            errors: recorder.errors,
            notices: recorder.notices,
            dropped_notices: recorder.dropped_notices,
            warnings: judgement.warnings,
            output: recorder.output,
            started_at: SystemTime::UNIX_EPOCH,
            elapsed: Duration::ZERO,
            worker: self.index,
            kept: None,
        }
    }

    /// Makes the scratch database; once more on a new server where the old one does not answer.
    fn make_scratch(&mut self) -> Result<(), WorkerError> {
        let template = &self.conditions.template;
        let copying = match self.ground {
            Ground::Own(_) => Copying::Files,
            Ground::Shared { .. } => Copying::ServerDefault,
        };
        self.is_made = self.server.is_none();
        match self.admin.create(template, &self.scratch, copying) {
            Ok(()) => Ok(()),
            Err(error) if self.is_interrupted() => Err(error.into()),
            Err(_) if self.server.is_some() => {
                self.renew()?;
                Ok(self.admin.create(template, &self.scratch, copying)?)
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

    fn is_interrupted(&self) -> bool {
        self.conditions.interruption.is_set()
    }

    fn role_of<'a>(&'a self, file: &'a TestFile) -> Option<&'a str> {
        let role = file.header.role.as_ref().or(self.conditions.role.as_ref());
        role.map(String::as_str)
    }

    /// How the file's session is opened: its database, role and options.
    fn session_info(&self, file: &TestFile) -> (ConnInfo, Option<String>) {
        let mut info = self.admin.info().with_database(&self.scratch);
        let role = self.role_of(file);
        let mut assumed = None;
        match (role, &self.server) {
            (Some(role), Some(_)) => info = info.with_user(role),
            (role, _) => assumed = role.map(str::to_owned),
        }
        let search_path = self.conditions.search_path.as_ref();
        let mut options: Vec<String> = info.options.iter().cloned().collect();
        options.extend(search_path.map(|path| format!("-c search_path={}", escape_option(path))));
        options.extend(self.conditions.options.iter().cloned());
        info.options = (!options.is_empty()).then(|| options.join(" "));
        (info, assumed)
    }

    fn run_script(
        &mut self,
        file: &TestFile,
        timeout: Option<Duration>,
        recorder: &mut Recorder,
    ) -> Result<(), (ReasonKind, Failure)> {
        let script = ScriptText::read(&file.path, Arc::clone(&file.shown))
            .map_err(|failure| (ReasonKind::Script, failure))?;
        let mut connection = match self.open_session(file, timeout) {
            Err((ReasonKind::Database, _)) if self.server.is_some() => {
                self.open_session_on_a_new_server(file, timeout)
            }
            opened => opened,
        }?;
        let mut interpreter =
            Interpreter::new(&mut connection, recorder, &self.conditions.surroundings);
        for (name, value) in &self.conditions.variables {
            interpreter.variables.set(name, value).map_err(|text| {
                let failure = Failure {
                    kind: FailureKind::Command,
                    text,
                    location: None,
                };
                (ReasonKind::Command, failure)
            })?;
        }
        interpreter
            .run(&script)
            .map_err(|failure| (ReasonKind::SqlError, failure))
    }

    /// Opens the file's session, in its role.
    fn open_session(
        &self,
        file: &TestFile,
        timeout: Option<Duration>,
    ) -> Result<Connection, (ReasonKind, Failure)> {
        let watch = Watch {
            deadline: timeout.map(|timeout| Instant::now() + timeout),
            interruption: Some(self.conditions.interruption.clone()),
        };
        let (info, assumed) = self.session_info(file);
        let role = assumed.as_ref().unwrap_or(&info.user);
        let unopened = |kind: FailureKind, error: &dyn std::fmt::Display| {
            let reason = match kind {
                FailureKind::ConnectionLost => ReasonKind::Database,
                _ => ReasonKind::Interrupted,
            };
            let failure = Failure {
                kind,
                text: format!("cannot open a session as role \"{role}\": {error}"),
                location: None,
            };
            (reason, failure)
        };
        let mut connection = Connection::open(&info, watch).map_err(|error| {
            let kind = match &error {
                WireError::Unanswered(Ended::Interrupted) => FailureKind::Interrupted,
                WireError::Unanswered(Ended::Timeout) => FailureKind::Timeout,
                _ => FailureKind::ConnectionLost,
            };
            unopened(kind, &error)
        })?;
        if let Some(role) = &assumed {
            connection
                .execute(&format!("SET ROLE {}", quote_identifier(role)))
                .map_err(|error| unopened(FailureKind::ConnectionLost, &error))?;
        }
        if let (Some(schema), None) = (
            &self.conditions.template.pgtap_schema,
            &self.conditions.search_path,
        ) {
            reach(&mut connection, schema)
                .map_err(|error| unopened(FailureKind::ConnectionLost, &error))?;
        }
        Ok(connection)
    }

    /// Opens the file's session where the server lets nobody in: a file before may have changed that in a way
    /// which shows only now (`pg_hba.conf`, a shutdown that waits). What fails here too is this file's own doing.
    fn open_session_on_a_new_server(
        &mut self,
        file: &TestFile,
        timeout: Option<Duration>,
    ) -> Result<Connection, (ReasonKind, Failure)> {
        self.renew()
            .and_then(|()| self.make_scratch())
            .map_err(|error| {
                let failure = Failure {
                    kind: FailureKind::ConnectionLost,
                    text: error.to_string(),
                    location: None,
                };
                (ReasonKind::Database, failure)
            })?;
        self.open_session(file, timeout)
    }

    /// Sees to it that the next file finds nothing of this one.
    fn tidy(&mut self, file: &TestFile, outcome: &mut FileOutcome) -> Result<(), WorkerError> {
        let keep = self.conditions.keep_failed
            && matches!(outcome.verdict, Verdict::Failed | Verdict::Broken);
        if self.server.is_none() {
            return self.tidy_shared(outcome, keep);
        }
        let is_alive = self.server.as_mut().is_some_and(Server::is_alive);
        let untouched =
            is_alive && !keep && self.admin.fingerprint(&self.scratch).ok() == self.fingerprint;
        if untouched {
            return Ok(());
        }
        if let Some(server) = &self.server
            && (!is_alive || self.admin.is_lost())
        {
            tell_of_dead_server(outcome, is_alive, &server.log_since(self.log_mark));
        }
        if keep
            && is_alive
            && let (Ground::Own(clusters), Some(server)) = (self.ground, self.server.take())
        {
            let user = self.role_of(file).unwrap_or(crate::cluster::SUPERUSER);
            let kept = clusters.run_directory.keep(server)?;
            outcome.kept = Some(kept.psql(user, &self.scratch));
        }
        if self.is_interrupted() {
            // No file follows, and what this one left goes with the server.
            return Ok(());
        }
        self.renew()
    }

    fn tidy_shared(&mut self, outcome: &mut FileOutcome, keep: bool) -> Result<(), WorkerError> {
        if keep {
            let info = self.admin.info().with_database(&self.scratch);
            outcome.kept = Some(info.psql_command());
            self.take_another_name();
            return Ok(());
        }
        match self.admin.drop_persistently(&self.scratch) {
            Ok(()) => self.is_made = false,
            Err(error) if self.admin.is_lost() && self.admin.reconnect().is_err() => {
                return Err(error.into());
            }
            Err(error) => {
                self.tell_of_left_database(&error);
                self.take_another_name();
            }
        }
        Ok(())
    }

    /// The database of the old name is left where it is.
    fn take_another_name(&mut self) {
        self.scratch = self.ground.scratch_name(&self.conditions.database_name);
        self.is_made = false;
    }

    fn tell_of_left_database(&self, error: &dyn std::fmt::Display) {
        let text = format!(
            "{error}; the database \"{}\" may still be there: drop it by hand",
            self.scratch
        );
        let _ = self.events.send(Event::Remark(text));
    }

    /// A new server from the golden data directory, in the place of one that a file has changed.
    fn renew(&mut self) -> Result<(), WorkerError> {
        if let Some(server) = self.server.take() {
            discard(server);
        }
        let fresh = Self::start(self.index, self.ground, self.conditions, self.events)?;
        *self = fresh;
        Ok(())
    }
}

impl Drop for Worker<'_> {
    /// Whatever ended the worker, a bug included: its database on a shared server is dropped, its own server is
    /// stopped.
    fn drop(&mut self) {
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
            self.tell_of_left_database(&error);
        }
    }
}

/// Appends a schema to the session's `search_path` where it is not on it and the session may use it. The database's
/// and the role's own settings count, which an option of the connection would override.
fn reach(connection: &mut Connection, schema: &str) -> Result<(), QueryError> {
    connection.execute(&format!(
        "SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ',
                    nullif(pg_catalog.current_setting('search_path'), ''), pg_catalog.quote_ident(n.nspname)), false)
           FROM pg_catalog.pg_namespace n
          WHERE n.nspname = {} AND n.nspname <> ALL (pg_catalog.current_schemas(false))
            AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')",
        quote_literal(schema)
    ))
}

/// A value inside `options`, where blanks and backslashes are escaped (`libpq`, `options`).
fn escape_option(value: &str) -> String {
    value.replace('\\', "\\\\").replace(' ', "\\ ")
}
