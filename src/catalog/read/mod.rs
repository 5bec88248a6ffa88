//! Reading a catalog from a server, PostgreSQL 13 to 18: one message with a query for each system catalog, whose rows say
//! by themselves what they are. It changes nothing.

mod assembly;
mod cluster;
mod constraints;
mod pgtap;
mod privileges;
mod relations;
mod routines;
mod selection;
mod types;

use pgtap::Installed;
use selection::Selection;

use super::{Catalog, Kind, Object};
use crate::session::{Connection, Pgtap, QueryError, Row, TransactionStatus};

/// Why a catalog could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The server refused, or the connection broke.
    #[error("cannot read the catalog: {0}")]
    Query(#[from] QueryError),
    /// A row that makes no sense: a server that the tool does not know.
    #[error("cannot read the catalog: the server sent a row that makes no sense ({0:?})")]
    Row(Row),
}

/// So that all that the server writes is the same, whatever the database, the role or the session has set: names are
/// qualified but for those of `pg_catalog`, and constants are written in one way.
const SETTINGS: &str = "SET LOCAL search_path = ''; SET LOCAL quote_all_identifiers = off;
     SET LOCAL standard_conforming_strings = on; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres';
     SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex';
     SET LOCAL xmlbinary = 'base64'; SET LOCAL lc_monetary = 'C'; SET LOCAL jit = off; SET LOCAL statement_timeout = 0;
     -- Joins stand in the order in which they are to be made: to look for a better one takes longer than to read the catalog.
     SET LOCAL join_collapse_limit = 1; SET LOCAL from_collapse_limit = 1";

/// Reads all objects of the connection's database. `pgtap` is the one that may have been installed as plain functions.
///
/// A transaction that is open stays as it is.
///
/// # Errors
/// The server's error.
pub fn read(connection: &mut Connection, pgtap: &Pgtap) -> Result<Catalog, ReadError> {
    at_one_moment(connection, |connection| {
        let (version, installed) = circumstances(connection)?;
        let questions = questions(version, &installed, pgtap, true);
        Ok((connection.rows(&questions.join(";\n"))?, installed))
    })
}

/// Reads catalogs again and again in one session, whose server plans the queries once: half of what reading takes.
#[derive(Debug, Default)]
pub struct Reader {
    prepared: Option<Prepared>,
}

/// The queries that the session has prepared.
#[derive(Debug)]
struct Prepared {
    /// Where pgTAP was when they were.
    installed: Vec<Installed>,
    /// All of them, as one text.
    executions: String,
}

impl Reader {
    /// The same as [`read`], without definitions: what is compared is properties. The connection and pgTAP are the same in all
    /// calls.
    ///
    /// # Errors
    /// The server's error.
    pub fn read(
        &mut self,
        connection: &mut Connection,
        pgtap: &Pgtap,
    ) -> Result<Catalog, ReadError> {
        at_one_moment(connection, |connection| {
            let (version, installed) = circumstances(connection)?;
            if let Some(prepared) = &self.prepared
                && prepared.installed == installed
            {
                return Ok((connection.rows(&prepared.executions)?, installed));
            }
            self.prepared = None;
            let mut texts = vec!["DEALLOCATE ALL".to_owned()];
            let mut executions = Vec::new();
            for (number, question) in questions(version, &installed, pgtap, false)
                .iter()
                .enumerate()
            {
                texts.push(format!("PREPARE pgassay_catalog_{number} AS {question}"));
                executions.push(format!("EXECUTE pgassay_catalog_{number}"));
            }
            connection.execute(&texts.join(";\n"))?;
            let executions = executions.join(";\n");
            let rows = connection.rows(&executions)?;
            self.prepared = Some(Prepared {
                installed: installed.clone(),
                executions,
            });
            Ok((rows, installed))
        })
    }
}

/// Reads in one transaction, with settings of its own, and makes a catalog of what was read.
fn at_one_moment(
    connection: &mut Connection,
    read: impl FnOnce(&mut Connection) -> Result<(Vec<Row>, Vec<Installed>), ReadError>,
) -> Result<Catalog, ReadError> {
    let (begin, end) = match connection.status() {
        TransactionStatus::Idle => (
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            "ROLLBACK",
        ),
        // What is set after a savepoint is undone with it.
        TransactionStatus::Open | TransactionStatus::Failed => (
            "SAVEPOINT pgassay_catalog",
            "ROLLBACK TO pgassay_catalog; RELEASE pgassay_catalog",
        ),
    };
    connection.execute(begin)?;
    let result = connection
        .execute(SETTINGS)
        .map_err(ReadError::from)
        .and_then(|()| read(connection));
    if !connection.is_lost() {
        connection.execute(end)?;
    }
    let (rows, installed) = result?;
    let mut catalog = assembly::catalog(rows)?;
    leave_out_schemas(&mut catalog.objects, &installed);
    catalog.index();
    Ok(catalog)
}

/// The server's major version, and where pgTAP is.
fn circumstances(connection: &mut Connection) -> Result<(u32, Vec<Installed>), ReadError> {
    let version = connection.value("SHOW server_version_num")?;
    let version: u32 = version.and_then(|it| it.parse().ok()).unwrap_or(0) / 10_000;
    Ok((version, pgtap::installed(connection)?))
}

/// All queries.
fn questions(
    version: u32,
    installed: &[Installed],
    pgtap: &Pgtap,
    definitions: bool,
) -> Vec<String> {
    let without_pgtap =
        |selection: Selection, name: &str| match pgtap::condition(installed, pgtap, name) {
            Some(condition) => selection.only(&condition),
            None => selection,
        };
    let selections = [
        without_pgtap(relations::relations(version), "o.relname"),
        without_pgtap(relations::columns(version), "o.relname"),
        without_pgtap(routines::routines(version), "o.proname"),
        without_pgtap(types::types(version), "o.typname"),
        cluster::database(version),
        types::schemas(version),
        constraints::constraints(version),
        constraints::indexes(version),
        routines::triggers(version),
        routines::event_triggers(version),
        routines::rules(version),
        routines::policies(version),
        types::casts(version),
        types::operators(version),
        types::operator_classes(version),
        types::operator_families(version),
        types::collations(version),
        types::conversions(version),
        types::configurations(version),
        types::dictionaries(version),
        types::parsers(version),
        types::templates(version),
        types::statistics(version),
        cluster::roles(version),
        cluster::default_privileges(version),
        cluster::extensions(version),
        cluster::languages(version),
        cluster::transforms(version),
        cluster::access_methods(version),
        cluster::wrappers(version),
        cluster::servers(version),
        cluster::user_mappings(version),
        cluster::tablespaces(version),
        cluster::publications(version),
        cluster::subscriptions(version),
    ];
    let mut texts: Vec<String> = selections.iter().map(|it| it.to_sql(definitions)).collect();
    texts.push(privileges::privileges());
    texts.push(privileges::memberships(version));
    texts.push(privileges::comments());
    texts
}

/// Leaves out the schemas in which pgTAP lies and nothing of the project's; `public` stays.
fn leave_out_schemas(objects: &mut Vec<Object>, of_pgtap: &[Installed]) {
    let schemas = of_pgtap.iter().map(|it| &it.schema);
    for schema in schemas.filter(|schema| *schema != "public") {
        let is_used = objects
            .iter()
            .any(|object| object.name.schema.as_ref() == Some(schema));
        if !is_used {
            objects.retain(|it| it.name.kind != Kind::Schema || it.name.name != *schema);
        }
    }
}
