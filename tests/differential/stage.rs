//! A stage: two databases on one throwaway server that hold the same, and two directories with the same files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pgassay::cluster::{
    Cache, DataDirectory, RunDirectory, RunPlaces, SUPERUSER, Server, ServerOptions,
};
use pgassay::session::conninfo::ConnInfo;
use pgassay::session::{Connection, Watch};

use crate::programs;
use crate::script::Script;

const DIGEST: &str = include_str!("digest.sql");
const CONTENT: &str = include_str!("content.sql");

/// A throwaway server, and the psql that is run on it.
pub(crate) struct House {
    pub(crate) psql: PathBuf,
    /// The major version of psql.
    pub(crate) psql_version: u32,
    /// The server's.
    pub(crate) version: u32,
    pub(crate) server: Server,
    run: RunDirectory,
}

impl House {
    /// Starts one; none, with a word about it, where there can be none.
    pub(crate) fn open() -> Option<Self> {
        let (binaries, psql) = (programs::binaries()?, programs::psql()?);
        let run = match RunDirectory::create(&RunPlaces::of_process(None)) {
            Ok(run) => run,
            Err(error) => return programs::skip(&error.to_string()),
        };
        let cache = Cache::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
        let data = DataDirectory::create(&binaries, &run, "differential", Some(&cache)).unwrap();
        let server = Server::start(&binaries, &data, &ServerOptions::default()).unwrap();
        Some(Self {
            psql_version: programs::major_version(&psql),
            psql,
            version: binaries.version.major,
            server,
            run,
        })
    }

    /// Whether psql sends the end mark of inline CSV data along, as it does before 18, to a server that takes it for
    /// data, as it does from 18 on.
    pub(crate) fn sends_end_marks(&self) -> bool {
        self.psql_version < 18 && self.version >= 18
    }

    pub(crate) fn close(self) {
        drop(self.server);
        self.run.remove().unwrap();
    }

    fn info(&self, database: &str) -> ConnInfo {
        let (directory, port) = (self.server.socket_dir(), self.server.port());
        ConnInfo::unix(directory, port, SUPERUSER, SUPERUSER).with_database(database)
    }
}

/// What one engine has to itself: a database and a directory.
pub(crate) struct Side {
    pub(crate) info: ConnInfo,
    pub(crate) directory: PathBuf,
    admin: Connection,
    pristine: String,
}

impl Side {
    pub(crate) fn new(house: &House, directory: &Path, name: &str) -> Self {
        let mut server = Connection::open(&house.info(SUPERUSER), Watch::default()).unwrap();
        let create = format!("CREATE DATABASE \"{name}\"");
        server.execute(&create).unwrap();
        let info = house.info(name);
        let mut admin = Connection::open(&info, Watch::default()).unwrap();
        admin.execute(DIGEST).unwrap();
        // As it is after a script: `initdb`'s schema has a comment, for one.
        admin.execute("SELECT differential.clear()").unwrap();
        admin.execute(CONTENT).unwrap();
        let mut side = Self {
            info,
            directory: directory.join(name),
            admin,
            pristine: String::new(),
        };
        side.pristine = side.digest();
        side
    }

    /// Lays the script's files out, in a directory that holds nothing else.
    pub(crate) fn lay_out(&self, script: &Script) {
        if self.directory.exists() {
            fs::remove_dir_all(&self.directory).unwrap();
        }
        fs::create_dir_all(self.directory.join("sub")).unwrap();
        for file in &script.files {
            fs::write(self.directory.join(&file.name), file.text()).unwrap();
        }
    }

    /// The files that a script wrote.
    pub(crate) fn written(&self, script: &Script) -> BTreeMap<String, String> {
        let found = walkdir::WalkDir::new(&self.directory).into_iter();
        found
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = entry.path().strip_prefix(&self.directory).unwrap();
                let bytes = fs::read(entry.path()).unwrap();
                let name = path.to_str().unwrap().to_owned();
                (name, String::from_utf8_lossy(&bytes).into_owned())
            })
            .filter(|(name, _)| script.files.iter().all(|file| file.name != *name))
            .collect()
    }

    /// Every object and every row, as text.
    fn digest(&mut self) -> String {
        let asked = self.admin.value("SELECT differential.digest()");
        asked.unwrap().unwrap_or_default()
    }

    /// What the database holds; afterwards it holds what it held at the beginning.
    pub(crate) fn take_state(&mut self) -> String {
        let state = self.digest();
        if state != self.pristine {
            self.admin.execute("SELECT differential.clear()").unwrap();
            self.admin.execute(CONTENT).unwrap();
        }
        state
    }
}
