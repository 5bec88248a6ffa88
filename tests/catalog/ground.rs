//! A server with the sample's objects in a database.

use std::path::Path;
use std::sync::Arc;

use pgassay::cluster::{Cache, DataDirectory, RunDirectory, RunPlaces, Server, ServerOptions};
use pgassay::event::{Notice, SqlError, Warning};
use pgassay::run::admin_of;
use pgassay::script::Location;
use pgassay::session::{Connection, Interpreter, ScriptText, Sink, Surroundings, Watch};

use crate::tool::{Project, binaries};

/// What must live as long as connections to the server are wanted.
pub(crate) struct Ground {
    pub(crate) server: Server,
    pub(crate) major: u32,
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
            major: binaries.version.major,
            _run: run,
            _project: project,
        })
    }

    /// A connection to a database of this name, which is made.
    pub(crate) fn database(&self, name: &str) -> Connection {
        let info = admin_of(&self.server);
        let mut admin = Connection::open(&info, Watch::default()).unwrap();
        admin.execute(&format!("CREATE DATABASE {name}")).unwrap();
        Connection::open(&info.with_database(name), Watch::default()).unwrap()
    }

    /// The same, with every kind of object.
    pub(crate) fn everything(&self) -> Connection {
        let mut connection = self.database("everything");
        run(&mut connection, "catalog/everything.sql");
        connection
    }
}

/// Runs a script below `tests/data`.
pub(crate) fn run(connection: &mut Connection, script: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(script);
    let surroundings = Surroundings {
        working_dir: path.parent().unwrap().to_owned(),
        writable: Vec::new(),
        project_dir: path.parent().unwrap().to_owned(),
        pgtap: None,
        inputs: None,
        shell: None,
    };
    let text = ScriptText::read(&path, Arc::from(script)).unwrap();
    let mut strict = Strict;
    let mut interpreter = Interpreter::new(connection, &mut strict, &surroundings);
    interpreter.run(&text).unwrap();
}

/// Panics where a script fails.
struct Strict;

impl Sink for Strict {
    fn begin(&mut self, _: &Location, _: &str) {}
    fn output(&mut self, _: &[u8]) {}
    fn end(&mut self) {}
    fn notice(&mut self, _: Notice) {}
    fn error(&mut self, error: SqlError) {
        panic!("{}: {:?}", error.location, error.message);
    }
    fn warning(&mut self, _: Warning) {}
    fn wants_stop(&self) -> bool {
        false
    }
}
