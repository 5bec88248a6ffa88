//! A server of somebody else's, with databases and roles that a run must not touch. The driver that looks at it is
//! not the tool's.

use std::path::Path;

use pgassay::cluster::{Cache, DataDirectory, RunDirectory, RunPlaces, Server, ServerOptions};
use postgres::{Client, Config, NoTls};

use super::{Project, binaries, cache, open_to_all, wait_until};

/// The server. It stops, and its directory goes, when it is dropped.
pub(crate) struct Host {
    pub(crate) server: Server,
    _run: RunDirectory,
}

impl Host {
    /// Starts one on a socket and on TCP. Role `ada` may create databases and has the password `spät & früh`; role
    /// `bob` may do nothing. There is a database `pgassay`, whose name the tool's own clusters use too.
    pub(crate) fn start(project: &Project) -> Self {
        let directory = project.around().join("host");
        std::fs::create_dir(&directory).unwrap();
        open_to_all(&directory);
        let places = RunPlaces {
            named: Some(directory.clone()),
            memory: directory.clone(),
            temporary: directory.clone(),
            last: directory,
            room: 0,
            server_user: None,
        };
        let run = RunDirectory::create(&places).unwrap();
        let kept = Cache::new(cache());
        let data = DataDirectory::create(&binaries().unwrap(), &run, "host", Some(&kept)).unwrap();
        let options = ServerOptions {
            listen_localhost: true,
            ..ServerOptions::default()
        };
        let server = Server::start(&binaries().unwrap(), &data, &options).unwrap();
        let host = Self { server, _run: run };
        host.client("postgres")
            .batch_execute(
                "CREATE ROLE ada LOGIN CREATEDB PASSWORD 'spät & früh';
                 CREATE ROLE bob LOGIN PASSWORD 'bob';
                 CREATE ROLE carol NOLOGIN;
                 GRANT carol TO ada;",
            )
            .unwrap();
        host.client("postgres")
            .batch_execute("CREATE DATABASE pgassay")
            .unwrap();
        host.client("pgassay")
            .batch_execute("CREATE TABLE precious AS SELECT 1 AS value")
            .unwrap();
        host
    }

    /// A session of its superuser.
    pub(crate) fn client(&self, database: &str) -> Client {
        let mut config = Config::new();
        config
            .host_path(self.server.socket_dir())
            .port(self.server.port())
            .user("postgres")
            .dbname(database);
        config.connect(NoTls).unwrap()
    }

    /// Its version, such as 150018.
    pub(crate) fn server_version(&self) -> u32 {
        let asked = "SELECT current_setting('server_version_num')::int";
        let version: i32 = self
            .client("postgres")
            .query_one(asked, &[])
            .unwrap()
            .get(0);
        version.unsigned_abs()
    }

    /// The way to it over its socket.
    pub(crate) fn by_socket(&self, user: &str) -> String {
        format!(
            "host={} port={} user={user} dbname=postgres",
            self.server.socket_dir().display(),
            self.server.port()
        )
    }

    /// The way to it over TCP, where a password is asked for.
    pub(crate) fn by_tcp(&self, user: &str) -> String {
        format!(
            "postgres://{user}@127.0.0.1:{}/postgres",
            self.server.port()
        )
    }

    /// All that must be after a run as it was before: databases with owners, roles, memberships, settings, and what the
    /// existing databases hold.
    pub(crate) fn state(&self) -> String {
        let question = "SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
            SELECT 'database ' || datname || ' of ' || datdba::regrole::text || ' ' || coalesce(datacl::text, '')
              FROM pg_database
            UNION ALL SELECT 'role ' || (r.*)::text FROM pg_authid r
            UNION ALL SELECT 'member ' || (m.*)::text FROM pg_auth_members m
            UNION ALL SELECT 'setting ' || (s.*)::text FROM pg_db_role_setting s
        ) AS state (line)";
        let mut state: String = self
            .client("postgres")
            .query_one(question, &[])
            .unwrap()
            .get(0);
        for database in ["postgres", "pgassay", "template1"] {
            let question = "SELECT coalesce(string_agg(n.nspname || '.' || c.relname, ' '), '')
                              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                             WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')";
            let tables: String = self
                .client(database)
                .query_one(question, &[])
                .unwrap()
                .get(0);
            state.push_str(&format!("\n{database}: {tables}"));
        }
        state
    }

    /// Fails when something is not as it was, or a session is left. One that was just closed, such as this test's
    /// own, may take a moment to go.
    #[track_caller]
    pub(crate) fn assert_is_as(&self, before: &str) {
        assert_eq!(self.state(), before);
        wait_until("no session is left", || {
            let question = "SELECT count(*) FROM pg_stat_activity
                             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
            let count: i64 = self
                .client("postgres")
                .query_one(question, &[])
                .unwrap()
                .get(0);
            count == 0
        });
    }

    /// The names of databases that are not there without the tool.
    pub(crate) fn made(&self) -> Vec<String> {
        let question =
            "SELECT datname FROM pg_database WHERE datname LIKE 'pgassay\\_%' ORDER BY 1";
        let rows = self.client("postgres").query(question, &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

/// A password file with one line, private as libpq demands.
pub(crate) fn password_file(path: &Path, line: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, format!("{line}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
