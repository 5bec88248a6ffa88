//! A worker runs tasks one after the other: a pristine scratch database, then for each file a session, the script, a
//! verdict.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant, SystemTime};

use super::conditions::Conditions;
use super::file_session::{Broken, FileSession, SearchPaths, failure, role_of, scripts_of};
use super::ground::Ground;
use super::judgement::{Evidence, judge};
use super::plot::{Plot, WorkerError};
use super::recorder::Recorder;
use super::reuse::{IdleSession, traces_of};
use super::sighting::Sighting;
use super::task::Turn;
use crate::event::{Event, FileOutcome, ReasonKind, Warning, WarningKind};
use crate::project::TestFile;
use crate::script::Traces;
use crate::session::{FailureKind, ScriptText};
use crate::tap;

/// One worker with its plot.
pub(super) struct Worker<'r> {
    index: usize,
    conditions: &'r Conditions,
    plot: Plot<'r>,
    /// The file of the task at hand with which the database was lost.
    lost_with: Option<Arc<str>>,
    search_paths: SearchPaths,
    /// A session that a file has left to the next one.
    idle: Option<IdleSession<'r>>,
}

impl<'r> Worker<'r> {
    pub(super) fn start(
        index: usize,
        ground: &'r Ground,
        conditions: &'r Conditions,
        events: &'r SyncSender<Event>,
    ) -> Result<Self, WorkerError> {
        Ok(Self {
            index,
            conditions,
            plot: Plot::take(ground, conditions, events)?,
            lost_with: None,
            search_paths: SearchPaths::default(),
            idle: None,
        })
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
        let touched = self.conditions.touched.as_ref();
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
        let traces = match &scripts {
            Ok(scripts) if self.plot.ground().is_own() => traces_of(file, scripts, self.conditions),
            _ => Traces::default(),
        };
        let database = self.database(turn, traces);
        let has_database = database.is_ok();
        let broken = if let Err(broken) = database {
            Some(broken)
        } else {
            self.plot.mark_log();
            self.plot.hide(traces);
            if turn.is_last && turn.others_wait {
                self.plot.make_ahead(traces);
            }
            let begin = Instant::now();
            let result = scripts
                .and_then(|scripts| self.run_scripts(file, &scripts, turn, timeout, &mut recorder));
            elapsed = begin.elapsed();
            result.err()
        };
        let report = recorder.finish();
        if let (Some(touched), Some(sighting)) = (touched, recorder.sighting.take()) {
            touched.add(sighting.into_touches());
        }
        let mut outcome = self.outcome(file, timeout, recorder, report, broken.as_ref());
        outcome.started_at = started_at;
        outcome.elapsed = elapsed;
        let state = if turn.is_last {
            self.lost_with = None;
            self.finish(file, turn, traces, &mut outcome)
        } else {
            self.idle = None;
            if self.lost_with.is_none() && !(has_database && self.plot.hand_on(file, &mut outcome))
            {
                self.lost_with = Some(Arc::clone(&file.shown));
            }
            Ok(())
        };
        (outcome, state)
    }

    /// The database that the file runs in: a fresh one, or the one that the files before it have left.
    fn database(&mut self, turn: Turn, traces: Traces) -> Result<(), Broken> {
        if turn.is_first {
            self.lost_with = None;
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
        match &self.lost_with {
            None => Ok(()),
            Some(earlier) => {
                let text = format!(
                    "it did not run: the database that it shares was lost with {earlier}, which ran before it"
                );
                Err((
                    ReasonKind::Database,
                    failure(FailureKind::ConnectionLost, text),
                ))
            }
        }
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
            runs_functions: file.runs_functions(),
        });
        let mut reasons = judgement.reasons;
        if let (Some((ReasonKind::Database, _)), Some(first)) = (broken, reasons.first_mut()) {
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
        FileSession::open(file, database, ground, paths, timeout, self.conditions)
    }
}
