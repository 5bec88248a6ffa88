//! How long a large schema takes to be read, and how much longer migrations take when it is followed what they make: `cargo bench --bench catalog`.
//!
//! The schema has 300 tables, each with ten columns, a primary key, a foreign key, a unique key, two checks, an index, a
//! trigger, a policy and privileges, and 2,000 functions, made by 10 migrations. Those that are followed make a tenth of it. Compare figures of one run only:
//! machines differ, and are noisy.

#![allow(clippy::print_stdout, reason = "printing figures is what it is for")]

use std::cell::RefCell;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use pgassay::catalog::{Catalog, History, Kind, read};
use pgassay::cluster::{
    Cache, DataDirectory, Mode, RunDirectory, RunPlaces, Search, Server, ServerOptions, find,
};
use pgassay::database::{Migrating, Preparation, bundled_pgtap};
use pgassay::migration::MigrationSet;
use pgassay::run::admin_of;
use pgassay::session::{Connection, Surroundings, Watch};
use pgassay::settings::{PgtapSettings, PgtapSource};

const TABLES: usize = 300;
const FUNCTIONS: usize = 2_000;
const MIGRATIONS: usize = 10;
/// How much smaller the schema is whose migrations are followed.
const PART: usize = 10;
/// How often each step is measured.
const TURNS: usize = 5;
const DATABASE: &str = "measured";

/// What an event trigger would have to do instead of what the tool does: tell each object, by a notice.
const EVENT_TRIGGER: &str =
    "CREATE FUNCTION public.tell() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE it record;
BEGIN
    FOR it IN SELECT classid, objid, objsubid FROM pg_event_trigger_ddl_commands() LOOP
        RAISE INFO '% % %', it.classid, it.objid, it.objsubid;
    END LOOP;
END $$;
CREATE EVENT TRIGGER tell ON ddl_command_end EXECUTE FUNCTION public.tell();
";

fn main() -> Result<(), Box<dyn Error>> {
    let project = tempfile::tempdir()?;
    write_project(project.path(), PART)?;
    let run = RunDirectory::create(&RunPlaces::of_process(None))?;
    let binaries = find(&Search::here(None, None), run.user())?;
    println!("{}", binaries.version);
    let cache = Cache::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-cache"));
    let data = DataDirectory::create(&binaries, &run, "d", Some(&cache))?;
    let server = Server::start(&binaries, &data, &ServerOptions::default())?;
    let mut migrating = [const { Vec::new() }; 3];
    for _ in 0..TURNS {
        for (way, times) in [Way::Plain, Way::Followed, Way::EventTrigger]
            .into_iter()
            .zip(&mut migrating)
        {
            times.push(migrate(&server, project.path(), way)?);
        }
    }
    let [plain, followed, told] = migrating.map(median);
    println!("{:>8.1} ms  migrate", milliseconds(plain));
    println!("{:>8.1} ms  migrate, followed", milliseconds(followed));
    println!(
        "{:>8.1} ms  migrate, told by an event trigger",
        milliseconds(told)
    );
    let large = tempfile::tempdir()?;
    write_project(large.path(), 1)?;
    migrate(&server, large.path(), Way::Plain)?;
    let info = admin_of(&server).with_database(DATABASE);
    let (mut fresh, mut again) = (Vec::new(), Vec::new());
    let mut catalog = Catalog::default();
    for _ in 0..TURNS {
        let mut connection = Connection::open(&info, Watch::default())?;
        for times in [&mut fresh, &mut again] {
            let began = Instant::now();
            catalog = read(&mut connection, &bundled_pgtap())?;
            times.push(began.elapsed());
        }
    }
    let count = |kind: Kind| {
        catalog
            .objects()
            .iter()
            .filter(|it| it.name.kind == kind)
            .count()
    };
    println!(
        "{} objects, {} tables and {} functions among them",
        catalog.objects().len(),
        count(Kind::Table),
        count(Kind::Function)
    );
    println!(
        "{:>8.1} ms  read, in a fresh session",
        milliseconds(median(fresh))
    );
    println!("{:>8.1} ms  read, once more", milliseconds(median(again)));
    server.stop(Mode::Immediate)?;
    run.remove()?;
    Ok(())
}

/// How it is learnt what migrations make.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    Followed,
    EventTrigger,
}

/// Migrates a fresh database and returns how long that took.
fn migrate(server: &Server, project: &Path, way: Way) -> Result<Duration, Box<dyn Error>> {
    let admin = admin_of(server);
    let mut connection = Connection::open(&admin, Watch::default())?;
    connection.execute(&format!("DROP DATABASE IF EXISTS {DATABASE}"))?;
    let surroundings = Surroundings {
        working_dir: project.to_owned(),
        writable: Vec::new(),
        project_dir: project.to_owned(),
        pgtap: None,
        inputs: None,
        shell: None,
    };
    let first = project.join("migrations/V0__event_trigger.sql");
    fs::write(
        first,
        if way == Way::EventTrigger {
            EVENT_TRIGGER
        } else {
            "SELECT 1;"
        },
    )?;
    let migrations = MigrationSet::load(&[project.join("migrations")], None, project)?;
    let history = RefCell::new(History::default());
    let preparation = Preparation {
        admin: &admin,
        watch: Watch::default(),
        roles: &[],
        migrating: Migrating::Files(&migrations),
        seeds: &[],
        fixtures: &[],
        variables: &[],
        owner: None,
        owner_login: true,
        database_name: DATABASE,
        template_name: DATABASE,
        pgtap: &PgtapSettings {
            source: PgtapSource::None,
            schema: "public".into(),
        },
        history: (way == Way::Followed).then_some(&history),
        coverage: false,
        surroundings: &surroundings,
    };
    let began = Instant::now();
    preparation.migrate(None, usize::MAX, &mut |_| ())?;
    Ok(began.elapsed())
}

fn write_project(project: &Path, part: usize) -> Result<(), Box<dyn Error>> {
    fs::create_dir(project.join("migrations"))?;
    for migration in 0..MIGRATIONS {
        let mut text = String::new();
        if migration == 0 {
            text.push_str(
                "CREATE SCHEMA app;\nCREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql
                 AS $$ BEGIN NEW.changed := now(); RETURN NEW; END $$;\n",
            );
        }
        for table in (0..TABLES / part).filter(|it| it % MIGRATIONS == migration) {
            text.push_str(&table_sql(table));
        }
        for number in (0..FUNCTIONS / part).filter(|it| it % MIGRATIONS == migration) {
            text.push_str(&format!(
                "CREATE FUNCTION app.f{number}(a integer, b text DEFAULT 'x', c app.t{migration}[] DEFAULT NULL) RETURNS text
                 LANGUAGE plpgsql STABLE AS $$\nDECLARE result text;\nBEGIN\n    SELECT b || a INTO result;
                 RETURN result;\nEND $$;\n"
            ));
        }
        fs::write(
            project.join(format!("migrations/V{}__part.sql", migration + 1)),
            text,
        )?;
    }
    Ok(())
}

fn table_sql(number: usize) -> String {
    format!(
        "CREATE TABLE app.t{number} (
             id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT t{number}_pkey PRIMARY KEY,
             parent bigint REFERENCES app.t{number},
             name text NOT NULL,
             kind character varying(20) DEFAULT 'plain' NOT NULL CHECK (kind IN ('plain', 'other')),
             amount numeric(12, 2) DEFAULT 0 CHECK (amount >= 0),
             created timestamptz DEFAULT now() NOT NULL,
             changed timestamptz,
             note text,
             details jsonb,
             active boolean DEFAULT true NOT NULL,
             UNIQUE (name, kind)
         );
         CREATE INDEX t{number}_name ON app.t{number} (lower(name)) WHERE active;
         CREATE TRIGGER touch BEFORE UPDATE ON app.t{number} FOR EACH ROW EXECUTE FUNCTION app.touch();
         ALTER TABLE app.t{number} ENABLE ROW LEVEL SECURITY;
         CREATE POLICY shown ON app.t{number} USING (active);
         GRANT SELECT ON app.t{number} TO PUBLIC;
         COMMENT ON TABLE app.t{number} IS 'table {number}';\n"
    )
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
