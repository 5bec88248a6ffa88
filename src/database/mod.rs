//! Databases: the template that holds roles, migrations, fixtures and pgTAP, and its copies, one for a
//! test file. Only databases whose names the tool made up are created and dropped.

mod applying;
mod code_traces;
mod digest;
mod error;
mod exercising;
mod failing_row;
mod fingerprint;
mod likeness;
mod onlooker;
mod pgtap;
mod plainness;
mod preparation;
mod pristine;
mod probed;
mod probing;
mod properties;
mod replay;
mod round_trip;
mod scratch;
mod seed;
mod sequences;
mod storage;
mod tally;
mod telling;
mod template;
mod versions;
mod witness;

pub use applying::Applying;
pub use code_traces::CodeTraces;
pub use digest::Digest;
pub use error::{DatabaseError, ScriptError};
pub use exercising::{Exercising, let_schema_tell};
pub use failing_row::{FailingRow, Value};
pub use fingerprint::Fingerprint;
pub use likeness::Likeness;
pub use onlooker::{Onlooker, Rehearsal};
pub use pgtap::{bundled_pgtap, pgtap_from_file};
pub use preparation::{Migrating, Preparation};
pub use pristine::ClusterState;
pub use probed::Probed;
pub use properties::Properties;
pub use round_trip::{Ends, Ran, RoundTrip, Traveller};
pub use scratch::{
    Copying, copy_database, create_scratch, drop_database, open_database, rename_database,
};
pub use seed::Seed;
pub use sequences::Sequence;
pub use storage::Storage;
pub use tally::{Counting, Tally};
pub use telling::{Telling, let_pgtap_tell};
pub use template::Template;
pub use versions::{Site, Stepped, Versions};
pub(crate) use witness::Witness;
