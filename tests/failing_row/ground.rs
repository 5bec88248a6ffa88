//! A server, and one statement that fails on it.

use pgassay::cluster::{Cache, DataDirectory, RunDirectory, RunPlaces, Server, ServerOptions};
use pgassay::database::FailingRow;
use pgassay::event::ServerMessage;
use pgassay::run::admin_of;
use pgassay::session::{Connection, QueryError, TransactionStatus, Watch};

use crate::tool::{Project, binaries};

/// Who looks for the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Superuser,
    /// One who owns the database, and is nobody else.
    Owner,
}

pub(crate) struct Ground {
    server: Server,
    _run: RunDirectory,
    _project: Project,
}

impl Ground {
    /// None, with a word about it, on a machine without server binaries.
    pub(crate) fn new() -> Option<Self> {
        let project = Project::new()?;
        let binaries = binaries()?;
        let places = RunPlaces {
            named: Some(project.runs()),
            ..RunPlaces::of_process(None)
        };
        let run = RunDirectory::create(&places).unwrap();
        let cache = Cache::new(crate::tool::cache());
        let data = DataDirectory::create(&binaries, &run, "d", Some(&cache)).unwrap();
        let server = Server::start(&binaries, &data, &ServerOptions::default()).unwrap();
        let ground = Self {
            server,
            _run: run,
            _project: project,
        };
        let mut admin = ground.connection("postgres");
        admin.execute("CREATE ROLE keeper").unwrap();
        admin.execute("CREATE DATABASE shop OWNER keeper").unwrap();
        Some(ground)
    }

    fn connection(&self, database: &str) -> Connection {
        let info = admin_of(&self.server).with_database(database);
        Connection::open(&info, Watch::default()).unwrap()
    }

    pub(crate) fn session(&self, role: Role) -> Connection {
        let mut session = self.connection("shop");
        if role == Role::Owner {
            session.execute("SET ROLE keeper").unwrap();
        }
        session
    }
}

/// Does what comes before a statement in a transaction, lets the statement fail, and looks for the row in the state before it.
/// Nothing must have changed, the transaction must go on, and it is rolled back.
#[track_caller]
pub(crate) fn row_of(
    session: &mut Connection,
    before: &str,
    statement: &str,
) -> (ServerMessage, Option<FailingRow>) {
    session.execute("BEGIN").unwrap();
    session
        .execute(before)
        .unwrap_or_else(|error| panic!("{before}: {error}"));
    session.execute("SAVEPOINT of_the_test").unwrap();
    let error = match session.execute(statement) {
        Err(QueryError::Server(message)) => *message,
        other => panic!("{statement}: {other:?}"),
    };
    session
        .execute("ROLLBACK TO SAVEPOINT of_the_test")
        .unwrap();
    let was = state(session);
    let found = FailingRow::find(session, statement, &error);
    assert_eq!(session.status(), TransactionStatus::Open, "{statement}");
    assert_eq!(state(session), was, "{statement}");
    session.execute("RELEASE SAVEPOINT of_the_test").unwrap();
    session.execute("ROLLBACK").unwrap();
    (error, found)
}

/// What is there: objects, rows, and settings.
fn state(session: &mut Connection) -> Vec<String> {
    let mut state = Vec::new();
    let mut ask = |sql: &str| {
        let rows = session
            .rows(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.into_iter()
            .map(|row| format!("{row:?}"))
            .collect::<Vec<_>>()
    };
    for sql in [
        "SELECT oid, relname, relfilenode, relkind, relchecks FROM pg_class WHERE oid >= 16384 ORDER BY 1",
        "SELECT attrelid, attname, atttypid, atttypmod, attnotnull FROM pg_attribute WHERE attrelid >= 16384 ORDER BY 1, attnum",
        "SELECT oid, conname, convalidated FROM pg_constraint WHERE oid >= 16384 ORDER BY 1",
        "SELECT oid, tgname, tgenabled FROM pg_trigger ORDER BY 1",
        "SELECT oid, proname FROM pg_proc WHERE oid >= 16384 ORDER BY 1",
        "SELECT name, setting FROM pg_settings WHERE source = 'session' OR name IN ('row_security',
            'session_replication_role', 'statement_timeout', 'search_path') ORDER BY 1",
        "SELECT current_user, current_schemas(true)",
    ] {
        state.extend(ask(sql));
    }
    let tables = ask(
        "SELECT format('SELECT %L, count(*), md5(string_agg(t::text || t.ctid::text, chr(10) ORDER BY t.ctid)) FROM ONLY %s t',
                oid::regclass, oid::regclass)
           FROM pg_class WHERE oid >= 16384 AND relkind = 'r' ORDER BY oid::regclass::text",
    );
    for table in tables {
        let sql = table
            .strip_prefix("[Some(\"")
            .and_then(|it| it.strip_suffix("\")]"))
            .unwrap()
            .replace("\\\"", "\"");
        state.extend(ask(&sql));
    }
    state
}
