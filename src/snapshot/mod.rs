//! Snapshots: the rows of a database's tables, in a file that knows at which version of the schema they were saved.
//!
//! A snapshot holds no schema. Migrations make that, and a snapshot only fits behind the ones that it was saved behind.
//! [`save()`] and [`load()`] speak to a server; where a snapshot fits is reckoned from values ([`Lineage`]).

mod contents;
mod error;
mod file;
mod form;
mod head;
mod lineage;
mod load;
pub mod mask;
mod order;
pub mod sample;
mod save;
mod script;
mod store;
mod table;

pub use contents::{Contents, ForeignKey, Selection, Source};
pub use error::{Damage, SnapshotError};
pub use file::{Rows, SnapshotFile, Writer};
pub use head::{
    ColumnName, FORMAT, Head, Index, SavedColumn, SavedFixture, SavedTable, SequenceState,
};
pub use lineage::{Difference, Fit, How, Lineage, Mark, counts};
pub use load::load;
pub use save::{Access, Origin, Treatment, begin, by_usual_names, head, only_read, save};
pub use store::{Choice, Refusal, Store, StoredSnapshot};
pub use table::{Ancestor, Check, Column, Reference, Table, TableName, Values};
