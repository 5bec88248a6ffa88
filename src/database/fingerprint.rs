use super::DatabaseError;
use crate::script::quote_literal;
use crate::session::Connection;

/// Catalogs of one database, and which of their rows count: those that every database has anyway are many.
const HERE: [(&str, &str); 8] = [
    ("pg_class", "true"),
    ("pg_proc", "c.oid >= 16384"),
    ("pg_type", "c.oid >= 16384"),
    ("pg_namespace", "true"),
    ("pg_extension", "true"),
    ("pg_default_acl", "true"),
    ("pg_event_trigger", "true"),
    ("pg_language", "true"),
];

/// What of a whole cluster a test file can change and a new scratch database does not put back: roles and
/// their memberships, other databases, tablespaces, settings of roles and of the server, who may connect, replication slots and origins, and what was made in the database that this looks from.
///
/// Of `template1` it sees new tables only, and it does not see rows of tables that are in neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Takes it. The scratch databases are left out.
    ///
    /// # Errors
    /// The server's error.
    pub fn take(connection: &mut Connection, scratch: &[&str]) -> Result<Self, DatabaseError> {
        let scratch: Vec<String> = scratch.iter().copied().map(quote_literal).collect();
        let scratch = scratch.join(", ");
        let about_scratch = format!(
            "c.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
             AND c.objoid IN (SELECT oid FROM pg_catalog.pg_database WHERE datname IN ({scratch}))"
        );
        let major = connection.parameter("server_version").unwrap_or_default();
        let major = major.split(|c: char| !c.is_ascii_digit()).next();
        let parameters = match major.and_then(|major| major.parse().ok()) {
            Some(15..=u32::MAX) => {
                "UNION ALL SELECT 'parameter ' || (p.*)::text FROM pg_catalog.pg_parameter_acl p"
            }
            _ => "",
        };
        // A changed row has another xmin. Autovacuum writes to rows of pg_class too, but in place.
        let here: String = HERE
            .map(|(catalog, which)| {
                format!(
                    "UNION ALL SELECT '{catalog} ' || pg_catalog.count(*) || ' ' || coalesce(pg_catalog.sum(
                         pg_catalog.hashtext(c.oid || ' ' || c.xmin::text)), 0)
                       FROM pg_catalog.{catalog} c WHERE {which} "
                )
            })
            .concat();
        // After any reload, values may be in force that stand in no file any more. Which ones, this session cannot see:
        // it reads the files itself, later than the server process from which new sessions have theirs.
        let question = format!(
            "SELECT pg_catalog.md5(pg_catalog.string_agg(part, chr(10) ORDER BY part)) FROM (
                 SELECT 'role ' || (a.*)::text FROM pg_catalog.pg_authid a
                 UNION ALL SELECT 'member ' || (m.*)::text FROM pg_catalog.pg_auth_members m
                 UNION ALL SELECT 'database ' || d.oid || ' ' || d.datname || ' ' || d.datdba || ' '
                               || coalesce(d.datacl::text, '') || d.datistemplate || d.datallowconn
                               || d.datconnlimit
                             FROM pg_catalog.pg_database d WHERE d.datname NOT IN ({scratch})
                 UNION ALL SELECT 'tablespace ' || (t.*)::text FROM pg_catalog.pg_tablespace t
                 UNION ALL SELECT 'setting ' || s.setdatabase || ' ' || s.setrole || ' ' || s.setconfig::text
                             FROM pg_catalog.pg_db_role_setting s
                            WHERE s.setdatabase = 0 OR s.setdatabase IN (
                                SELECT oid FROM pg_catalog.pg_database WHERE datname NOT IN ({scratch}))
                 UNION ALL SELECT 'file ' || f.name || ' ' || coalesce(f.setting, '')
                             FROM pg_catalog.pg_file_settings f
                 UNION ALL SELECT 'rule ' || (h.*)::text FROM pg_catalog.pg_hba_file_rules h
                 UNION ALL SELECT 'identity ' || pg_catalog.md5(pg_catalog.pg_read_binary_file(
                                      pg_catalog.current_setting('ident_file'), 0, 1000000, true))
                 UNION ALL SELECT 'reload ' || pg_catalog.pg_conf_load_time()
                 UNION ALL SELECT 'comment ' || (c.*)::text FROM pg_catalog.pg_shdescription c
                            WHERE NOT ({about_scratch})
                 UNION ALL SELECT 'label ' || (c.*)::text FROM pg_catalog.pg_shseclabel c
                            WHERE NOT ({about_scratch})
                 UNION ALL SELECT 'origin ' || (o.*)::text FROM pg_catalog.pg_replication_origin o
                 {parameters}
                 {here}
                 UNION ALL SELECT 'file of template1 ' || f.name
                             FROM pg_catalog.pg_database d,
                                  LATERAL pg_catalog.pg_ls_dir('base/' || d.oid, true, false) f (name)
                            WHERE d.datname = 'template1' AND f.name ~ '^[0-9]+$'
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
