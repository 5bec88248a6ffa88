//! What coverage sees of a test file while it runs: what probes tell, what errors tell, and what is looked at before a
//! transaction ends. The file's own notices and errors come out of it as they would be without probes.

use crate::coverage::{Looks, Touch, Touches, hide_probes};
use crate::event::{Notice, SqlError};
use crate::script::Location;
use crate::session::{Row, TransactionStatus};

/// See the module's words.
#[derive(Debug, Default)]
pub struct Sighting {
    touches: Touches,
    /// Those of the session at hand.
    pub(super) looks: Looks,
    /// The step at hand.
    location: Option<Location>,
    is_due: bool,
    is_asked: bool,
    /// What is to be looked up behind that.
    further: Option<&'static str>,
    is_further: bool,
}

impl Sighting {
    /// A notice: the file's own; none where it is a probe's.
    pub(super) fn notice(&mut self, notice: Notice) -> Option<Notice> {
        let mut notice = self.touches.take(notice)?;
        notice.message = hide_probes(notice.message);
        Some(notice)
    }

    /// An error that reached the file.
    pub(super) fn error(&mut self, error: SqlError) -> SqlError {
        if let Some(touch) = Touch::of_error(&error.message) {
            self.touches.add(touch, &error.location);
        }
        SqlError {
            message: hide_probes(error.message),
            ..error
        }
    }

    /// A statement is about to be sent.
    pub(super) fn statement(&mut self, text: &str, location: Option<&Location>) {
        self.is_due = self.looks.is_due_before(text);
        if !self.is_due {
            self.location = location.cloned();
        }
    }

    /// That statement is done, and leaves the session in a transaction or not.
    pub(super) fn settled(&mut self, status: TransactionStatus) {
        let is_missed = status == TransactionStatus::Idle && self.looks.misses_when_idle();
        if let (true, Some(location)) = (is_missed, &self.location) {
            self.touches.add(Touch::Outside, location);
        }
    }

    /// The script came to its end.
    pub(super) fn over(&mut self) {
        self.is_due = self.looks.is_due_at_end();
    }

    /// What to look up right now.
    pub(super) fn doubt(&mut self) -> Option<String> {
        if let Some(query) = self.further.take() {
            (self.is_asked, self.is_further) = (true, true);
            return Some(query.to_owned());
        }
        self.is_asked = std::mem::take(&mut self.is_due);
        self.is_asked.then(|| self.looks.query().to_owned())
    }

    /// Whether it is this that the next answer is for.
    pub(super) fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// What the look brought. It counts for the last step before.
    pub(super) fn answer(&mut self, rows: Option<Vec<Row>>) {
        self.is_asked = false;
        let is_further = std::mem::take(&mut self.is_further);
        let (Some(rows), Some(location)) = (rows, &self.location) else {
            return;
        };
        let touches = if is_further {
            self.looks.take_further(&rows)
        } else {
            let (touches, further) = self.looks.take(&rows);
            self.further = further;
            touches
        };
        for touch in touches {
            self.touches.add(touch, location);
        }
    }

    /// All that the file touched.
    pub(super) fn into_touches(self) -> Touches {
        self.touches
    }
}
