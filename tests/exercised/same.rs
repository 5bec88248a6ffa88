//! Nothing of the probes is seen by tests: the sample project's own print and come to the same with and without.

use std::fs;
use std::path::{Path, PathBuf};

use pgassay::catalog::{self, Kind, Place as Line};
use pgassay::coverage::{Measure, Touch, hide_probes};
use pgassay::database::{bundled_pgtap, let_pgtap_tell, let_schema_tell};
use pgassay::event::{Notice, ServerMessage, SqlError, Warning};
use pgassay::script::Location;
use pgassay::session::{Connection, Interpreter, ScriptText, Sink, Surroundings};

use crate::place::Place;

/// Keeps what comes, the probes' notices apart.
#[derive(Default)]
struct Kept {
    said: String,
    touches: Vec<Touch>,
}

impl Kept {
    fn say(&mut self, location: &Location, message: ServerMessage) {
        let message = hide_probes(message);
        self.said
            .push_str(&format!("\n{location:?} {message:#?}\n"));
    }
}

impl Sink for Kept {
    fn begin(&mut self, _: &Location, _: &str) {}
    fn output(&mut self, bytes: &[u8]) {
        self.said.push_str(&String::from_utf8_lossy(bytes));
    }
    fn end(&mut self) {}
    fn notice(&mut self, notice: Notice) {
        match Touch::parse(&notice.message) {
            Some(touch) => self.touches.push(touch),
            None => self.say(&notice.location, notice.message),
        }
    }
    fn error(&mut self, error: SqlError) {
        self.touches.extend(Touch::of_error(&error.message));
        self.say(&error.location, error.message);
    }
    fn warning(&mut self, _: Warning) {}
    fn wants_stop(&self) -> bool {
        false
    }
}

/// The files below a directory of the project, in order.
fn files(directory: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![root().join(directory)];
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
    // Those that stand around a migration run at another version.
    found.retain(|path| {
        !["before.sql", "after.sql"]
            .iter()
            .any(|name| path.ends_with(name))
    });
    found.sort();
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(connection: &mut Connection, path: &Path) -> Kept {
    let surroundings = Surroundings {
        working_dir: root().to_owned(),
        writable: Vec::new(),
        project_dir: root().to_owned(),
        pgtap: None,
        shell: None,
        inputs: None,
    };
    let mut kept = Kept::default();
    let script = ScriptText::read(path, surroundings.shown(path)).unwrap();
    let end = Interpreter::new(connection, &mut kept, &surroundings).run(&script);
    kept.said.push_str(&format!("\n{:?}", end.is_ok()));
    kept
}

/// The sample project's database, as the tool builds it.
fn build(place: &Place) {
    let mut admin = place.connection("postgres");
    for script in files("roles") {
        run(&mut admin, &script);
    }
    admin.execute("CREATE DATABASE insurance").unwrap();
    let mut migrations = files("migrations");
    let begins = |path: &Path| path.file_name().unwrap().as_encoded_bytes()[0];
    // What takes a version back is not applied.
    migrations.retain(|it| begins(it) != b'U');
    // Those that can be repeated come last.
    migrations.sort_by_key(|it| begins(it) == b'R');
    for script in migrations.into_iter().chain(files("fixtures")) {
        let kept = run(&mut place.connection("insurance"), &script);
        assert!(
            kept.said.ends_with("true") && !kept.said.contains("ERROR"),
            "{}",
            kept.said
        );
    }
    bundled_pgtap()
        .install(&mut place.connection("insurance"), "public")
        .unwrap();
}

/// A session in a fresh copy of it.
fn copy(place: &Place) -> Connection {
    let mut admin = place.connection("postgres");
    for statement in [
        "DROP DATABASE IF EXISTS insurance WITH (FORCE)",
        "CREATE DATABASE insurance TEMPLATE template_of_insurance",
    ] {
        admin.execute(statement).unwrap();
    }
    for script in files("migrations") {
        let text = fs::read_to_string(script).unwrap();
        for setting in text
            .lines()
            .filter(|it| it.starts_with("ALTER DATABASE insurance SET"))
        {
            admin.execute(setting).unwrap();
        }
    }
    place.connection("insurance")
}

#[test]
fn the_sample_projects_tests_print_the_same_and_all_that_judges_rows_is_seen() {
    let (Some(plain), Some(telling)) = (Place::new(), Place::new()) else {
        return;
    };
    build(&plain);
    build(&telling);
    let mut connection = telling.connection("insurance");
    let catalog = catalog::read(&mut connection, &bundled_pgtap()).unwrap();
    let_pgtap_tell(&mut connection).unwrap();
    let exercising = let_schema_tell(&mut connection, &catalog).unwrap();
    assert_eq!(exercising.unseen, Vec::new());
    let again = catalog::read(&mut connection, &bundled_pgtap()).unwrap();
    for (before, after) in catalog.objects().iter().zip(again.objects()) {
        let is_body =
            before.name.kind.is_routine() && before.value(&catalog::Property::Language).is_some();
        assert!(before == after || is_body, "{before:#?} {after:#?}");
    }
    assert_eq!(catalog.objects().len(), again.objects().len());
    drop(connection);
    for place in [&plain, &telling] {
        let mut admin = place.connection("postgres");
        admin
            .execute("ALTER DATABASE insurance RENAME TO template_of_insurance")
            .unwrap();
    }

    let mut measure = Measure::new(&catalog, &exercising.logic);
    let mut ok = 0;
    for file in files("sql-tests") {
        let plain = run(&mut copy(&plain), &file);
        let telling = run(&mut copy(&telling), &file);
        let lines = plain.said.lines().zip(telling.said.lines());
        let differing: Vec<_> = lines.filter(|(plain, telling)| plain != telling).collect();
        assert!(
            plain.said == telling.said,
            "{}: {differing:#?}",
            file.display()
        );
        assert!(plain.touches.len() <= telling.touches.len());
        ok += plain
            .said
            .lines()
            .filter(|it| it.starts_with("ok "))
            .count();
        let line = Line {
            file: file.display().to_string(),
            line: 1,
        };
        for touch in &telling.touches {
            measure.take(touch, &line);
        }
    }
    assert!(ok > 250, "{ok}");
    // What the project's tests leave out of these, they would have to be given.
    let objects = measure.objects();
    let unmeasured: Vec<_> = objects
        .iter()
        .filter(|it| {
            let logic = it.logic.as_ref();
            it.object.name.kind.is_routine() && logic.is_none_or(|it| it.logic.unmeasured.is_some())
        })
        .collect();
    assert!(unmeasured.is_empty(), "{unmeasured:#?}");
    let judging = objects
        .iter()
        .filter(|it| matches!(it.object.name.kind, Kind::Check | Kind::ForeignKey));
    let missed = judging.flat_map(|object| {
        let missed = object.behaviours.iter();
        let missed = missed.filter(|it| !object.exercised.contains_key(it));
        missed.map(|it| format!("{} {it}", object.object.name))
    });
    assert_eq!(missed.collect::<Vec<_>>(), Vec::<String>::new());
}
