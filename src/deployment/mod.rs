//! Deployment: migrations on databases that live on. A history in the database says what was applied; a lock lets one
//! migrate at a time; each migration is in the history or it is not, whenever the process that applies it is killed.
//!
//! What is to be done is reckoned without a server ([`Standing`]); [`Deployment`] does it.

mod apply;
mod control;
mod entry;
mod error;
mod gate;
mod history;
mod kept;
mod lock;
mod mending;
mod options;
mod parts;
mod progress;
mod reached;
mod refusal;
mod reset;
mod script;
mod session_state;
mod standing;
mod status;
mod unfinished;
mod upgrade;

pub use entry::{Entry, EntryState};
pub use error::DeploymentError;
pub use gate::{GateState, Sight};
pub use history::HistoryTable;
pub use kept::{KeptHistory, foreign_histories, histories};
pub use lock::{Holder, LOCK, holder};
pub use mending::{Repair, troubles};
pub use options::{Happening, Options, Outcome};
pub use reached::{is_untouched, is_within, reached};
pub use refusal::mismatches;
pub use standing::{Condition, Item, Standing};
pub use status::{Status, StatusLine};
pub use upgrade::{Deployment, Planned};
