//! How a test's session is opened: at its beginning, and again at each `\c`.

use std::fmt::Write as _;

use super::conninfo::ConnInfo;
use super::interpreter::Interpreter;
use super::metacommand::Trouble;
use super::rows::QueryError;
use super::watch::Watch;
use super::wire::Connection;
use crate::script::{quote_identifier, quote_literal};

/// A way to log in, as often as it is wanted.
#[derive(Debug, Clone)]
pub struct Login {
    /// Server, database, role and options.
    pub info: ConnInfo,
    /// A role that the session takes on when it is open.
    pub assumed_role: Option<String>,
    /// A schema that is on `search_path` in the end, where the session may use it.
    pub reached_schema: Option<String>,
}

impl Login {
    /// Opens a session that reaches the schema.
    ///
    /// # Errors
    /// Why there is none.
    pub fn open(&self, watch: &Watch) -> Result<Connection, QueryError> {
        let mut connection = self.open_with(None, watch)?;
        match self.reaching_path(&mut connection)? {
            None => Ok(connection),
            Some(path) => self.open_with(Some(&path), watch),
        }
    }

    /// Opens a session whose `search_path` is known already; none leaves it as it is.
    ///
    /// # Errors
    /// Why there is none.
    pub fn open_with(&self, path: Option<&str>, watch: &Watch) -> Result<Connection, QueryError> {
        let mut info = self.info.clone();
        if let Some(path) = path {
            // As an option, so that it is there again after RESET and DISCARD ALL.
            let mut options = info.options.take().unwrap_or_default();
            let _ = write!(options, " -c search_path={}", escape_option(path));
            info.options = Some(options.trim_start().to_owned());
        }
        let mut connection = Connection::open(&info, watch.clone())?;
        if let Some(role) = &self.assumed_role {
            connection.execute(&format!("SET ROLE {}", quote_identifier(role)))?;
        }
        Ok(connection)
    }

    /// The `search_path` of a session with the schema at its end; none where it is on it already, or is not there, or
    /// may not be used. The database's and the role's own settings count, which is why a session is asked.
    ///
    /// # Errors
    /// The server's error.
    pub fn reaching_path(&self, connection: &mut Connection) -> Result<Option<String>, QueryError> {
        let Some(schema) = &self.reached_schema else {
            return Ok(None);
        };
        connection.value(&format!(
            "SELECT pg_catalog.concat_ws(', ', nullif(pg_catalog.current_setting('search_path'), ''),
                        pg_catalog.quote_ident(n.nspname))
               FROM pg_catalog.pg_namespace n
              WHERE n.nspname = {} AND n.nspname <> ALL (pg_catalog.current_schemas(false))
                AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')",
            quote_literal(schema)
        ))
    }
}

/// A value inside `options`, where blanks and backslashes are escaped (`libpq`, `options`).
pub fn escape_option(value: &str) -> String {
    value.replace('\\', "\\\\").replace(' ', "\\ ")
}

impl Interpreter<'_> {
    /// `\c [DATABASE [ROLE [HOST [PORT]]]]`, each of them maybe `-`: a new session in the same database, as the same
    /// role or another. Variables and settings of output stay; all that belongs to the session is new.
    pub(super) fn reconnect(&mut self, words: [Option<String>; 4]) -> Result<(), Trouble> {
        let refused = |text: String| Err(Trouble::Refused(text));
        let Some(login) = &self.login else {
            return refused(
                "only test files may connect anew; use SET ROLE in roles scripts, migrations and fixtures".into(),
            );
        };
        let [database, role, host, port] = words;
        if let Some(text) = &database
            && (text.contains('=') || text.contains("://") || text.starts_with("-reuse-previous"))
        {
            return refused(
                "connection strings are not supported; \"\\c - ROLE\" connects as another role"
                    .into(),
            );
        }
        let own = login.info.database();
        if let Some(database) = database.filter(|database| database != own) {
            return refused(format!(
                "cannot connect to \"{database}\": a test file has one database, \"{own}\"; use \"\\c - ROLE\" or :DBNAME"
            ));
        }
        let here = login.info.hosts.first();
        let is_here = |said: &Option<String>, own: Option<String>| {
            said.is_none() || said.as_deref() == own.as_deref()
        };
        if !is_here(&host, here.map(|host| host.address.to_string()))
            || !is_here(&port, here.map(|host| host.port.to_string()))
        {
            return refused("a test file stays on its server; leave host and port out".into());
        }
        let mut login = login.clone();
        if let Some(role) = role {
            login.info = login.info.with_user(&role);
            login.assumed_role = None;
        }
        let watch = self.connection.watch().clone();
        match login.open(&watch) {
            Ok(connection) => *self.connection = connection,
            Err(error) => {
                return refused(format!(
                    "cannot connect as role \"{}\": {error}",
                    login.info.user
                ));
            }
        }
        self.login = Some(login);
        self.set_connection_variables();
        if !self.variables.is_on("QUIET") {
            let info = self.connection.info();
            let text = format!(
                "You are now connected to database \"{}\" as user \"{}\".",
                info.database(),
                info.user
            );
            self.print_line(&text);
        }
        Ok(())
    }
}
