use super::DatabaseError;
use crate::session::Connection;

/// What of a whole cluster a test file can change and a new scratch database does not put back: roles and
/// their memberships, other databases, tablespaces, settings of roles and of the server, who may connect,
/// replication slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Takes it. `scratch` is the one database that is left out.
    ///
    /// # Errors
    /// The server's error.
    pub fn take(connection: &mut Connection, scratch: &str) -> Result<Self, DatabaseError> {
        let scratch = crate::script::quote_literal(scratch);
        let question = format!(
            "SELECT pg_catalog.md5(pg_catalog.string_agg(part, chr(10) ORDER BY part)) FROM (
                 SELECT 'role ' || (a.*)::text FROM pg_catalog.pg_authid a
                 UNION ALL SELECT 'member ' || (m.*)::text FROM pg_catalog.pg_auth_members m
                 UNION ALL SELECT 'database ' || d.oid || ' ' || d.datname || ' ' || d.datdba || ' '
                               || coalesce(d.datacl::text, '') || d.datistemplate || d.datallowconn
                               || d.datconnlimit
                             FROM pg_catalog.pg_database d WHERE d.datname <> {scratch}
                 UNION ALL SELECT 'tablespace ' || (t.*)::text FROM pg_catalog.pg_tablespace t
                 UNION ALL SELECT 'setting ' || s.setdatabase || ' ' || s.setrole || ' ' || s.setconfig::text
                             FROM pg_catalog.pg_db_role_setting s
                            WHERE s.setdatabase = 0 OR s.setdatabase IN (
                                SELECT oid FROM pg_catalog.pg_database WHERE datname <> {scratch})
                 UNION ALL SELECT 'file ' || f.name || ' ' || coalesce(f.setting, '')
                             FROM pg_catalog.pg_file_settings f
                 UNION ALL SELECT 'rule ' || (h.*)::text FROM pg_catalog.pg_hba_file_rules h
                 UNION ALL SELECT 'comment ' || (c.*)::text FROM pg_catalog.pg_shdescription c
                            WHERE c.classoid <> 'pg_catalog.pg_database'::pg_catalog.regclass
                 UNION ALL SELECT 'prepared ' || gid FROM pg_catalog.pg_prepared_xacts
                 UNION ALL SELECT 'slot ' || slot_name FROM pg_catalog.pg_replication_slots
             ) AS cluster (part)"
        );
        let digest = connection.value(&question).map_err(DatabaseError::query(
            "see what a test file left in the cluster",
        ))?;
        Ok(Self(digest.unwrap_or_default()))
    }
}
