//! How far a migration has come that is no one transaction: which of its statements are done, noted in the history in the
//! very transaction of each statement. So it can always be told where to go on, but for a statement that cannot be in a
//! transaction block: of that it is known that it was begun.

use super::entry::EntryState;
use super::history::HistoryTable;
use crate::script::{Location, leading_words, quote_literal};
use crate::session::{Booking, Ledger, TransactionStatus, is_outside_transactions};

/// The account of one migration.
#[derive(Debug)]
pub(super) struct Progress {
    rank: i64,
    /// How many statements were done before, and are passed over.
    before: u32,
    /// How many have come.
    come: u32,
    /// How many are done and noted as such.
    noted: u32,
    /// How many will be, when the statement at hand is done.
    next: u32,
    /// Whether the statement at hand may be half done when it fails.
    is_risky: bool,
}

impl Progress {
    /// Of the entry of this rank, whose first statements are done.
    pub(super) fn new(rank: i64, before: u32) -> Self {
        Self {
            rank,
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

    /// The statement that so many are done.
    fn note(&self, done: u32) -> String {
        HistoryTable::update(
            self.rank,
            &format!("statements_done = {done}, statement_at = NULL"),
        )
    }

    /// Statements that end the account.
    pub(super) fn end(&self, took: f64) -> String {
        HistoryTable::update(
            self.rank,
            &format!(
                "state = '{}', took = pg_catalog.make_interval(secs => {took}), statement_at = NULL, error = NULL",
                EntryState::Applied.word()
            ),
        )
    }

    /// Statements that note how it failed.
    pub(super) fn fail(&self, error: &str, at: Option<&str>, took: f64) -> String {
        // What ran in a transaction of its own was undone with it.
        let at = match at {
            Some(at) if self.is_risky => quote_literal(at),
            _ => "NULL".to_owned(),
        };
        HistoryTable::update(
            self.rank,
            &format!(
                "state = '{}', took = pg_catalog.make_interval(secs => {took}), statement_at = {at}, error = {}",
                EntryState::Failed.word(),
                quote_literal(error)
            ),
        )
    }
}

impl Ledger for Progress {
    fn book(&mut self, text: &str, location: &Location, status: TransactionStatus) -> Booking {
        self.come += 1;
        self.is_risky = false;
        self.noted = self.next;
        let sets = sets_the_session(text);
        if self.come <= self.before && !sets {
            return Booking::Skip;
        }
        let done = self.come;
        match status {
            TransactionStatus::Open if ends_transaction(text) => {
                self.next = done;
                Booking::Send {
                    before: Some(self.note(done)),
                    behind: None,
                    failed: None,
                }
            }
            TransactionStatus::Open | TransactionStatus::Failed => Booking::BARE,
            // They leave nothing in the database; what comes behind them notes them too.
            TransactionStatus::Idle if sets || begins_transaction(text) => Booking::BARE,
            TransactionStatus::Idle if stays_outside(text) => {
                self.is_risky = true;
                let at = format!("{}:{}", location.file, location.line());
                self.next = done;
                Booking::Send {
                    before: Some(HistoryTable::update(
                        self.rank,
                        &format!(
                            "statements_done = {}, statement_at = {}",
                            done - 1,
                            quote_literal(&at)
                        ),
                    )),
                    behind: Some(self.note(done)),
                    failed: None,
                }
            }
            TransactionStatus::Idle => {
                self.next = done;
                Booking::Send {
                    before: Some("BEGIN".to_owned()),
                    behind: Some(format!("{}; COMMIT", self.note(done))),
                    failed: Some("ROLLBACK".to_owned()),
                }
            }
        }
    }
}

/// Whether it only changes the session, which is new when a migration is gone on with.
fn sets_the_session(text: &str) -> bool {
    let mut words = leading_words(text).map(str::to_ascii_lowercase);
    match words.next().as_deref() {
        Some("set") => !matches!(
            words.next().as_deref(),
            Some("local" | "constraints" | "transaction")
        ),
        Some("reset") => true,
        _ => false,
    }
}

fn begins_transaction(text: &str) -> bool {
    let first = leading_words(text).next().map(str::to_ascii_lowercase);
    matches!(first.as_deref(), Some("begin" | "start"))
}

/// Whether it ends a transaction so that its work is kept.
fn ends_transaction(text: &str) -> bool {
    let mut words = leading_words(text).map(str::to_ascii_lowercase);
    match words.next().as_deref() {
        Some("commit" | "end") => words.next().as_deref() != Some("prepared"),
        Some("prepare") => words.next().as_deref() == Some("transaction"),
        _ => false,
    }
}

/// Whether a statement cannot be put into a transaction block, or may end it by itself.
fn stays_outside(text: &str) -> bool {
    if is_outside_transactions(text) {
        return true;
    }
    let words: Vec<String> = leading_words(text).map(str::to_ascii_lowercase).collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let lower = text.to_ascii_lowercase();
    match word(0) {
        // A procedure may commit, and so may a block.
        // `COMMIT PREPARED`, since there is no transaction block.
        "call" | "commit" | "rollback" => true,
        "do" => ["commit", "rollback", "call"]
            .iter()
            .any(|word| lower.contains(word)),
        "create" | "alter" | "drop" if word(1) == "subscription" => true,
        "alter" if word(1) == "database" => lower.contains("tablespace"),
        "reindex" => {
            ["schema", "database", "system"].contains(&word(1)) || lower.contains("concurrently")
        }
        "create" | "drop" | "alter" | "cluster" => {
            lower.contains("concurrently") && !word(1).starts_with("function")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn booked(progress: &mut Progress, text: &str, status: TransactionStatus) -> Booking {
        progress.book(text, &Location::new("m.sql", 3, 1), status)
    }

    fn is_in_transaction(booking: &Booking) -> bool {
        matches!(booking, Booking::Send { before: Some(before), .. } if before == "BEGIN")
    }

    #[test]
    fn a_statement_and_the_note_that_it_is_done_are_one_transaction() {
        let mut progress = Progress::new(7, 0);
        let booking = booked(&mut progress, "CREATE TABLE t ()", TransactionStatus::Idle);
        assert!(is_in_transaction(&booking));
        assert_eq!(progress.done(), 0, "it may still fail");
        for text in [
            "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
            "VACUUM t",
            "CALL p()",
            "DO $$ BEGIN COMMIT; END $$",
            "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
            "REINDEX (VERBOSE) TABLE CONCURRENTLY t",
            "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
        ] {
            let booking = booked(&mut progress, text, TransactionStatus::Idle);
            assert!(!is_in_transaction(&booking), "{text}");
            assert!(progress.is_risky(), "{text}");
        }
        for text in [
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "DO $$ BEGIN PERFORM 1; END $$",
            "ALTER TYPE e ADD VALUE 'x'",
        ] {
            let booking = booked(&mut progress, text, TransactionStatus::Idle);
            assert!(is_in_transaction(&booking), "{text}");
        }
    }

    #[test]
    fn a_transaction_of_the_script_is_noted_where_it_ends() {
        let mut progress = Progress::new(7, 0);
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
        booked(&mut progress, "SELECT 1", TransactionStatus::Idle);
        assert_eq!(progress.done(), 3);
    }

    #[test]
    fn what_ran_before_is_passed_over_but_for_the_settings_of_the_session() {
        let mut progress = Progress::new(7, 3);
        let mut book = |text| booked(&mut progress, text, TransactionStatus::Idle);
        assert_eq!(book("SET search_path = app"), Booking::BARE);
        assert_eq!(book("CREATE TABLE t ()"), Booking::Skip);
        assert_eq!(book("INSERT INTO t DEFAULT VALUES"), Booking::Skip);
        assert!(is_in_transaction(&book("DROP TABLE t")));
        assert_eq!(progress.done(), 3);
    }
}
