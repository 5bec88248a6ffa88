//! The functions of the sample project, run by its tests.

use std::fs;
use std::path::{Path, PathBuf};

use pgassay::coverage::Touch;
use pgassay::database::{bundled_pgtap, let_pgtap_tell};
use pgassay::event::{Notice, SqlError, Warning};
use pgassay::script::Location;
use pgassay::session::{Connection, Interpreter, ScriptText, Sink, Surroundings};

use crate::comparison::Comparison;
use crate::ours::Telling;
use crate::place::Place;
use crate::profile;

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// Keeps what probes told.
#[derive(Default)]
struct Told(Vec<Touch>);

impl Sink for Told {
    fn begin(&mut self, _: &Location, _: &str) {}
    fn output(&mut self, _: &[u8]) {}
    fn end(&mut self) {}
    fn notice(&mut self, notice: Notice) {
        self.0.extend(Touch::parse(&notice.message));
    }
    fn error(&mut self, _: SqlError) {}
    fn warning(&mut self, _: Warning) {}
    fn wants_stop(&self) -> bool {
        false
    }
}

/// The scripts below a directory of the project, in order.
fn scripts(directory: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![Path::new(PROJECT).join(directory)];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("_include") {
                directories.push(path);
            } else if path.extension().is_some_and(|it| it == "sql") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn run(connection: &mut Connection, path: &Path) -> Vec<Touch> {
    let surroundings = Surroundings {
        working_dir: PROJECT.into(),
        writable: Vec::new(),
        project_dir: PROJECT.into(),
        pgtap: None,
        shell: None,
        inputs: None,
    };
    let script = ScriptText::read(path, surroundings.shown(path)).unwrap();
    let mut told = Told::default();
    let _ = Interpreter::new(connection, &mut told, &surroundings).run(&script);
    told.0
}

/// The project's database, as the tool builds it.
fn build(place: &Place) {
    let mut admin = place.connection("postgres");
    for script in scripts("roles") {
        run(&mut admin, &script);
    }
    admin.execute("CREATE DATABASE insurance").unwrap();
    let mut migrations = scripts("migrations");
    // Those that can be repeated come last.
    migrations.sort_by_key(|it| it.file_name().unwrap().as_encoded_bytes()[0] == b'R');
    for script in migrations.into_iter().chain(scripts("fixtures")) {
        run(&mut place.connection("insurance"), &script);
    }
    bundled_pgtap()
        .install(&mut place.connection("insurance"), "public")
        .unwrap();
}

/// A fresh copy of it.
fn copy(place: &Place) -> Connection {
    let mut admin = place.connection("postgres");
    for statement in [
        "DROP DATABASE IF EXISTS insurance WITH (FORCE)",
        "CREATE DATABASE insurance TEMPLATE template_of_insurance",
        "ALTER DATABASE insurance SET timezone TO 'UTC'",
    ] {
        admin.execute(statement).unwrap();
    }
    place.connection("insurance")
}

#[test]
fn statements_and_branches_of_the_sample_project_are_those_that_plpgsql_check_sees() {
    let (Some(plain), Some(telling)) = (Place::new(), Place::new()) else {
        return;
    };
    build(&plain);
    build(&telling);
    if !profile::install(&plain, "insurance") {
        return;
    }
    let told = {
        let mut connection = telling.connection("insurance");
        let told = Telling::make(&mut connection);
        let_pgtap_tell(&mut connection).unwrap();
        told
    };
    for place in [&plain, &telling] {
        let rename = "ALTER DATABASE insurance RENAME TO template_of_insurance";
        place.connection("postgres").execute(rename).unwrap();
    }
    let mut comparison = Comparison::default();
    let mut compared = 0;
    for file in scripts("sql-tests") {
        drop(copy(&plain));
        profile::watch(&plain, "insurance");
        let mut connection = plain.connection("insurance");
        run(&mut connection, &file);
        for statement in ["ROLLBACK", "RESET SESSION AUTHORIZATION", "RESET ROLE"] {
            connection.execute(statement).unwrap();
        }
        let profiles = profile::of(&mut connection);
        let covered = told.covered(&run(&mut copy(&telling), &file));
        compared += comparison.take_all(&profiles, &covered);
    }
    let differences = comparison.differences.join("\n");
    assert!(differences.is_empty(), "{differences}");
    assert!(compared > 50, "{compared}");
}
