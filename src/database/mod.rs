//! Databases: the template that holds roles, migrations, fixtures and pgTAP, and its copies, one for a
//! test file. Only databases whose names the tool made up are created and dropped.

mod code_traces;
mod error;
mod exercising;
mod fingerprint;
mod pgtap;
mod preparation;
mod pristine;
mod probed;
mod probing;
mod properties;
mod scratch;
mod script_run;
mod sequences;
mod storage;
mod telling;
mod template;
mod witness;

pub use code_traces::CodeTraces;
pub use error::{DatabaseError, ScriptError};
pub use exercising::{Exercising, let_schema_tell};
pub use fingerprint::Fingerprint;
pub use pgtap::{bundled_pgtap, pgtap_from_file};
pub use preparation::{Migrating, Preparation};
pub use pristine::ClusterState;
pub use probed::Probed;
pub use properties::Properties;
pub use scratch::{Copying, create_scratch, drop_database, rename_database};
pub use sequences::Sequence;
pub use storage::Storage;
pub use telling::{Telling, let_pgtap_tell};
pub use template::Template;
pub(crate) use witness::Witness;
