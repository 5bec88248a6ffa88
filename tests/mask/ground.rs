//! A server, ways to it, and the tables of tests as values.

use std::io::{Read, Write};

use pgassay::cluster::{Cache, DataDirectory, RunDirectory, RunPlaces, Server, ServerOptions};
use pgassay::run::admin_of;
use pgassay::session::{Connection, Watch};
use pgassay::snapshot::mask::{ColumnPattern, Key, MaskRule, Masking, Rule};
use pgassay::snapshot::{Column, Table, TableName, Values};
use postgres::{Client, Config, NoTls};

use crate::tool::{Project, binaries};

/// What must live as long as connections to the server are wanted.
pub(crate) struct Ground {
    server: Server,
    _run: RunDirectory,
    _project: Project,
}

impl Ground {
    /// A server with nothing on it; none, with a word about it, where there are no programs of one.
    pub(crate) fn new() -> Option<Self> {
        let binaries = binaries()?;
        let project = Project::new()?;
        let places = RunPlaces {
            named: Some(project.runs()),
            ..RunPlaces::of_process(None)
        };
        let run = RunDirectory::create(&places).unwrap();
        let cache = Cache::new(crate::tool::cache());
        let data = DataDirectory::create(&binaries, &run, "d", Some(&cache)).unwrap();
        let server = Server::start(&binaries, &data, &ServerOptions::default()).unwrap();
        Some(Self {
            server,
            _run: run,
            _project: project,
        })
    }

    /// A connection of the tool's.
    pub(crate) fn connection(&self) -> Connection {
        Connection::open(&admin_of(&self.server), Watch::default()).unwrap()
    }

    /// A client that is not the tool's, with a session as one is set up that reads rows.
    pub(crate) fn client(&self) -> Client {
        let admin = admin_of(&self.server);
        let mut config = Config::new();
        config
            .host_path(self.server.socket_dir())
            .port(self.server.port())
            .user(&admin.user)
            .dbname(admin.dbname.as_deref().unwrap_or("postgres"));
        let mut client = config.connect(NoTls).unwrap();
        client
            .batch_execute("SET DateStyle = ISO; SET bytea_output = hex; SET TimeZone = UTC")
            .unwrap();
        client
    }
}

/// The rows of a query as `COPY` writes them.
pub(crate) fn copy_out(client: &mut Client, query: &str) -> Vec<u8> {
    let mut rows = Vec::new();
    let copy = format!("COPY ({query}) TO STDOUT");
    client
        .copy_out(&copy)
        .unwrap()
        .read_to_end(&mut rows)
        .unwrap();
    rows
}

/// Has a table take rows.
pub(crate) fn copy_in(
    client: &mut Client,
    table: &str,
    rows: &[u8],
) -> Result<u64, postgres::Error> {
    let mut writer = client.copy_in(&format!("COPY {table} FROM STDIN"))?;
    writer.write_all(rows).unwrap();
    writer.finish()
}

pub(crate) fn key() -> Key {
    Key::chosen("the key of the tests").unwrap()
}

pub(crate) fn name(schema: &str, name: &str) -> TableName {
    TableName {
        schema: schema.into(),
        name: name.into(),
    }
}

pub(crate) fn column(name: &str, data_type: &str, values: Values) -> Column {
    Column {
        name: name.into(),
        data_type: data_type.into(),
        values,
        not_null: false,
    }
}

pub(crate) fn table(name: TableName, columns: Vec<Column>) -> Table {
    Table {
        name,
        columns,
        key: Vec::new(),
        unique: Vec::new(),
        checks: Vec::new(),
        is_partitioned: false,
        partition_key: Vec::new(),
        ancestors: Vec::new(),
    }
}

pub(crate) fn rule(columns: &str, rule: Rule) -> MaskRule {
    MaskRule {
        columns: ColumnPattern::parse(columns).unwrap(),
        rule,
        said_at: "pgassay.toml:1:1".into(),
    }
}

/// Rows with what a masking makes of them, fed in pieces of a size that has nothing to do with lines.
pub(crate) fn masked(masking: &Masking, table: &TableName, rows: &[u8]) -> Vec<u8> {
    let Some(mask) = masking.for_table(table) else {
        return rows.to_vec();
    };
    let (mut stream, mut out) = (mask.rows(), Vec::new());
    for piece in rows.chunks(1009) {
        stream.feed(piece, &mut out).unwrap();
    }
    stream.finish().unwrap();
    out
}
