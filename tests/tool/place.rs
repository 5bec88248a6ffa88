//! A server of one test's own, databases with pgTAP on it, and clients as tests have them, which tell probes' notices
//! from others.

use std::path::Path;
use std::sync::{Arc, Mutex};

use pgassay::cluster::{
    Cache, DataDirectory, RunDirectory, RunPlaces, Search, Server, ServerOptions, ServiceUser, find,
};
use pgassay::coverage::{Touch, hide_probes};
use pgassay::database::bundled_pgtap;
use pgassay::event::ServerMessage;
use pgassay::run::admin_of;
use pgassay::session::{Connection, Watch};
use postgres::error::{DbError, ErrorPosition};
use postgres::{Client, Config, NoTls, SimpleQueryMessage};

pub(crate) struct Place {
    server: Server,
    _data: DataDirectory,
    _run: RunDirectory,
}

impl Place {
    /// None, with a word about it, on a machine without server binaries.
    pub(crate) fn new() -> Option<Self> {
        let user = ServiceUser::choose(None).unwrap();
        let binaries = match find(&Search::here(None, None), &user) {
            Ok(binaries) => binaries,
            Err(error) => {
                eprintln!("SKIPPED: {error}");
                return None;
            }
        };
        let run = RunDirectory::create(&RunPlaces::of_process(None)).unwrap();
        let cache = Cache::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cluster-cache"));
        let data = DataDirectory::create(&binaries, &run, "d", Some(&cache)).unwrap();
        let server = Server::start(&binaries, &data, &ServerOptions::default()).unwrap();
        Some(Self {
            server,
            _data: data,
            _run: run,
        })
    }

    /// The tool's own way in.
    pub(crate) fn connection(&self, database: &str) -> Connection {
        let mut info = admin_of(&self.server);
        info.dbname = Some(database.into());
        Connection::open(&info, Watch::default()).unwrap()
    }

    /// A database with pgTAP in a schema, as the tool installs it.
    pub(crate) fn database_with_pgtap(&self, name: &str, schema: &str) -> Connection {
        let mut admin = self.connection("postgres");
        admin.execute(&format!("CREATE DATABASE {name}")).unwrap();
        let mut connection = self.connection(name);
        bundled_pgtap().install(&mut connection, schema).unwrap();
        connection
    }

    /// A client as tests have one.
    pub(crate) fn client(&self, database: &str) -> Talk {
        let notices = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&notices);
        let admin = admin_of(&self.server);
        let client = Config::new()
            .host_path(self.server.socket_dir())
            .port(self.server.port())
            .user(&admin.user)
            .dbname(database)
            .notice_callback(move |notice| {
                heard.lock().unwrap().push(ServerMessage {
                    severity: notice.severity().to_owned(),
                    message: notice.message().to_owned(),
                    ..ServerMessage::default()
                });
            })
            .connect(NoTls)
            .unwrap();
        Talk { client, notices }
    }
}

pub(crate) struct Talk {
    pub(crate) client: Client,
    notices: Arc<Mutex<Vec<ServerMessage>>>,
}

impl Talk {
    /// Everything that statements print, errors with their context among it, and the touches that they tell.
    pub(crate) fn say(&mut self, sql: &str) -> (Vec<String>, Vec<Touch>) {
        let mut touches = Vec::new();
        let printed = match self.client.simple_query(sql) {
            Ok(messages) => messages.iter().filter_map(row).collect(),
            Err(error) => {
                let message = message(error.as_db_error().unwrap());
                touches.extend(Touch::of_error(&message));
                let message = hide_probes(message);
                let place = (message.internal_query, message.internal_position);
                let context = message.context;
                vec![format!(
                    "{}: {} {} ({:?}) at {place:?} in {context:?}",
                    message.severity, message.code, message.message, message.detail
                )]
            }
        };
        let notices = std::mem::take(&mut *self.notices.lock().unwrap());
        let (told, other): (Vec<_>, Vec<_>) = notices
            .into_iter()
            .partition(|it| Touch::parse(it).is_some());
        let other = other
            .iter()
            .map(|it| format!("{}: {}", it.severity, it.message));
        touches.extend(told.iter().filter_map(Touch::parse));
        (other.chain(printed).collect(), touches)
    }
}

fn message(error: &DbError) -> ServerMessage {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let mut message = ServerMessage {
        severity: error.severity().to_owned(),
        code: error.code().code().to_owned(),
        message: error.message().to_owned(),
        detail: text(error.detail()),
        context: text(error.where_()),
        schema: text(error.schema()),
        table: text(error.table()),
        column: text(error.column()),
        datatype: text(error.datatype()),
        constraint: text(error.constraint()),
        ..ServerMessage::default()
    };
    if let Some(ErrorPosition::Internal { position, query }) = error.position() {
        message.internal_position = Some(*position);
        message.internal_query = Some(query.clone());
    }
    message
}

fn row(message: &SimpleQueryMessage) -> Option<String> {
    let SimpleQueryMessage::Row(row) = message else {
        return None;
    };
    let values = (0..row.len()).map(|at| row.get(at).unwrap_or("NULL"));
    Some(values.collect::<Vec<_>>().join("|"))
}
