//! A transaction that was aborted by an error which `ON_ERROR_STOP 0` let pass: what follows in it does nothing,
//! pgTAP's own count goes back to where it was when the transaction began, and assertions behind the error are gone without a
//! word. Where a savepoint brings the transaction back before anything was refused, nothing is lost.

use crate::event::{Warning, WarningKind};
use crate::script::Location;
use crate::session::TransactionStatus;

/// The transaction at hand.
#[derive(Debug)]
pub(super) struct Transaction {
    status: TransactionStatus,
    /// How many assertions were printed in it.
    assertions: u64,
    /// How many statements it refused since it was aborted.
    refused: u64,
    /// Where it was aborted.
    aborted: Option<Location>,
    warning: Option<Warning>,
}

impl Default for Transaction {
    fn default() -> Self {
        Self {
            status: TransactionStatus::Idle,
            assertions: 0,
            refused: 0,
            aborted: None,
            warning: None,
        }
    }
}

impl Transaction {
    /// A statement is done.
    pub(super) fn settled(
        &mut self,
        status: TransactionStatus,
        assertions: u64,
        location: Option<&Location>,
    ) {
        use TransactionStatus::{Failed, Idle, Open};
        match (self.status, status) {
            (Failed, Failed) => self.refused += 1,
            (_, Failed) => {
                self.aborted = location.cloned();
                self.refused = 0;
            }
            (Failed, Open) => {
                // Back at a savepoint: what was printed before stands.
                if self.refused > 0 {
                    self.tell();
                }
            }
            (Failed, Idle) => self.tell_if_lost(),
            (Idle | Open, Idle | Open) => {}
        }
        if status == Idle {
            self.assertions = 0;
        } else {
            self.assertions += assertions;
        }
        self.status = status;
    }

    /// The session ends, and its transaction with it.
    pub(super) fn over(&mut self) {
        if self.status == TransactionStatus::Failed {
            self.tell_if_lost();
        }
    }

    pub(super) fn warning(&mut self) -> Option<Warning> {
        self.warning.take()
    }

    fn tell_if_lost(&mut self) {
        if self.assertions > 0 || self.refused > 0 {
            self.tell();
        }
    }

    fn tell(&mut self) {
        let count = |number: u64, noun: &str| match number {
            1 => format!("1 {noun}"),
            _ => format!("{number} {noun}s"),
        };
        let text = format!(
            "an error that ON_ERROR_STOP 0 let pass aborted the transaction, after {} in it; {} behind the error did \
             nothing",
            count(self.assertions, "assertion"),
            count(self.refused, "statement")
        );
        self.warning = Some(Warning {
            kind: WarningKind::AbortedTransaction,
            text,
            location: self.aborted.take(),
        });
        self.refused = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TransactionStatus::{Failed, Idle, Open};

    /// Whether a warning came of these statements: the status after each, and the assertions that it printed.
    fn warns(statements: &[(TransactionStatus, u64)]) -> bool {
        let mut transaction = Transaction::default();
        for &(status, assertions) in statements {
            transaction.settled(status, assertions, None);
        }
        transaction.over();
        transaction.warning().is_some()
    }

    #[test]
    fn assertions_before_or_behind_the_error_raise_it() {
        assert!(warns(&[(Open, 0), (Open, 1), (Failed, 0), (Idle, 0)]));
        assert!(warns(&[(Open, 0), (Failed, 0), (Failed, 0), (Idle, 0)]));
        assert!(warns(&[(Open, 0), (Open, 1), (Failed, 0)]), "at the end");
        assert!(
            warns(&[(Open, 1), (Failed, 0), (Failed, 0), (Open, 0), (Idle, 0)]),
            "a savepoint does not bring back what was refused"
        );
    }

    #[test]
    fn a_transaction_that_loses_nothing_does_not() {
        assert!(!warns(&[(Open, 0), (Open, 2), (Idle, 0)]));
        assert!(
            !warns(&[(Open, 0), (Failed, 0), (Idle, 0), (Idle, 1)]),
            "nothing of the test stood in it"
        );
        assert!(
            !warns(&[(Open, 1), (Failed, 0), (Open, 0), (Open, 1), (Idle, 0)]),
            "ROLLBACK TO right after the error"
        );
        assert!(
            !warns(&[(Open, 1), (Idle, 0), (Open, 0), (Failed, 0), (Idle, 0)]),
            "assertions of the transaction before"
        );
    }
}
