//! Questions to the server behind a savepoint, with an end of patience.

use std::time::Instant;

use crate::script::quote_identifier;
use crate::session::{Connection, QueryError, Row, TransactionStatus};

/// The savepoint around all that is asked.
const SAVEPOINT: &str = "pgassay_failing_row";

/// Why nothing more is asked: the time is over, or a question failed that should not.
#[derive(Debug)]
pub(super) struct Stopped;

/// A session in which it is asked.
pub(super) struct Asking<'c> {
    connection: &'c mut Connection,
    deadline: Instant,
}

impl<'c> Asking<'c> {
    pub(super) fn begin(
        connection: &'c mut Connection,
        deadline: Instant,
    ) -> Result<Self, Stopped> {
        connection
            .execute(&format!("SAVEPOINT {SAVEPOINT}"))
            .map_err(|_| Stopped)?;
        Ok(Self {
            connection,
            deadline,
        })
    }

    /// Goes back to how it was at the beginning.
    pub(super) fn start_over(&mut self) -> Result<(), Stopped> {
        let back = format!("ROLLBACK TO SAVEPOINT {SAVEPOINT}");
        self.connection.execute(&back).map_err(|_| Stopped)
    }

    /// Ends it: nothing that was asked stays. Where even that fails, the session is lost, which its next statement tells.
    pub(super) fn end(self) {
        if self.connection.status() == TransactionStatus::Idle {
            return;
        }
        for statement in ["ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT"] {
            let _ = self.connection.execute(&format!("{statement} {SAVEPOINT}"));
        }
    }

    /// Asks something that should not fail.
    pub(super) fn rows(&mut self, sql: &str) -> Result<Vec<Row>, Stopped> {
        self.tried(sql)?.map_err(|_| Stopped)
    }

    /// Does something that should not fail.
    pub(super) fn execute(&mut self, sql: &str) -> Result<(), Stopped> {
        self.rows(sql).map(drop)
    }

    /// Does something that may fail, which is told; nothing of it stays.
    pub(super) fn attempt(&mut self, sql: &str) -> Result<Result<Vec<Row>, QueryError>, Stopped> {
        self.mark("try")?;
        let result = self.tried(sql)?;
        self.back_to("try")?;
        Ok(result)
    }

    /// Asks something that may fail for reasons of its own; what it did stays where it does not.
    pub(super) fn rows_if_possible(&mut self, sql: &str) -> Result<Option<Vec<Row>>, Stopped> {
        self.mark("if")?;
        let result = self.tried(sql)?;
        if result.is_err() {
            self.back_to("if")?;
        } else {
            self.release("if")?;
        }
        Ok(result.ok())
    }

    /// Remembers the state, to come back to.
    pub(super) fn mark(&mut self, name: &str) -> Result<(), Stopped> {
        self.control("SAVEPOINT", name)
    }

    /// Goes back to the last state of that name, and forgets it.
    pub(super) fn back_to(&mut self, name: &str) -> Result<(), Stopped> {
        self.control("ROLLBACK TO SAVEPOINT", name)?;
        self.release(name)
    }

    /// Forgets the last state of that name.
    pub(super) fn release(&mut self, name: &str) -> Result<(), Stopped> {
        self.control("RELEASE SAVEPOINT", name)
    }

    fn control(&mut self, statement: &str, name: &str) -> Result<(), Stopped> {
        let name = quote_identifier(&format!("{SAVEPOINT} {name}"));
        self.connection
            .execute(&format!("{statement} {name}"))
            .map_err(|_| Stopped)
    }

    fn tried(&mut self, sql: &str) -> Result<Result<Vec<Row>, QueryError>, Stopped> {
        const CANCELLED: &str = "57014";
        let left = self.deadline.saturating_duration_since(Instant::now());
        let milliseconds = left.as_millis();
        if milliseconds == 0 {
            return Err(Stopped);
        }
        let limit = format!("SET LOCAL statement_timeout = {milliseconds}");
        self.connection.execute(&limit).map_err(|_| Stopped)?;
        let result = self.connection.rows(sql);
        match &result {
            Err(error) if error.code() == Some(CANCELLED) => Err(Stopped),
            Err(QueryError::Wire(_)) => Err(Stopped),
            _ => Ok(result),
        }
    }

    /// A shorter patience from now on.
    pub(super) fn until(&mut self, deadline: Instant) {
        self.deadline = self.deadline.min(deadline);
    }

    /// Gives back the patience that was left before.
    pub(super) fn again_until(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }
}
