use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CodeTraces, Probed, Properties, Sequence, Storage};

/// A template database that is ready to be copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// What copies must be given besides.
    pub properties: Properties,
    /// Its sequences.
    pub sequences: Vec<Sequence>,
    /// What its tables and indexes are like.
    pub storage: Storage,
    /// What its functions and views may leave or see.
    pub code: CodeTraces,
    /// The server in words: `PostgreSQL 15.18`.
    pub server: String,
    /// pgTAP in words: `pgTAP 1.3.5`, or that there is none.
    pub pgtap: String,
    /// The schema in which test sessions find pgTAP.
    pub pgtap_schema: Option<String>,
    /// What coverage knows of it, where it has probes.
    pub probed: Option<Arc<Probed>>,
}
