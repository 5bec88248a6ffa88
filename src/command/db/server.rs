//! `pgassay db start`, `pgassay db stop` and `pgassay db status`.

use super::super::target::{own, project_server, shown};
use super::super::{Error, Exit, print, remark};
use crate::cli::{DbStartArgs, GlobalArgs, ProjectArgs};
use crate::cluster::{ClusterError, ProjectServer, Running, SUPERUSER, Search, Started};
use crate::database::DatabaseError;
use crate::script::{quote_identifier, quote_literal};
use crate::session::conninfo::{self, ConnInfo};
use crate::session::{Connection, Watch};
use crate::settings::{self, Environment, ServerSettings, Settings, Verbosity};

/// Starts the project's server, unless it runs.
pub(super) fn start(
    global: &GlobalArgs,
    typed: &DbStartArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let settings = Settings::of_project(global, &ProjectArgs::default(), environment)?;
    // A `url` is where the tests run, and says nothing of this server.
    let (bin_dir, version) = match &settings.server {
        ServerSettings::Throwaway { bin_dir, version } => (bin_dir.clone(), *version),
        ServerSettings::Url { .. } => (None, None),
    };
    let typed_dir = typed.server.pg_bin.as_ref();
    let search = Search::here(
        typed_dir
            .map(|dir| settings::absolute(&settings.working_dir, dir))
            .or(bin_dir),
        typed.server.pg_version.or(version),
    );
    let server = project_server(&settings)?;
    let Started {
        running,
        was_running,
        is_new,
    } = server.start(&search, typed.port)?;
    ensure_password(&server, &running)?;
    let how = match (was_running, is_new) {
        (true, _) => "runs already",
        (false, true) => "is made, and runs",
        (false, false) => "runs",
    };
    tell(&settings, &running, how)
}

/// Tells whether the project's server runs.
pub(super) fn status(global: &GlobalArgs, environment: &Environment) -> Result<Exit, Error> {
    let settings = Settings::of_project(global, &ProjectArgs::default(), environment)?;
    if let Some(running) = project_server(&settings)?.running() {
        return tell(&settings, &running, "runs");
    }
    let state = if ProjectServer::is_in(&settings.data_dir) {
        "does not run"
    } else {
        "is not made yet"
    };
    print(format!("This project's server {state}: `pgassay db start` starts it.\n").as_bytes())?;
    Ok(Exit::Failure)
}

/// Prints where it runs, and what to do with it. `how` is that it runs, in words.
fn tell(settings: &Settings, running: &Running, how: &str) -> Result<Exit, Error> {
    let way = own(settings, running, "").way(&conninfo::Environment::empty())?;
    let directory = settings::shown(&settings.working_dir, &settings.data_dir);
    let mut text = format!(
        "This project's server (PostgreSQL {}, process {}) {how} on port {} of 127.0.0.1; its files are in {directory}.\n",
        running.version, running.pid, running.port
    );
    if settings.verbosity > Verbosity::Quiet {
        let socket = running.socket_dir.as_ref().map(|socket| {
            format!(
                "  by its socket          psql -h {} -p {} -U {} -d {}\n",
                socket.display(),
                running.port,
                way.user,
                way.database()
            )
        });
        text.push_str(&format!(
            "  its database           {}\n  the URL with password  pgassay db url\n{}  set it up              pgassay db up\n",
            shown(&way),
            socket.unwrap_or_default()
        ));
    }
    print(text.as_bytes())
}

/// Gives the superuser another password where the file with it is gone. By the socket, none is needed.
fn ensure_password(server: &ProjectServer, running: &Running) -> Result<(), Error> {
    let Err(missing @ ClusterError::NoPassword { .. }) = server.password() else {
        return Ok(());
    };
    let Some(socket) = &running.socket_dir else {
        return Err(format!(
            "{missing}; but that goes by the server's socket, and it has none here: put the file back"
        )
        .into());
    };
    let password = ProjectServer::another_password()?;
    let way = ConnInfo::unix(socket, running.port, SUPERUSER, "postgres");
    let doing = || format!("give role \"{SUPERUSER}\" another password");
    let opened = Connection::open(&way, Watch::default());
    let mut session = opened.map_err(|source| DatabaseError::Connect {
        doing: doing(),
        source: Box::new(source),
    })?;
    let role = quote_identifier(SUPERUSER);
    session
        .execute(&format!(
            "ALTER ROLE {role} PASSWORD {}",
            quote_literal(&password)
        ))
        .map_err(DatabaseError::query(doing()))?;
    server.keep_password(&password)?;
    remark(
        "the file with the server's password was gone, and it has another password now: see `pgassay db url`",
    );
    Ok(())
}

/// Stops the project's server, where it runs.
pub(super) fn stop(global: &GlobalArgs, environment: &Environment) -> Result<Exit, Error> {
    let settings = Settings::of_project(global, &ProjectArgs::default(), environment)?;
    let text = match project_server(&settings)?.stop()? {
        Some(running) => format!(
            "This project's server (process {}, port {}) is stopped; its data stay in {}.\n",
            running.pid,
            running.port,
            settings::shown(&settings.working_dir, &settings.data_dir)
        ),
        None => "This project's server does not run.\n".to_owned(),
    };
    print(text.as_bytes())
}
