//! How fast rows are saved and loaded, beside `pg_dump` and `pg_restore`: `cargo bench --bench snapshot [-- --rows N --rounds N]`.
//!
//! Both work on the same database one after the other, in pairs, so that the ratio of a pair is of one state of the machine.
//! Saving is compared with saving masked in the same way: two columns, a value in each row, and a key besides, by which the rows
//! get another order.
//!
//! pgassay's peak memory is measured with a tenth of the rows too: it must not grow with them.

#![allow(clippy::print_stdout, reason = "printing figures is what it is for")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pgassay::cluster::{
    DataDirectory, RunDirectory, RunPlaces, Search, Server, ServerOptions, find,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Tables as applications have them: numbers, texts, times, a document; a foreign key between them.
const SCHEMA: &str = "
    CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, mail text NOT NULL,
        born date, is_active boolean NOT NULL DEFAULT true);
    CREATE TABLE orders (id uuid PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, amount numeric(12, 2) NOT NULL,
        placed timestamptz NOT NULL, details jsonb NOT NULL, note text);
    CREATE INDEX ON orders (user_id);";

fn rows(count: usize) -> String {
    let users = count / 5;
    let orders = count - users;
    format!(
        "INSERT INTO users (name, mail, born)
             SELECT 'user ' || md5(i::text), md5('m' || i) || '@example.org', date '1950-01-01' + i % 20000 FROM generate_series(1, {users}) i;
         INSERT INTO orders
             SELECT md5(i::text)::uuid, 1 + i % {users}, (i % 100000) / 100.0, timestamptz '2020-01-01' + i * interval '1 minute',
                    jsonb_build_object('items', i % 7, 'key', md5('k' || i)), CASE WHEN i % 3 = 0 THEN repeat('note ', i % 9) END
               FROM generate_series(1, {orders}) i;
         ANALYZE;"
    )
}

struct Place {
    server: Server,
    bin: PathBuf,
    directory: tempfile::TempDir,
}

/// What a program took.
struct Took {
    time: Duration,
    /// Its greatest resident memory, in kB, as far as it was seen.
    memory: u64,
}

impl Place {
    fn url(&self, database: &str) -> String {
        format!(
            "host={} port={} user=postgres dbname={database}",
            self.server.socket_dir().display(),
            self.server.port()
        )
    }

    fn psql(&self, database: &str, sql: &str) -> Result<()> {
        let status = Command::new(self.bin.join("psql"))
            .args([
                "-Xq",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                &self.url(database),
                "-c",
                sql,
            ])
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err("psql failed".into())
        }
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Result<Took> {
        let begin = Instant::now();
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let status = format!("/proc/{}/status", child.id());
        let mut memory = 0;
        loop {
            let ended = child.try_wait()?;
            let text = fs::read_to_string(&status).unwrap_or_default();
            let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let peak = peak.and_then(|it| it.trim().trim_end_matches(" kB").parse().ok());
            memory = memory.max(peak.unwrap_or(0));
            if let Some(ended) = ended {
                if !ended.success() {
                    return Err(format!("{} {arguments:?} failed", program.display()).into());
                }
                let time = begin.elapsed();
                return Ok(Took { time, memory });
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn pgassay(&self, arguments: &[&str]) -> Result<Took> {
        self.run(Path::new(env!("CARGO_BIN_EXE_pgassay")), arguments)
    }
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|it| it != "--bench");
    let (mut count, mut rounds) = (1_000_000, 5);
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or("a number is missing")?.parse()?;
        match flag.as_str() {
            "--rows" => count = value,
            "--rounds" => rounds = value,
            _ => return Err(format!("there is no option {flag}").into()),
        }
    }
    let run = RunDirectory::create(&RunPlaces::of_process(None))?;
    let binaries = find(&Search::here(None, None), run.user())?;
    let data = DataDirectory::create(&binaries, &run, "bench", None)?;
    let psql = binaries.program("psql");
    let place = Place {
        server: Server::start(&binaries, &data, &ServerOptions::default())?,
        bin: psql.parent().ok_or("no directory")?.to_owned(),
        directory: tempfile::tempdir()?,
    };
    println!(
        "PostgreSQL {}, {count} rows, {rounds} rounds",
        binaries.version
    );
    fill(&place, count)?;
    compare(&place, rounds)?;
    compare_masked(&place, rounds)?;
    for database in ["small", "large"] {
        let file = format!("{database}.snapshot");
        let save = save(&place, database, &file)?;
        let load = load(&place, &file)?;
        println!(
            "{database}: peak memory {} kB (save), {} kB (load)",
            save.memory, load.memory
        );
    }
    drop(place);
    run.remove()?;
    Ok(())
}

/// Makes the databases: two with rows, and two to load into.
fn fill(place: &Place, count: usize) -> Result<()> {
    let migrations = place.directory.path().join("migrations");
    fs::create_dir(&migrations)?;
    fs::write(migrations.join("V1__schema.sql"), SCHEMA)?;
    for (database, there) in [
        ("small", count / 10),
        ("large", count),
        ("target", 0),
        ("restored", 0),
    ] {
        place.psql("postgres", &format!("CREATE DATABASE {database}"))?;
        place.pgassay(&["migrate", "up", "--quiet", "--url", &place.url(database)])?;
        if there > 0 {
            place.psql(database, &rows(there))?;
        }
    }
    Ok(())
}

fn save(place: &Place, database: &str, file: &str) -> Result<Took> {
    let url = place.url(database);
    place.pgassay(&["snapshot", "save", "--output", file, "--url", &url])
}

fn load(place: &Place, file: &str) -> Result<Took> {
    let url = place.url("target");
    place.pgassay(&["snapshot", "load", "--yes", file, "--url", &url])
}

/// Saves and loads in turn, and prints the ratios.
fn compare(place: &Place, rounds: usize) -> Result<()> {
    let mut saves = Vec::new();
    let mut loads = Vec::new();
    for round in 0..rounds {
        let ours = save(place, "large", "large.snapshot")?;
        let (url, program) = (place.url("large"), place.bin.join("pg_dump"));
        let dump = ["--data-only", "-Fc", "-f", "large.dump", "-T", "pgassay_*"];
        let theirs = place.run(&program, &[&dump[..], &["-d", &url]].concat())?;
        saves.push(ours.time.as_secs_f64() / theirs.time.as_secs_f64());
        tell(round, "save", &ours, "pg_dump", &theirs);
        // Into empty tables, both.
        place.psql("target", "TRUNCATE users, orders")?;
        place.psql("restored", "TRUNCATE users, orders")?;
        let ours = load(place, "large.snapshot")?;
        let (url, program) = (place.url("restored"), place.bin.join("pg_restore"));
        let restore = ["--data-only", "--disable-triggers", "--single-transaction"];
        let theirs = place.run(
            &program,
            &[&restore[..], &["-d", &url, "large.dump"]].concat(),
        )?;
        loads.push(ours.time.as_secs_f64() / theirs.time.as_secs_f64());
        tell(round, "load", &ours, "pg_restore", &theirs);
    }
    for (what, ratios) in [
        ("save ÷ pg_dump", &mut saves),
        ("load ÷ pg_restore", &mut loads),
    ] {
        ratios.sort_by(f64::total_cmp);
        let median = ratios[ratios.len() / 2];
        println!("{what}: {median:.2} (median of pairs; at most 2)");
    }
    for name in ["large.snapshot", "large.dump"] {
        let size = fs::metadata(place.directory.path().join(name))?.len();
        println!("{name}: {} kB", size / 1000);
    }
    Ok(())
}

/// Masked columns: a value in each row of both tables, and those and a key.
const MASKED: [(&str, &str); 2] = [
    (
        "two masked columns",
        r#""public.users.mail" = "fake.email"
"public.orders.amount" = "hash""#,
    ),
    (
        "two masked columns and a key",
        r#""public.users.mail" = "fake.email"
"public.orders.amount" = "hash"
"public.orders.id" = "hash""#,
    ),
];

/// Saves without masking and with it in turn, and prints the ratios.
fn compare_masked(place: &Place, rounds: usize) -> Result<()> {
    let settings = place.directory.path().join("pgassay.toml");
    for (what, rules) in MASKED {
        let mut ratios = Vec::new();
        for round in 0..rounds {
            let plain = save(place, "large", "large.snapshot")?;
            fs::write(&settings, format!("[snapshot.mask]\n{rules}\n"))?;
            let masked = save(place, "large", "masked.snapshot")?;
            fs::remove_file(&settings)?;
            ratios.push(masked.time.as_secs_f64() / plain.time.as_secs_f64());
            tell(round, what, &masked, "save", &plain);
        }
        ratios.sort_by(f64::total_cmp);
        let median = ratios[ratios.len() / 2];
        println!("save with {what} ÷ save: {median:.2} (median of pairs)");
    }
    Ok(())
}

fn tell(round: usize, what: &str, ours: &Took, theirs: &str, other: &Took) {
    println!(
        "round {}: {what} {:.2} s, {theirs} {:.2} s",
        round + 1,
        ours.time.as_secs_f64(),
        other.time.as_secs_f64()
    );
}
