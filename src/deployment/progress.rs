//! How far a migration has come that is no one transaction: which of its statements are done, noted in the history in the
//! very transaction of each statement. So it can always be told where to go on, but for a statement that cannot be in a
//! transaction block: of that it is known that it was begun.

use super::control::{is_concurrent, sets_the_session, stays_outside};
use super::history::{Fence, HistoryTable};
use crate::script::{Control, Location};
use crate::session::{Booking, Ledger, TransactionStatus};

/// The account of one migration.
#[derive(Debug)]
pub(super) struct Progress {
    /// What it is noted for, and by whom.
    rank: i64,
    run: String,
    /// How many statements were done before, and are passed over.
    before: u32,
    /// How many have come.
    come: u32,
    /// How many are done, as the history says.
    noted: u32,
    /// What it will say when the statement at hand is done.
    next: u32,
    /// Whether the statement at hand may be half done when it fails.
    is_risky: bool,
}

impl Progress {
    /// Of the entry of this rank, whose first statements are done; noted by the run of this name.
    pub(super) fn new(rank: i64, run: &str, before: u32) -> Self {
        Self {
            rank,
            run: run.to_owned(),
            before,
            come: 0,
            noted: before,
            next: before,
            is_risky: false,
        }
    }

    /// How many statements are known to be done.
    pub(super) fn done(&self) -> u32 {
        self.noted
    }

    /// Whether the statement at hand may be half done when it fails.
    pub(super) fn is_risky(&self) -> bool {
        self.is_risky
    }

    /// What the history must still say of it.
    pub(super) fn fence(&self) -> Fence<'_> {
        Fence {
            rank: self.rank,
            run: &self.run,
            done: self.noted,
        }
    }

    /// A statement that cannot be in a transaction: noted before it is sent, and behind it.
    fn around(&mut self, text: &str, location: &Location) -> Booking {
        let at = format!("{}:{}", location.file, location.line());
        self.is_risky = true;
        let before = HistoryTable::note(&self.fence(), self.come - 1, Some(&at));
        // What is noted now is what the note behind it finds.
        self.noted = self.come - 1;
        let behind = HistoryTable::note(&self.fence(), self.come, None);
        self.next = self.come;
        // It waits for old transactions as for a lock, and is in nobody's way meanwhile.
        let (patient, as_before) = if is_concurrent(text) {
            (PATIENT, AS_BEFORE)
        } else {
            ("", "")
        };
        Booking::Send {
            before: Some(format!("BEGIN; {before}; COMMIT{patient}")),
            behind: Some(format!("BEGIN; {behind}; COMMIT{as_before}")),
            failed: None,
        }
    }
}

/// Lets statements wait for locks as long as it takes, and takes that back.
const PATIENT: &str = "; SELECT pg_catalog.set_config('pgassay.lock_timeout', pg_catalog.current_setting('lock_timeout'), false), \
                       pg_catalog.set_config('lock_timeout', '0', false)";
const AS_BEFORE: &str = "; SELECT pg_catalog.set_config('lock_timeout', pg_catalog.current_setting('pgassay.lock_timeout'), false)";

impl Ledger for Progress {
    fn book(&mut self, text: &str, location: &Location, status: TransactionStatus) -> Booking {
        self.come += 1;
        self.is_risky = false;
        self.next = self.noted;
        if self.come <= self.before {
            return Booking::Skip;
        }
        match (status, Control::of(text)) {
            (_, Control::Prepares) => Booking::Refuse(
                "a migration cannot leave its work to somebody who commits it later (PREPARE TRANSACTION)".to_owned(),
            ),
            (_, Control::Joined) => Booking::Refuse(
                "statements that \\; joins begin or end a transaction, so that it could not be told which of them are done; end each with a \
                 semicolon alone"
                    .to_owned(),
            ),
            (TransactionStatus::Open, Control::Commits) => {
                self.next = self.come;
                Booking::Send {
                    before: Some(HistoryTable::note(&self.fence(), self.come, None)),
                    behind: None,
                    failed: None,
                }
            }
            (TransactionStatus::Open | TransactionStatus::Failed, _)
            // They leave nothing in the database; what comes behind them notes them too.
            | (TransactionStatus::Idle, Control::Begins) => Booking::BARE,
            (TransactionStatus::Idle, _) if sets_the_session(text) => Booking::BARE,
            (TransactionStatus::Idle, _) if stays_outside(text) => self.around(text, location),
            (TransactionStatus::Idle, _) => {
                self.next = self.come;
                let note = HistoryTable::note(&self.fence(), self.come, None);
                Booking::Send {
                    before: Some("BEGIN".to_owned()),
                    behind: Some(format!("{note}; COMMIT")),
                    failed: Some("ROLLBACK".to_owned()),
                }
            }
        }
    }

    fn closed(&mut self) {
        self.noted = self.next;
        self.is_risky = false;
    }
}

/// The account of a migration that is one transaction: nothing may end that before its entry is in it.
#[derive(Debug)]
pub(super) struct Whole;

impl Ledger for Whole {
    fn book(&mut self, text: &str, _: &Location, _: TransactionStatus) -> Booking {
        match Control::of(text) {
            Control::None | Control::Begins => Booking::BARE,
            _ => Booking::Refuse(
                "it ends the transaction that the whole migration is in, so that a part of it would be kept and not noted; let the \
                 migration run without one, as its layout says it, or take this out"
                    .to_owned(),
            ),
        }
    }

    fn closed(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn booked(progress: &mut Progress, text: &str, status: TransactionStatus) -> Booking {
        let booking = progress.book(text, &Location::new("m.sql", 3, 1), status);
        if matches!(booking, Booking::Send { .. }) {
            progress.closed();
        }
        booking
    }

    fn is_in_transaction(booking: &Booking) -> bool {
        matches!(booking, Booking::Send { before: Some(before), .. } if before == "BEGIN")
    }

    #[test]
    fn a_statement_is_done_when_the_note_behind_it_is_sent() {
        let mut progress = Progress::new(7, "r", 0);
        let location = Location::new("m.sql", 3, 1);
        let booking = progress.book("CREATE TABLE t ()", &location, TransactionStatus::Idle);
        assert!(is_in_transaction(&booking));
        assert_eq!(progress.done(), 0, "it may still fail");
        progress.closed();
        assert_eq!(progress.done(), 1);
        progress.book("VACUUM t", &location, TransactionStatus::Idle);
        assert_eq!((progress.done(), progress.is_risky()), (1, true));
        progress.closed();
        assert_eq!((progress.done(), progress.is_risky()), (2, false));
    }

    #[test]
    fn a_transaction_of_the_script_is_noted_where_it_ends() {
        let mut progress = Progress::new(7, "r", 0);
        let mut book = |text, status| booked(&mut progress, text, status);
        assert_eq!(book("BEGIN", TransactionStatus::Idle), Booking::BARE);
        assert_eq!(
            book("INSERT INTO t VALUES (1)", TransactionStatus::Open),
            Booking::BARE
        );
        let Booking::Send {
            before: Some(note), ..
        } = book("COMMIT", TransactionStatus::Open)
        else {
            panic!("nothing is noted");
        };
        assert!(note.contains("statements_done = 3"), "{note}");
        assert_eq!(progress.done(), 3);
    }

    #[test]
    fn what_ran_before_is_passed_over() {
        let mut progress = Progress::new(7, "r", 3);
        let mut book = |text| booked(&mut progress, text, TransactionStatus::Idle);
        assert_eq!(book("SET search_path = app"), Booking::Skip);
        assert_eq!(book("CREATE TABLE t ()"), Booking::Skip);
        assert_eq!(book("INSERT INTO t DEFAULT VALUES"), Booking::Skip);
        assert!(is_in_transaction(&book("DROP TABLE t")));
        assert_eq!(progress.done(), 4);
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        let mut progress = Progress::new(7, "r", 0);
        let mut refused =
            |text, status| matches!(booked(&mut progress, text, status), Booking::Refuse(_));
        assert!(refused(
            "SELECT 1; COMMIT; SELECT 2",
            TransactionStatus::Idle
        ));
        assert!(refused("PREPARE TRANSACTION 'x'", TransactionStatus::Open));
        let whole = |text| Whole.book(text, &Location::new("m.sql", 1, 1), TransactionStatus::Open);
        assert!(matches!(whole("COMMIT"), Booking::Refuse(_)));
        assert_eq!(whole("ROLLBACK TO s"), Booking::BARE);
    }
}
