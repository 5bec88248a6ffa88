//! `pgassay shell`: psql on a throwaway copy of the template.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::consts::SIGINT;

use super::groundwork::Groundwork;
use super::{Error, Exit, remark};
use crate::cli::{GlobalArgs, ShellArgs};
use crate::database::{Copying, create_scratch, drop_database};
use crate::event::{Event, Stop};
use crate::project::Project;
use crate::run::{self, Conditions, Earlier, Ground, OwnClusters, admin_of};
use crate::session::conninfo::{self, ConnInfo};
use crate::session::{Connection, Interruption, Watch};
use crate::settings::{self, Environment, ServerSettings, Settings, Verbosity};

/// How many events may wait.
const EVENTS_WAITING: usize = 64;
/// How often it is looked whether psql has ended.
const POLL: Duration = Duration::from_millis(10);

pub(super) fn run(
    global: &GlobalArgs,
    typed: &ShellArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let mut settings = Settings::of_project(global, &typed.project, environment)?;
    choose_server(&mut settings, typed);
    let project = Project::load(&settings)?;
    let interruption = run::listen_for_interruption()?;
    let (events, inbox) = mpsc::sync_channel(EVENTS_WAITING);
    let is_verbose = settings.verbosity >= Verbosity::Verbose;
    thread::scope(|scope| {
        scope.spawn(move || {
            for event in inbox {
                match event {
                    Event::Remark(text) => remark(&text),
                    Event::Prepared(stage) if is_verbose => {
                        remark(&format!(
                            "prepared {} ({:.2} s)",
                            stage.what,
                            stage.elapsed.as_secs_f64()
                        ));
                    }
                    _ => {}
                }
            }
        });
        let code = std::cell::Cell::new(0);
        let work = |ground: &Ground, conditions: &Conditions, _: Option<&Earlier<'_>>| {
            let shell = Shell {
                settings: &settings,
                typed,
                conditions,
                interruption: &interruption,
            };
            match shell.on(ground) {
                Ok(status) => {
                    code.set(status);
                    None
                }
                Err(error) => Some(Stop::Error(error.to_string())),
            }
        };
        let stopped = Groundwork {
            settings: &settings,
            project: &project,
            interruption: &interruption,
            events: &events,
            workers: 1,
        }
        .run(&work);
        drop(events);
        // Ctrl-C while psql runs is psql's.
        match (stopped, ending(&interruption)) {
            (Ok(None), None) => Ok(Exit::Psql(code.get())),
            (Ok(Some(Stop::Error(text))), None) => Err(text.into()),
            (Err(error), None) if interruption.is_set() => {
                remark(&error.to_string());
                Ok(Exit::Interrupted)
            }
            (Err(error), None) => Err(error),
            (_, Some(_)) | (Ok(Some(_)), None) => Ok(Exit::Interrupted),
        }
    })
}

/// What was typed about the server goes before the settings.
fn choose_server(settings: &mut Settings, typed: &ShellArgs) {
    let server = &typed.server;
    if server.pg_bin.is_some() || server.pg_version.is_some() {
        let directory = server.pg_bin.as_ref();
        settings.server = ServerSettings::Throwaway {
            bin_dir: directory.map(|dir| settings::absolute(&settings.working_dir, dir)),
            version: server.pg_version,
        };
    }
}

/// The signal that is to end it: any but SIGINT.
fn ending(interruption: &Interruption) -> Option<usize> {
    let is_ctrl_c = |signal: &usize| i32::try_from(*signal) == Ok(SIGINT);
    interruption.signal().filter(|signal| !is_ctrl_c(signal))
}

/// A psql to be run.
struct Shell<'a> {
    settings: &'a Settings,
    typed: &'a ShellArgs,
    conditions: &'a Conditions,
    interruption: &'a Interruption,
}

impl Shell<'_> {
    /// Runs it on a copy of the template; its exit code.
    fn on(&self, ground: &Ground) -> Result<u8, Error> {
        match ground {
            Ground::Own(clusters) => self.on_own(clusters),
            Ground::Shared { admin, .. } => self.on_shared(ground, admin),
        }
    }

    fn on_own(&self, clusters: &OwnClusters) -> Result<u8, Error> {
        // The server is stopped when it is dropped, and its files go with the run directory.
        let server = clusters.start()?;
        let admin = admin_of(&server);
        let name = &self.conditions.database_name;
        let mut session = Connection::open(&admin, Watch::default())?;
        create_scratch(
            &mut session,
            &self.conditions.template,
            name,
            Copying::Files,
        )?;
        let mut way = admin.with_database(name);
        if let Some(role) = &self.conditions.role {
            way = way.with_user(role);
        }
        self.run(&way, Some(&clusters.binaries.bin_dir))
    }

    fn on_shared(&self, ground: &Ground, admin: &ConnInfo) -> Result<u8, Error> {
        let name = ground.scratch_name(&self.conditions.database_name);
        let mut session = Connection::open(admin, Watch::default())?;
        let template = &self.conditions.template;
        create_scratch(&mut session, template, &name, Copying::ServerDefault)?;
        let result = self.run(&admin.with_database(&name), None);
        // The session may have been idle for hours.
        drop(session);
        let mut session = Connection::open(admin, Watch::default())?;
        drop_database(&mut session, &name)?;
        result
    }

    fn run(&self, way: &ConnInfo, beside: Option<&Path>) -> Result<u8, Error> {
        let program = psql(beside, &std::env::var_os("PATH").unwrap_or_default())?;
        let mut command = Command::new(&program);
        for name in conninfo::VARIABLES {
            command.env_remove(name);
        }
        for text in &self.typed.commands {
            command.arg("-c").arg(text);
        }
        command
            .args(&self.typed.arguments)
            .current_dir(&self.settings.working_dir)
            .envs(way.variables());
        let started = command.spawn();
        let mut child =
            started.map_err(|error| format!("cannot run {}: {error}", program.display()))?;
        let status = self.wait(&mut child);
        let status = status.map_err(|error| format!("cannot wait for psql: {error}"))?;
        let signalled = 128;
        Ok(status
            .code()
            .map_or(signalled, |code| u8::try_from(code).unwrap_or(signalled)))
    }

    /// Waits for its end; a signal that ends the tool ends it too.
    fn wait(&self, child: &mut Child) -> std::io::Result<ExitStatus> {
        let mut is_told = false;
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            if ending(self.interruption).is_some() && !is_told {
                is_told = true;
                if let Ok(pid) = i32::try_from(child.id()) {
                    // It is our child and not reaped, so the number is still its own.
                    let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
                }
            }
            thread::sleep(POLL);
        }
    }
}

/// The program: beside the server's, else on `PATH`.
fn psql(beside: Option<&Path>, path: &OsStr) -> Result<PathBuf, Error> {
    let directories = beside
        .map(Path::to_path_buf)
        .into_iter()
        .chain(std::env::split_paths(path));
    let mut programs = directories.map(|directory| directory.join("psql"));
    programs.find(|program| program.is_file()).ok_or_else(|| {
        let place = beside.map(|dir| format!(" in {} or", dir.display()));
        format!(
            "there is no psql{} on PATH; install PostgreSQL's client programs (Debian: postgresql-client)",
            place.unwrap_or_default()
        )
        .into()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_psql_goes_before_that_on_the_path_and_none_is_an_error_that_says_where_it_was_looked_for()
     {
        let home = tempfile::tempdir().unwrap();
        let [server, other] = ["server", "other"].map(|name| home.path().join(name));
        for directory in [&server, &other] {
            std::fs::create_dir(directory).unwrap();
        }
        let path = std::env::join_paths([&other]).unwrap();
        let error = psql(Some(&server), &path).unwrap_err().to_string();
        assert!(error.contains(&server.display().to_string()), "{error}");
        assert!(error.contains("PATH"), "{error}");
        std::fs::write(other.join("psql"), "").unwrap();
        assert_eq!(psql(Some(&server), &path).unwrap(), other.join("psql"));
        std::fs::write(server.join("psql"), "").unwrap();
        assert_eq!(psql(Some(&server), &path).unwrap(), server.join("psql"));
    }
}
