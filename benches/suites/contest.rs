//! Those who run a suite: pgassay, and pg_prove on a server that is made for it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use pgassay::cluster::{
    Binaries, Cache, DataDirectory, RunDirectory, RunPlaces, SUPERUSER, Search, Server,
    ServerOptions, ServiceUser, find,
};
use pgassay::database::{Migrating, Preparation, bundled_pgtap};
use pgassay::migration::MigrationSet;
use pgassay::run::admin_of;
use pgassay::session::{Connection, Surroundings, Watch};
use pgassay::settings::{PgtapSettings, PgtapSource};

pub(crate) type Failure = Box<dyn Error>;

/// The database that pg_prove's files share.
const SHARED: &str = "shared";
const TEMPLATE: &str = "shared_template";

/// A server with a suite's database on it, as somebody who runs pg_prove would have it ready.
pub(crate) struct Stadium {
    project: PathBuf,
    binaries: Binaries,
    server: Option<Server>,
    run_directory: RunDirectory,
}

impl Stadium {
    /// Starts a server with the same settings as those of pgassay, and migrates a template and a copy of it.
    pub(crate) fn open(project: &Path) -> Result<Self, Failure> {
        let user = ServiceUser::choose(None)?;
        let binaries = find(&Search::here(None, None), &user)?;
        let run_directory = RunDirectory::create(&RunPlaces::of_process(None))?;
        let cache = Cache::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-cache"));
        let data = DataDirectory::create(&binaries, &run_directory, "shared", Some(&cache))?;
        let server = Server::start(&binaries, &data, &ServerOptions::default())?;
        let surroundings = Surroundings {
            working_dir: project.to_owned(),
            writable: Vec::new(),
            project_dir: project.to_owned(),
            pgtap: Some(bundled_pgtap().into()),
            inputs: None,
            shell: None,
        };
        let migrations = MigrationSet::load(&[project.join("migrations")], None, project)?;
        Preparation {
            admin: &admin_of(&server),
            watch: Watch::default(),
            roles: &[],
            migrating: Migrating::Files(&migrations),
            seeds: &[],
            fixtures: &[],
            variables: &[],
            owner: None,
            owner_login: true,
            database_name: TEMPLATE,
            template_name: TEMPLATE,
            pgtap: &PgtapSettings {
                source: PgtapSource::Bundled,
                schema: "public".into(),
            },
            history: None,

            coverage: false,
            surroundings: &surroundings,
        }
        .build(&mut |_| ())?;
        let stadium = Self {
            project: project.to_owned(),
            binaries,
            server: Some(server),
            run_directory,
        };
        stadium.copy(SHARED)?;
        Ok(stadium)
    }

    /// How long initdb takes.
    pub(crate) fn initdb(&self) -> Result<Duration, Failure> {
        let began = Instant::now();
        let data = DataDirectory::create(&self.binaries, &self.run_directory, "plain", None)?;
        let elapsed = began.elapsed();
        data.remove()?;
        Ok(elapsed)
    }

    fn server(&self) -> Result<&Server, Failure> {
        self.server
            .as_ref()
            .ok_or_else(|| "the server is gone".into())
    }

    fn admin(&self) -> Result<Connection, Failure> {
        Ok(Connection::open(
            &admin_of(self.server()?),
            Watch::default(),
        )?)
    }

    fn copy(&self, name: &str) -> Result<(), Failure> {
        let major = self.binaries.version.major;
        let strategy = if major >= 15 {
            " STRATEGY file_copy"
        } else {
            ""
        };
        Ok(self.admin()?.execute(&format!(
            "CREATE DATABASE {name} TEMPLATE {TEMPLATE}{strategy}"
        ))?)
    }

    /// The real psql: Debian's on `PATH` is a wrapper that takes longer.
    fn psql(&self) -> PathBuf {
        let beside = self.binaries.program("psql");
        if beside.is_file() {
            beside
        } else {
            "psql".into()
        }
    }

    fn program(
        &self,
        program: impl AsRef<std::ffi::OsStr>,
        database: &str,
    ) -> Result<Command, Failure> {
        let server = self.server()?;
        let mut command = Command::new(program);
        command
            .current_dir(&self.project)
            .env("PGHOST", server.socket_dir())
            .env("PGPORT", server.port().to_string())
            .env("PGUSER", SUPERUSER)
            .env("PGDATABASE", database)
            .stdin(Stdio::null());
        Ok(command)
    }

    fn files(&self) -> Result<Vec<PathBuf>, Failure> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.project.join("sql-tests"))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_, std::io::Error>>()?;
        files.sort();
        Ok(files)
    }

    /// `pg_prove -j` on one database that all files share.
    pub(crate) fn pg_prove(&self, jobs: usize) -> Result<Duration, Failure> {
        let mut command = self.program("pg_prove", SHARED)?;
        command
            .args(["-Q", "-j", &jobs.to_string(), "--psql-bin"])
            .arg(self.psql())
            .args(self.files()?);
        timed(&mut command)
    }

    /// pg_prove with a copy of the template for each file, one at a time, as far as that can be had from a shell.
    pub(crate) fn pg_prove_with_copies(&self) -> Result<Duration, Failure> {
        let began = Instant::now();
        for file in self.files()? {
            self.copy("one")?;
            let mut command = self.program("pg_prove", "one")?;
            command
                .arg("-Q")
                .arg("--psql-bin")
                .arg(self.psql())
                .arg(file);
            timed(&mut command)?;
            self.admin()?.execute("DROP DATABASE one WITH (FORCE)")?;
        }
        Ok(began.elapsed())
    }

    /// All statements of the suite in one session of psql.
    pub(crate) fn one_session(&self) -> Result<Duration, Failure> {
        let mut all = String::new();
        for file in self.files()? {
            all.push_str(&fs::read_to_string(file)?);
        }
        let path = self.project.join("all.sql");
        fs::write(&path, all)?;
        let mut command = self.program(self.psql(), SHARED)?;
        command
            .args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(&path);
        timed(&mut command)
    }
}

impl Drop for Stadium {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let _ = server.stop(pgassay::cluster::Mode::Immediate);
        }
    }
}

/// A run of pgassay.
pub(crate) struct Run {
    /// The whole process.
    pub(crate) elapsed: Duration,
    /// Until the first verdict stood in its output.
    pub(crate) first_verdict: Duration,
    /// How long the stages took that made the template: migrations and pgTAP.
    pub(crate) prepared: Duration,
    /// The most memory that it had at a time, in kB; none where the system does not tell.
    pub(crate) memory: Option<u64>,
}

/// Runs pgassay on a project.
pub(crate) fn pgassay(
    binary: &Path,
    project: &Path,
    cache: &Path,
    arguments: &[&str],
) -> Result<Run, Failure> {
    let began = Instant::now();
    let mut child = Command::new(binary)
        .args(["test", "--color", "never", "--format", "json"])
        .args(arguments)
        .current_dir(project)
        .env("PGASSAY_CACHE_DIR", cache)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()?;
    let mut first_verdict = None;
    let mut memory = None;
    let mut passed = false;
    let mut prepared = Duration::ZERO;
    let output = child.stdout.take().ok_or("no output")?;
    for line in std::io::BufRead::lines(std::io::BufReader::new(output)) {
        let line = line?;
        if line.contains(r#""event":"file-finished""#) {
            first_verdict.get_or_insert_with(|| began.elapsed());
        }
        if line.contains(r#""event":"prepared""#) {
            let event: serde_json::Value = serde_json::from_str(&line)?;
            let seconds = event["seconds"].as_f64().ok_or("a stage without a time")?;
            prepared += Duration::from_secs_f64(seconds);
        }
        if line.contains(r#""event":"run-finished""#) {
            passed = true;
            memory = peak_memory(child.id());
        }
    }
    let status = child.wait()?;
    if !status.success() || !passed {
        return Err(format!("pgassay {arguments:?} ended with {status}").into());
    }
    Ok(Run {
        elapsed: began.elapsed(),
        first_verdict: first_verdict.ok_or("no file has a verdict")?,
        prepared,
        memory,
    })
}

/// The most memory that a process had so far (`VmHWM`).
fn peak_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn timed(command: &mut Command) -> Result<Duration, Failure> {
    let began = Instant::now();
    let Output {
        status,
        stderr,
        stdout,
    } = command.output()?;
    let elapsed = began.elapsed();
    if status.success() {
        return Ok(elapsed);
    }
    let told = String::from_utf8_lossy(&stderr).into_owned() + &String::from_utf8_lossy(&stdout);
    Err(format!("{command:?} ended with {status}:\n{told}").into())
}
