//! pgTAP as an extension on servers that have no files of it.
//!
//! `CREATE EXTENSION pgtap` needs files on the server. Here its SQL is run as plain statements instead,
//! and what it made is entered in the catalogs as belonging to an extension, so that `DROP EXTENSION` and
//! `has_extension('pgtap')` behave as if the server had created it. Entering needs a superuser; without one
//! pgTAP still works, as plain functions, and `CREATE EXTENSION pgtap` is content with these.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::rows::QueryError;
use super::wire::{Connection, TransactionStatus};
use crate::script::{quote_identifier, quote_literal};

/// pgTAP's SQL, ready to be installed anywhere.
#[derive(Debug, Clone)]
pub struct Pgtap {
    /// Its version, as `pg_extension.extversion` will say.
    pub version: Arc<str>,
    /// The statements that create it in the first schema of `search_path`.
    pub sql: Arc<str>,
}

/// A `CREATE EXTENSION pgtap` as it stands in a script.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CreateExtension {
    schema: Option<String>,
}

impl CreateExtension {
    /// Recognises the statement; none for anything else.
    pub(crate) fn parse(statement: &str) -> Option<Self> {
        static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(
                r#"(?isx)^ (?: \s | --[^\n]*\n | /\*.*?\*/ )* create \s+ extension \s+ (?: if \s+ not \s+ exists \s+ )?
                   (?: pgtap | "pgtap" ) (?<options> \s .* )? $"#,
            )
            .ok()
        });
        static SCHEMA: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r#"(?is)\bschema\s+(?:"(?<quoted>(?:[^"]|"")+)"|(?<plain>[^\s;"']+))"#).ok()
        });
        if !statement
            .as_bytes()
            .windows(5)
            .any(|bytes| bytes.eq_ignore_ascii_case(b"pgtap"))
        {
            return None;
        }
        let captures = FORM
            .as_ref()?
            .captures(statement.trim_end().trim_end_matches(';'))?;
        let options = captures.name("options");
        // Another statement behind it (`\\;`) is the server's to run, or to refuse with this one.
        if options.is_some_and(|options| options.as_str().contains(';')) {
            return None;
        }
        let schema = options.and_then(|options| {
            let found = SCHEMA.as_ref()?.captures(options.as_str())?;
            found
                .name("quoted")
                .map(|name| name.as_str().replace("\"\"", "\""))
                .or_else(|| found.name("plain").map(|name| name.as_str().to_lowercase()))
        });
        Some(Self { schema })
    }
}

impl Pgtap {
    /// Does what a `CREATE EXTENSION pgtap` in a script asks for. Where the template brought pgTAP
    /// already, the script does not need to know: it is left, or moved to the schema that is asked for.
    ///
    /// # Errors
    /// The server's error, in the place of the statement's own.
    pub(crate) fn create_extension(
        &self,
        connection: &mut Connection,
        wanted: &CreateExtension,
    ) -> Result<(), QueryError> {
        let installed = Installed::find(connection)?;
        let is_in_place = match (&installed, &wanted.schema) {
            (Some(installed), Some(schema)) => installed.schema == *schema,
            (Some(installed), None) => is_on_search_path(connection, &installed.schema)?,
            (None, _) => false,
        };
        if is_in_place {
            return Ok(());
        }
        let schema = match &wanted.schema {
            Some(schema) => existing_schema(connection, schema)?,
            None => current_schema(connection)?,
        };
        in_transaction(connection, |connection| {
            if installed.is_some_and(|installed| installed.is_extension) {
                connection.execute("DROP EXTENSION pgtap CASCADE")?;
            }
            self.load(connection, &schema)
        })
    }

    /// Installs pgTAP into a schema, which is created (usable by everyone) when it is missing. Does
    /// nothing where it is installed already, in whichever schema.
    ///
    /// # Errors
    /// The server's error.
    pub fn install(&self, connection: &mut Connection, schema: &str) -> Result<(), QueryError> {
        if Installed::find(connection)?.is_some() {
            return Ok(());
        }
        in_transaction(connection, |connection| {
            let exists = format!(
                "SELECT 1 FROM pg_namespace WHERE nspname = {}",
                quote_literal(schema)
            );
            if connection.value(&exists)?.is_none() {
                let schema = quote_identifier(schema);
                connection.execute(&format!(
                    "CREATE SCHEMA {schema}; GRANT USAGE ON SCHEMA {schema} TO PUBLIC"
                ))?;
            }
            self.load(connection, schema)
        })
    }

    fn load(&self, connection: &mut Connection, schema: &str) -> Result<(), QueryError> {
        const SETTINGS: [&str; 3] = [
            "search_path",
            "check_function_bodies",
            "client_min_messages",
        ];
        let before = SETTINGS
            .map(|name| format!("current_setting('{name}')"))
            .join(", ");
        let before = connection.rows(&format!("SELECT {before}"))?;
        let before = before.into_iter().next().unwrap_or_default();
        let schema_literal = quote_literal(schema);
        let members = connection
            .value(&format!(
                "SELECT coalesce(array_agg(oid), '{{}}') FROM (
                     SELECT oid FROM pg_proc WHERE pronamespace = {schema_literal}::regnamespace
                     UNION ALL SELECT oid FROM pg_type WHERE typnamespace = {schema_literal}::regnamespace
                     UNION ALL SELECT oid FROM pg_class WHERE relnamespace = {schema_literal}::regnamespace
                 ) AS there",
                schema_literal = quote_literal(&quote_identifier(schema)),
            ))?
            .unwrap_or_default();
        connection.execute(&format!(
            "SELECT set_config('search_path', {}, true);
             SET LOCAL check_function_bodies = off;
             SET LOCAL client_min_messages = warning",
            quote_literal(&format!("{}, pg_temp", quote_identifier(schema))),
        ))?;
        connection.execute(&self.sql)?;
        let superuser = "SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper";
        if connection.value(superuser)?.is_some() {
            connection.execute(&format!(
                "WITH extension AS (
                     INSERT INTO pg_catalog.pg_extension
                         (oid, extname, extowner, extnamespace, extrelocatable, extversion)
                     SELECT pg_catalog.pg_nextoid('pg_extension', 'oid', 'pg_extension_oid_index'), 'pgtap',
                            (SELECT oid FROM pg_authid WHERE rolname = current_user), oid, true, {version}
                       FROM pg_namespace WHERE nspname = {schema_literal}
                     RETURNING oid, extnamespace
                 ), member (classid, objid) AS (
                     SELECT 'pg_proc'::regclass, p.oid FROM pg_proc p, extension e
                      WHERE p.pronamespace = e.extnamespace
                     UNION ALL
                     SELECT 'pg_type'::regclass, t.oid FROM pg_type t, extension e
                      WHERE t.typnamespace = e.extnamespace AND t.typelem = 0
                        AND (t.typrelid = 0 OR EXISTS (
                            SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
                     UNION ALL
                     SELECT 'pg_class'::regclass, c.oid FROM pg_class c, extension e
                      WHERE c.relnamespace = e.extnamespace AND c.relkind IN ('r', 'v', 'S')
                 )
                 INSERT INTO pg_catalog.pg_depend
                     (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
                 SELECT 'pg_extension'::regclass, oid, 0, 'pg_namespace'::regclass, extnamespace, 0, 'n'
                   FROM extension
                 UNION ALL
                 SELECT classid, objid, 0, 'pg_extension'::regclass, extension.oid, 0, 'e'
                   FROM member, extension WHERE objid <> ALL ({members}::oid[])",
                version = quote_literal(&self.version),
                members = quote_literal(&members),
            ))?;
        }
        for (name, value) in SETTINGS.iter().zip(before) {
            let value = quote_literal(&value.unwrap_or_default());
            connection.execute(&format!("SELECT set_config('{name}', {value}, true)"))?;
        }
        Ok(())
    }
}

/// Runs `work` in the transaction that is open, or in one of its own.
fn in_transaction(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    if connection.status() != TransactionStatus::Idle {
        return work(connection);
    }
    connection.execute("BEGIN")?;
    match work(connection) {
        Ok(()) => connection.execute("COMMIT"),
        Err(error) => {
            if !connection.is_lost() {
                connection.execute("ROLLBACK")?;
            }
            Err(error)
        }
    }
}

/// A pgTAP that is there.
struct Installed {
    schema: String,
    /// Whether the catalogs know it as an extension; else it is plain functions.
    is_extension: bool,
}

impl Installed {
    fn find(connection: &mut Connection) -> Result<Option<Self>, QueryError> {
        let found = connection.rows(
            "SELECT nspname, true FROM pg_catalog.pg_extension
               JOIN pg_catalog.pg_namespace n ON n.oid = extnamespace WHERE extname = 'pgtap'
             UNION ALL
             SELECT nspname, false FROM pg_catalog.pg_proc p
               JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace
              WHERE proname = 'pgtap_version' AND pronargs = 0
             ORDER BY 2 DESC LIMIT 1",
        )?;
        let row = found
            .into_iter()
            .next()
            .map(<[Option<String>; 2]>::try_from);
        Ok(match row {
            Some(Ok([Some(schema), is_extension])) => Some(Self {
                schema,
                is_extension: is_extension.as_deref() == Some("t"),
            }),
            _ => None,
        })
    }
}

fn is_on_search_path(connection: &mut Connection, schema: &str) -> Result<bool, QueryError> {
    let schema = quote_literal(schema);
    let question = format!("SELECT 1 WHERE {schema} = ANY (pg_catalog.current_schemas(false))");
    Ok(connection.value(&question)?.is_some())
}

/// The name again, if there is such a schema; else the server's own error.
fn existing_schema(connection: &mut Connection, schema: &str) -> Result<String, QueryError> {
    let quoted = quote_literal(&quote_identifier(schema));
    connection.execute(&format!("SELECT {quoted}::pg_catalog.regnamespace"))?;
    Ok(schema.to_owned())
}

fn current_schema(connection: &mut Connection) -> Result<String, QueryError> {
    match connection.value("SELECT pg_catalog.current_schema()")? {
        Some(schema) => Ok(schema),
        // The server's words for it, with its SQLSTATE.
        None => connection.execute("DO $$ BEGIN RAISE undefined_schema USING MESSAGE = 'no schema has been selected to create in'; END $$")
            .map(|()| String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_is_recognised_in_its_forms() {
        let parse = CreateExtension::parse;
        let plain = CreateExtension { schema: None };
        assert_eq!(parse("CREATE EXTENSION pgtap"), Some(plain));
        assert_eq!(
            parse("-- why\ncreate extension if not exists \"pgtap\" with schema Tap version '1';"),
            Some(CreateExtension {
                schema: Some("tap".into())
            })
        );
        assert_eq!(
            parse("CREATE EXTENSION pgtap SCHEMA \"My\"\"Tap\" CASCADE").and_then(|it| it.schema),
            Some("My\"Tap".into())
        );
        for other in [
            "CREATE EXTENSION pgtap2",
            "CREATE EXTENSION hstore",
            "CREATE EXTENSION pgtap SCHEMA x; SELECT fail('lost')",
            "SELECT 'create extension pgtap'",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
