//! The statements of the transaction in which a script failed, so that what came before the failing one can be done again,
//! to look in that state for the row that was in its way. Only statements are done again, never commands of psql: no
//! shell command, no file.

use super::FailingRow;
use super::witness::Witness;
use crate::script::dependence;
use crate::session::{Connection, TransactionStatus, is_copy_from_script};

/// How many bytes of statements are remembered of one transaction.
const REMEMBERED: usize = 16 << 20;

/// What a script sent in the transaction at hand.
#[derive(Debug, Default)]
pub(super) struct Replay {
    statements: Vec<String>,
    bytes: usize,
    /// Whether something was done besides, which cannot be done again.
    is_more: bool,
    /// Whether the step at hand has sent the last of them.
    is_at_hand: bool,
}

impl Replay {
    /// A step begins, whose first line is this.
    pub(super) fn step(&mut self, source: &str) {
        const MORE: [&str; 4] = ["\\copy", "\\lo_", "\\c ", "\\connect"];
        self.is_at_hand = false;
        self.is_more |= MORE.iter().any(|command| source.contains(command));
    }

    /// A statement is sent.
    pub(super) fn send(&mut self, text: &str) {
        self.bytes = self.bytes.saturating_add(text.len());
        self.is_at_hand = true;
        if self.bytes > REMEMBERED {
            self.is_more = true;
            self.statements.clear();
        }
        if !self.is_more {
            self.statements.push(text.to_owned());
        }
    }

    /// A statement is done, and leaves the session so.
    pub(super) fn settle(&mut self, status: TransactionStatus) {
        if status == TransactionStatus::Idle {
            *self = Self::default();
        }
    }

    /// What came before the statement that failed, and that statement; none where more was done than can be done again.
    fn parts(&self) -> Option<(&[String], &str)> {
        let (last, before) = self.statements.split_last()?;
        let is_sound = !self.is_more && self.is_at_hand;
        let again =
            |text: &String| !is_copy_from_script(text) && dependence(text).on_outside.is_none();
        (is_sound && before.iter().all(again) && dependence(last).on_outside.is_none())
            .then_some((before, last))
    }
}

/// The row on which a script failed, where one is found. The transaction in which it failed is over afterwards, where it was
/// looked for.
pub(super) fn failing_row(session: &mut Connection, witness: &Witness<'_>) -> Option<FailingRow> {
    let message = &witness.error.as_ref()?.message;
    let (before, statement) = witness.replay.as_ref()?.parts()?;
    if !FailingRow::may_be_found(statement, message) || session.is_lost() {
        return None;
    }
    if session.status() != TransactionStatus::Idle {
        session.execute("ROLLBACK").ok()?;
    }
    let found = (|| {
        session.execute("BEGIN").ok()?;
        for earlier in before {
            session.execute(earlier).ok()?;
        }
        FailingRow::find(session, statement, message)
    })();
    // A session that is lost says so when it is used again.
    let _ = session.execute("ROLLBACK");
    found
}
