//! `pgassay db start` and `pgassay db stop`.

use super::super::target::{own, project_server, shown};
use super::super::{Error, Exit, print};
use crate::cli::{DbStartArgs, GlobalArgs, ProjectArgs};
use crate::cluster::{Search, Started};
use crate::session::conninfo;
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
    let way = own(&settings, &running, "").way(&conninfo::Environment::empty())?;
    let how = match (was_running, is_new) {
        (true, _) => "runs already",
        (false, true) => "is made, and runs",
        (false, false) => "runs",
    };
    let directory = settings::shown(&settings.working_dir, &settings.data_dir);
    let mut text = format!(
        "This project's server (PostgreSQL {}, process {}) {how} on port {} of 127.0.0.1; its files are in {directory}.\n",
        running.version, running.pid, running.port
    );
    if settings.verbosity > Verbosity::Quiet {
        let socket = running.socket_dir.as_ref().map(|socket| {
            format!(
                "  by its socket          psql -h {} -p {} -U {}\n",
                socket.display(),
                running.port,
                way.user
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
