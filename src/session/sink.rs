use super::rows::Row;
use super::wire::TransactionStatus;
use crate::event::{Notice, SqlError, Warning};
use crate::script::Location;

/// Who takes what running a script brings, in the order in which it happens.
pub trait Sink {
    /// A step begins: where it stands and the first line of its text.
    fn begin(&mut self, location: &Location, source: &str);
    /// The step at hand prints something.
    fn output(&mut self, bytes: &[u8]);
    /// The step at hand is over.
    fn end(&mut self);
    /// The server remarks something.
    fn notice(&mut self, notice: Notice);
    /// A step failed.
    fn error(&mut self, error: SqlError);
    /// Something had no effect or deserves a look.
    fn warning(&mut self, warning: Warning);
    /// Whether the script should not go on, because what it printed says so (`Bail out!`).
    fn wants_stop(&self) -> bool;

    /// The step at hand sends this statement.
    fn statement(&mut self, _text: &str) {}
    /// That statement is done, its error told where it failed, and leaves the session so.
    fn settled(&mut self, _status: TransactionStatus) {}
    /// The script came to its end, and its session is still there.
    fn over(&mut self, _status: TransactionStatus) {}
    /// What the sink wants to have looked up in the session right now, before a statement is sent or behind one: a query
    /// that only reads the catalogs.
    fn doubt(&mut self) -> Option<String> {
        None
    }
    /// What the look-up brought; none where it could not be made.
    fn answer(&mut self, _rows: Option<Vec<Row>>) {}
}
