//! A doubt is what a sink wants to have looked up in the session at hand, between two statements of the script. The
//! script must not be able to tell: no variable changes, and a transaction that is open stays as it is.

use super::interpreter::Interpreter;
use super::rows::Row;
use super::wire::TransactionStatus;

/// The savepoint around a look-up that may fail.
const SAVEPOINT: &str = "pgassay_temporary_savepoint";

impl Interpreter<'_> {
    /// Answers all that the sink doubts.
    pub(super) fn settle_doubts(&mut self) {
        while let Some(query) = self.sink.doubt() {
            let rows = self.look(&query);
            self.sink.answer(rows);
        }
    }

    /// What a query brings; none where it fails or none can run. A connection that is lost here shows at the next
    /// statement.
    fn look(&mut self, query: &str) -> Option<Vec<Row>> {
        match self.connection.status() {
            TransactionStatus::Failed => None,
            TransactionStatus::Idle => self.connection.rows(query).ok(),
            TransactionStatus::Open => {
                self.connection
                    .execute(&format!("SAVEPOINT {SAVEPOINT}"))
                    .ok()?;
                let rows = self.connection.rows(query).ok();
                let end = if rows.is_some() {
                    format!("RELEASE {SAVEPOINT}")
                } else {
                    format!("ROLLBACK TO {SAVEPOINT}; RELEASE {SAVEPOINT}")
                };
                self.connection.execute(&end).ok()?;
                rows
            }
        }
    }
}
