//! A worker runs tasks one after the other: a pristine scratch database, then for each file a session, the script, a
//! verdict.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::attempt::drops_roles;
use super::conditions::Conditions;
use super::crossing::Crossing;
use super::earlier::Earlier;
use super::file_session::{Broken, FileSession, SearchPaths, failure, role_of, scripts_of};
use super::judgement::{Evidence, judge};
use super::plot::{Plot, WorkerError};
use super::recorder::Recorder;
use super::reuse::{IdleSession, traces_of};
use super::sighting::Sighting;
use super::task::{SchemaVersion, Turn};
use crate::database::{DatabaseError, Site};
use crate::event::{FileOutcome, ReasonKind, Warning, WarningKind};
use crate::project::{Pin, TestFile};
use crate::script::{Location, Traces};
use crate::session::{Failure, FailureKind, ScriptText, TransactionStatus, Watch};
use crate::tap;

/// One worker with its plot.
pub(super) struct Worker<'r> {
    index: usize,
    conditions: &'r Conditions,
    plot: Plot<'r>,
    /// What makes databases at earlier versions of the schema.
    earlier: Option<&'r Earlier<'r>>,
    /// The version of the schema that the task at hand runs at.
    version: SchemaVersion,
    /// Why the task at hand has no database: what happened with an earlier file of it, in words.
    lost: Option<(ReasonKind, String)>,
    search_paths: SearchPaths,
    /// A session that a file has left to the next one.
    idle: Option<IdleSession<'r>>,
}

impl<'r> Worker<'r> {
    pub(super) fn new(
        index: usize,
        plot: Plot<'r>,
        conditions: &'r Conditions,
        earlier: Option<&'r Earlier<'r>>,
    ) -> Self {
        Self {
            index,
            conditions,
            plot,
            earlier,
            version: SchemaVersion::Newest,
            lost: None,
            search_paths: SearchPaths::default(),
            idle: None,
        }
    }

    /// A task begins whose files run at this version of the schema.
    pub(super) fn begin(&mut self, version: &SchemaVersion) {
        self.version = version.clone();
    }

    /// Runs one test file of a task.
    ///
    /// # Errors
    /// When this worker can run no more files. The file then has its verdict all the same.
    pub(super) fn run(
        &mut self,
        file: &TestFile,
        turn: Turn,
    ) -> (FileOutcome, Result<(), WorkerError>) {
        let started_at = SystemTime::now();
        let mut recorder = if self.conditions.keep_output {
            Recorder::for_archive()
        } else {
            Recorder::default()
        };
        // What is there at another version is not what coverage knows.
        let touched = self.conditions.touched.as_ref();
        let touched = touched.filter(|_| file.pin.is_none());
        recorder.sighting = touched.map(|_| Sighting::default());
        for problem in &file.header_problems {
            recorder.warnings.push(Warning {
                kind: WarningKind::Ignored,
                text: problem.text.clone(),
                location: Some(problem.location.clone()),
            });
        }
        let timeout = file.header.timeout.unwrap_or(self.conditions.timeout);
        let mut elapsed = Duration::ZERO;
        let scripts = scripts_of(file);
        let version = self.enter_version(file, turn);
        let traces = match &scripts {
            Ok(scripts) if self.plot.ground().is_own() => {
                traces_of(file, scripts, self.plot.template(), self.conditions)
            }
            _ => Traces::default(),
        };
        let mut crossing = None;
        let database = version.and_then(|()| self.database(turn, traces));
        let has_database = database.is_ok();
        let broken = if let Err(broken) = database {
            Some(broken)
        } else {
            self.plot.mark_log();
            self.plot.hide(traces);
            if turn.is_last && turn.others_wait {
                self.plot.make_ahead(traces);
            }
            if turn.is_first && matches!(file.pin, Some(Pin::After(_))) {
                crossing = self.cross(timeout);
            }
            let leaves_nothing = scripts
                .as_ref()
                .ok()
                .and_then(|scripts| self.leaves_nothing(file, scripts));
            let begin = Instant::now();
            let is_crossed = crossing.as_ref().is_none_or(Crossing::is_applied);
            let result = scripts.and_then(|scripts| {
                if is_crossed {
                    self.run_scripts(file, &scripts, turn, timeout, &mut recorder)
                } else {
                    Ok(())
                }
            });
            elapsed = begin.elapsed();
            let result = result.and_then(|()| self.leave_rows(file));
            if result.is_ok() && matches!(file.pin, Some(Pin::Before(_))) {
                recorder.warnings.extend(leaves_nothing);
                crossing = self.cross(timeout);
            }
            result.err()
        };
        let report = recorder.finish();
        if let (Some(touched), Some(sighting)) = (touched, recorder.sighting.take()) {
            touched.add(sighting.into_touches());
        }
        let mut outcome = self.outcome(file, timeout, recorder, report, broken.as_ref());
        outcome.started_at = started_at;
        outcome.elapsed = elapsed;
        let mut lost = None;
        if let Some(crossing) = &crossing {
            crossing.tell(&mut outcome, file.header.refused.as_ref());
            lost = crossing.loss().map(|text| (ReasonKind::Migration, text));
        } else if file.pin.as_ref().is_some_and(Pin::is_of_migration_test) && broken.is_some() {
            let text = format!(
                "it did not run: {}, which runs before it, is broken",
                file.shown
            );
            lost = Some((ReasonKind::Migration, text));
        }
        let state = if turn.is_last {
            self.lost = None;
            self.finish(file, turn, traces, &mut outcome)
        } else {
            self.idle = None;
            if self.lost.is_none() && !(has_database && self.plot.hand_on(file, &mut outcome)) {
                let text = format!(
                    "it did not run: the database that it shares was lost with {}, which ran before it",
                    file.shown
                );
                lost = Some((ReasonKind::Database, text));
            }
            self.lost = self.lost.take().or(lost);
            Ok(())
        };
        (outcome, state)
    }

    /// The database that the file runs in: a fresh one, or the one that the files before it have left.
    fn database(&mut self, turn: Turn, traces: Traces) -> Result<(), Broken> {
        if turn.is_first {
            self.lost = None;
            // Of files that share a database, only the first one's words are known by now.
            let is_blind = turn.is_last && !traces.sees_use && !traces.includes_unknown;
            if self.plot.is_pristine() && is_blind {
                if traces.sees_session {
                    self.idle = None;
                }
                return Ok(());
            }
            self.idle = None;
            return self.plot.make_scratch(traces).map_err(|error| {
                let (reason, kind) = if self.conditions.interruption.is_set() {
                    (ReasonKind::Interrupted, FailureKind::Interrupted)
                } else {
                    (ReasonKind::Database, FailureKind::ConnectionLost)
                };
                let mut text = error.to_string();
                if reason == ReasonKind::Database {
                    text = self.plot.ground().explain(text);
                }
                (reason, failure(kind, text))
            });
        }
        match &self.lost {
            None => Ok(()),
            Some((reason, text)) => {
                Err((*reason, failure(FailureKind::ConnectionLost, text.clone())))
            }
        }
    }

    /// Goes to the version of the schema that the task runs at.
    fn enter_version(&mut self, file: &TestFile, turn: Turn) -> Result<(), Broken> {
        if let SchemaVersion::Unknown(why, line) = &self.version {
            let location = Location::new(Arc::clone(&file.shown), *line, 1);
            return Err((
                ReasonKind::Migration,
                Failure {
                    kind: FailureKind::Script,
                    text: why.clone(),
                    location: Some(location),
                },
            ));
        }
        let (Some(place), true) = (self.version.place(), turn.is_first) else {
            return Ok(());
        };
        match self.plot.go_to(place) {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.idle = None;
                self.search_paths = SearchPaths::default();
                Ok(())
            }
            Err(error) => {
                self.idle = None;
                let is_of_script =
                    matches!(&error, WorkerError::Database(DatabaseError::Script(_)));
                let (reason, kind) = if self.conditions.interruption.is_set() {
                    (ReasonKind::Interrupted, FailureKind::Interrupted)
                } else if is_of_script {
                    (ReasonKind::Migration, FailureKind::Script)
                } else {
                    (ReasonKind::Database, FailureKind::ConnectionLost)
                };
                let text = self.plot.ground().explain(error.to_string());
                Err((reason, failure(kind, text)))
            }
        }
    }

    /// The warning that a script leaves no rows for the migration behind it, since it seems to take back what it does.
    fn leaves_nothing(&self, file: &TestFile, scripts: &[ScriptText]) -> Option<Warning> {
        let traces = traces_of(file, scripts, self.plot.template(), self.conditions);
        (!traces.commits()).then(|| Warning {
            kind: WarningKind::Ignored,
            text: "it commits nothing, so the migration meets none of its rows; end it by COMMIT, or begin no transaction".into(),
            location: Some(Location::new(Arc::clone(&file.shown), 1, 1)),
        })
    }

    /// A script that leaves rows for a migration has ended; it must not have left them in a transaction that is open.
    fn leave_rows(&mut self, file: &TestFile) -> Result<(), Broken> {
        if !matches!(file.pin, Some(Pin::Before(_))) {
            return Ok(());
        }
        // Its session ends here: the migration must not wait for it.
        let status = self
            .idle
            .take()
            .map(|mut idle| idle.session().connection().status());
        if status.is_none_or(|status| status == TransactionStatus::Idle) {
            return Ok(());
        }
        let text = "it ends inside a transaction, so the rows that it makes are gone before the migration is applied; end it by COMMIT";
        Err((
            ReasonKind::Script,
            failure(FailureKind::Script, text.to_owned()),
        ))
    }

    /// Applies the migration of a migration test to the scratch database.
    fn cross(&mut self, timeout: Option<Duration>) -> Option<Crossing> {
        let (SchemaVersion::Across(place), Some(earlier)) = (&self.version, self.earlier) else {
            return None;
        };
        let watch = Watch {
            deadline: timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
            interruption: Some(self.conditions.interruption.clone()),
        };
        let migration = earlier.versions.migration(*place);
        if migration.is_some_and(|it| drops_roles(&it.script))
            && let Err(error) = self.plot.drop_origins()
        {
            return Some(Crossing::not_tried(migration?, error));
        }
        let scratch = self.plot.scratch();
        let admin = self.plot.admin_way();
        let site = Site {
            admin: &admin,
            database: scratch.database(),
            watch,
        };
        Crossing::try_on(earlier.versions, &site, *place, self.plot.ground())
    }

    fn outcome(
        &self,
        file: &TestFile,
        timeout: Option<Duration>,
        recorder: Recorder,
        report: tap::Report,
        broken: Option<&Broken>,
    ) -> FileOutcome {
        let judgement = judge(&Evidence {
            report: &report,
            steps: &recorder.steps,
            errors: &recorder.errors,
            failure: broken.map(|(_, failure)| failure),
            remarks: &recorder.warnings,
            guard: &recorder.guard,
            timeout,
            strict: self.conditions.strict,
            may_be_silent: matches!(file.pin, Some(Pin::Before(_))),
            runs_functions: file.runs_functions(),
        });
        let mut reasons = judgement.reasons;
        if let (Some((kind @ (ReasonKind::Database | ReasonKind::Migration), _)), Some(first)) =
            (broken, reasons.first_mut())
        {
            first.kind = *kind;
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
            trial: None,
        }
    }

    fn run_scripts(
        &mut self,
        file: &TestFile,
        scripts: &[ScriptText],
        turn: Turn,
        timeout: Option<Duration>,
        recorder: &mut Recorder,
    ) -> Result<(), Broken> {
        let role = role_of(file, self.conditions);
        let mut idle = match self.idle.take().and_then(|idle| idle.for_role(role)) {
            Some(idle) => idle,
            None => IdleSession::fresh(self.session(file, turn, timeout)?, role),
        };
        let result = idle.begin(timeout).run(scripts, recorder);
        self.idle = Some(idle);
        result
    }

    fn session(
        &mut self,
        file: &TestFile,
        turn: Turn,
        timeout: Option<Duration>,
    ) -> Result<FileSession<'r>, Broken> {
        match self.open_session(file, turn, timeout) {
            // A file before may have changed who is let in, in a way which shows only now (`pg_hba.conf`, a shutdown
            // that waits). What fails on a new server too is this file's own doing.
            Err((ReasonKind::Database, _)) if turn.is_first && self.plot.ground().is_own() => {
                self.plot.make_scratch_anew().map_err(|error| {
                    let text = self.plot.ground().explain(error.to_string());
                    let failure = failure(FailureKind::ConnectionLost, text);
                    (ReasonKind::Database, failure)
                })?;
                self.open_session(file, turn, timeout)
            }
            opened => opened,
        }
    }

    /// Keeps the database, and the session, for the next file where that is as good as new ones; else sees to it that
    /// the next one finds nothing of this one.
    fn finish(
        &mut self,
        file: &TestFile,
        turn: Turn,
        traces: Traces,
        outcome: &mut FileOutcome,
    ) -> Result<(), WorkerError> {
        let idle = self.idle.take().filter(|_| turn.is_first);
        if let Some(mut idle) = idle
            && self.plot.prove(&mut idle, traces, outcome)
        {
            let is_clean = !traces.marks_session && !traces.includes_unknown;
            self.idle = Some(idle).filter(|_| is_clean);
            return Ok(());
        }
        self.plot.tidy(file, outcome)
    }

    fn open_session(
        &mut self,
        file: &TestFile,
        turn: Turn,
        timeout: Option<Duration>,
    ) -> Result<FileSession<'r>, Broken> {
        let database = self.plot.scratch();
        let ground = self.plot.ground();
        // Only a fresh database on a server of the tool's own is like the others.
        let mut asked = SearchPaths::default();
        let paths = if ground.is_own() && turn.is_first {
            &mut self.search_paths
        } else {
            &mut asked
        };
        let template = self.plot.template();
        FileSession::open(
            file,
            database,
            ground,
            paths,
            timeout,
            template,
            self.conditions,
        )
    }
}
