//! Takes what a test file brings while it runs: text into the TAP parser with its step, notices, errors.

use std::sync::Arc;
use std::time::Instant;

use super::guard::Guard;
use super::sighting::Sighting;
use crate::event::{Capture, Notice, ServerMessage, SqlError, Step, Warning};
use crate::script::Location;
use crate::session::{Row, Sink, TransactionStatus};
use crate::tap;

/// How much of a file's output is kept for reports, in bytes.
const CAPTURE_LIMIT: usize = 1024 * 1024;
/// How much of it is kept where it goes into an archive, in bytes.
const ARCHIVE_LIMIT: usize = 256 * 1024 * 1024;
/// How many notices of a file are kept.
const NOTICE_LIMIT: usize = 1000;
/// How many errors that let the script go on are kept.
const ERROR_LIMIT: usize = 1000;
/// How much text of notices, and of such errors, is kept of a file, in bytes.
const MESSAGES_LIMIT: usize = 1024 * 1024;

/// What was recorded of one test file.
pub struct Recorder {
    parser: tap::Parser,
    /// The steps that printed something, in order.
    pub steps: Vec<Step>,
    /// What was printed.
    pub output: Capture,
    /// The server's remarks.
    pub notices: Vec<Notice>,
    /// How many of them were not kept.
    pub dropped_notices: u64,
    /// The steps that failed.
    pub errors: Vec<SqlError>,
    /// What deserves a look.
    pub warnings: Vec<Warning>,
    /// What watches for green by accident.
    pub guard: Guard,
    /// What coverage wants to know, where it is measured.
    pub sighting: Option<Sighting>,
    /// How much of the output is kept, in bytes.
    room: usize,
    current: Option<Current>,
    notice_bytes: usize,
    error_bytes: usize,
}

struct Current {
    location: Location,
    source: Arc<str>,
    began: Instant,
    origin: Option<tap::Origin>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            parser: tap::Parser::new(),
            steps: Vec::new(),
            output: Capture::default(),
            notices: Vec::new(),
            dropped_notices: 0,
            errors: Vec::new(),
            warnings: Vec::new(),
            guard: Guard::default(),
            sighting: None,
            room: CAPTURE_LIMIT,
            current: None,
            notice_bytes: 0,
            error_bytes: 0,
        }
    }
}

impl Recorder {
    /// A recorder that keeps as much of the output as is wanted in an archive.
    pub fn for_archive() -> Self {
        Self {
            room: ARCHIVE_LIMIT,
            ..Self::default()
        }
    }

    /// Ends the recording: the TAP report.
    pub fn finish(&mut self) -> tap::Report {
        self.end();
        std::mem::replace(&mut self.parser, tap::Parser::new()).finish()
    }

    /// The notice as it would be without probes; none where it is a probe's own.
    fn without_probes(&mut self, notice: Notice) -> Option<Notice> {
        match &mut self.sighting {
            Some(sighting) => sighting.notice(notice),
            None => Some(notice),
        }
    }

    fn capture(&mut self, bytes: &[u8]) {
        let room = self.room.saturating_sub(self.output.text.len());
        // Once something was dropped nothing more is kept: what is kept is the beginning.
        let kept = if self.output.dropped_bytes > 0 {
            0
        } else {
            bytes.len().min(room)
        };
        self.output
            .text
            .push_str(&String::from_utf8_lossy(&bytes[..kept]));
        self.output.dropped_bytes += (bytes.len() - kept) as u64;
    }
}

impl Sink for Recorder {
    fn begin(&mut self, location: &Location, source: &str) {
        self.end();
        self.current = Some(Current {
            location: location.clone(),
            source: source.trim().into(),
            began: Instant::now(),
            origin: None,
        });
    }

    fn output(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let next = tap::Origin::try_from(self.steps.len()).unwrap_or(tap::Origin::MAX);
        let origin = match &mut self.current {
            Some(current) => *current.origin.get_or_insert_with(|| {
                self.steps.push(Step {
                    location: current.location.clone(),
                    source: Arc::clone(&current.source),
                    elapsed: current.began.elapsed(),
                });
                next
            }),
            None => next.saturating_sub(1),
        };
        self.capture(bytes);
        self.guard.output(bytes);
        self.parser.push(bytes, origin);
    }

    fn end(&mut self) {
        if let Some(current) = self.current.take()
            && let Some(step) = current
                .origin
                .and_then(|origin| self.steps.get_mut(origin as usize))
        {
            step.elapsed = current.began.elapsed();
        }
    }

    fn notice(&mut self, notice: Notice) {
        let Some(notice) = self.without_probes(notice) else {
            return;
        };
        let bytes = self.notice_bytes + size(&notice.message);
        // What is kept is the beginning.
        let fits = self.dropped_notices == 0
            && self.notices.len() < NOTICE_LIMIT
            && bytes <= MESSAGES_LIMIT;
        if fits {
            self.notice_bytes = bytes;
            self.notices.push(notice);
        } else {
            self.dropped_notices += 1;
        }
    }

    fn error(&mut self, mut error: SqlError) {
        if let Some(sighting) = &mut self.sighting {
            error = sighting.error(error);
        }
        let bytes = self.error_bytes + size(&error.message);
        let fits = self.errors.len() < ERROR_LIMIT && bytes <= MESSAGES_LIMIT;
        // The one that stops the script comes last and is always kept.
        if fits || !error.swallowed {
            self.error_bytes = bytes;
            self.errors.push(error);
        }
    }

    fn warning(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    fn statement(&mut self, text: &str) {
        let location = self.current.as_ref().map(|current| &current.location);
        self.guard.statement(text, location);
        if let Some(sighting) = &mut self.sighting {
            sighting.statement(text, location);
        }
    }

    fn settled(&mut self, status: TransactionStatus) {
        self.guard.settled(status);
        if let Some(sighting) = &mut self.sighting {
            sighting.settled(status);
        }
        self.warnings.extend(self.guard.take_warnings());
    }

    fn over(&mut self, status: TransactionStatus) {
        self.guard.over(status);
        if let Some(sighting) = &mut self.sighting {
            sighting.over();
        }
        self.warnings.extend(self.guard.take_warnings());
    }

    fn doubt(&mut self) -> Option<String> {
        let look = self.sighting.as_mut().and_then(Sighting::doubt);
        look.or_else(|| self.guard.doubt())
    }

    fn answer(&mut self, rows: Option<Vec<Row>>) {
        if let Some(sighting) = &mut self.sighting
            && sighting.is_asked()
        {
            sighting.answer(rows);
            return;
        }
        self.guard.answer(rows);
        self.warnings.extend(self.guard.take_warnings());
    }

    fn wants_stop(&self) -> bool {
        self.parser.bailed_out()
    }
}

/// About how many bytes a message takes: its longest fields.
fn size(message: &ServerMessage) -> usize {
    let fields = [
        &message.detail,
        &message.hint,
        &message.context,
        &message.internal_query,
    ];
    let further: usize = fields.into_iter().flatten().map(String::len).sum();
    message.message.len() + further
}
