//! What a script has set its session to, as the server tells it when a statement is noted: for the session that goes on with
//! the migration.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::DeploymentError;
use crate::script::{quote_identifier, quote_literal};
use crate::session::Connection;

/// The setting in which the state is put until it is noted.
pub(super) const CAPTURED: &str = "pgassay.session";

/// A statement that puts the state of its session into [`CAPTURED`], for the transaction at hand. It names every schema, since
/// the script may have set any `search_path`.
pub(super) const CAPTURE: &str = "SELECT pg_catalog.set_config('pgassay.session', (pg_catalog.json_build_object(
        'role', pg_catalog.current_setting('role'),
        'authorization', pg_catalog.current_setting('session_authorization'),
        'settings', (SELECT pg_catalog.json_object_agg(s.name, s.setting) FROM pg_catalog.pg_settings s
                      WHERE s.source OPERATOR(pg_catalog.=) 'session' AND NOT pg_catalog.starts_with(s.name, 'pgassay.')
                        AND s.name OPERATOR(pg_catalog.<>) ALL (ARRAY['application_name', 'lock_timeout'])),
        'temporary', EXISTS (SELECT FROM pg_catalog.pg_class c
                              WHERE c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()),
        'prepared', EXISTS (SELECT FROM pg_catalog.pg_prepared_statements) OR EXISTS (SELECT FROM pg_catalog.pg_cursors c WHERE c.is_holdable),
        'listening', EXISTS (SELECT FROM pg_catalog.pg_listening_channels())
    ))::pg_catalog.text, true)";

/// The state.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SessionState {
    role: String,
    authorization: String,
    settings: Option<BTreeMap<String, String>>,
    temporary: bool,
    prepared: bool,
    listening: bool,
}

impl SessionState {
    /// Reads what was noted; none where that is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What another session cannot be given, in words.
    pub(super) fn obstacle(&self) -> Option<&'static str> {
        if self.temporary {
            Some("its temporary tables are gone with its session")
        } else if self.prepared {
            Some("its prepared statements or cursors are gone with its session")
        } else if self.listening {
            Some("its session listened, and is gone")
        } else {
            None
        }
    }

    /// Sets a session so.
    pub(super) fn restore(&self, connection: &mut Connection) -> Result<(), DeploymentError> {
        let mut statements: Vec<String> = (self.settings.iter().flatten())
            .map(|(name, value)| {
                format!(
                    "SELECT pg_catalog.set_config({}, {}, false)",
                    quote_literal(name),
                    quote_literal(value)
                )
            })
            .collect();
        if !matches!(self.authorization.as_str(), "" | "default") {
            statements.push(format!(
                "SET SESSION AUTHORIZATION {}",
                quote_identifier(&self.authorization)
            ));
        }
        if self.role != "none" && !self.role.is_empty() {
            statements.push(format!("SET ROLE {}", quote_identifier(&self.role)));
        } else {
            statements.push("SET ROLE NONE".to_owned());
        }
        for statement in statements {
            connection
                .execute(&statement)
                .map_err(DeploymentError::asking(format!(
                    "set the session as it was (`{statement}`)"
                )))?;
        }
        Ok(())
    }
}
