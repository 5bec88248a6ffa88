//! The target of a command: the way to the database that it works on, which may be on the project's own server.

use super::Error;
use crate::cli::TargetArgs;
use crate::cluster::{ProjectServer, RunPlaces, Running, SUPERUSER, ServiceUser};
use crate::session::conninfo::{self, ConnInfo, PasswordFile};
use crate::settings::{Environment, Secret, Settings, Target, TargetName};

/// The target, and the way to it.
pub(super) struct Way {
    /// What was chosen.
    pub(super) target: Target,
    /// How to connect.
    pub(super) info: ConnInfo,
}

impl Way {
    /// Chooses the target of a command.
    pub(super) fn of(
        settings: &Settings,
        typed: &TargetArgs,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let has_own = ProjectServer::is_in(&settings.data_dir);
        let chosen = Target::choose(&settings.environments, typed, environment, has_own)?;
        let (target, info) = if let Some(target) = chosen {
            let info = target.way(&conninfo::Environment::of_process())?;
            (target, info)
        } else if !has_own {
            return Err(Target::missing(&settings.environments).into());
        } else {
            let server = project_server(settings)?;
            let Some(running) = server.running() else {
                return Err(not_running(settings).into());
            };
            let target = own(settings, &running, &server.password()?);
            // Variables such as PGHOST are about other servers.
            let info = target.way(&conninfo::Environment::empty())?;
            (target, info)
        };
        if !Target::is_named(typed, environment)? {
            tell_of_others(settings, &target.name, has_own);
        }
        for warning in &info.warnings {
            super::remark(warning);
        }
        Ok(Self { target, info })
    }

    /// The option that names it, behind a blank; none names the project's own server.
    pub(super) fn option(&self) -> String {
        match &self.target.name {
            TargetName::Environment(name) => format!(" --env {name}"),
            TargetName::Url => " --url …".to_owned(),
            TargetName::Own => String::new(),
        }
    }

    /// A text with command lines of `pgassay migrate` in it, so that each of them is about this database.
    pub(super) fn in_hints(&self, text: &str) -> String {
        let option = self.option();
        let mut told = text.to_owned();
        for command in ["up", "status", "validate", "repair", "baseline"] {
            let line = format!("`pgassay migrate {command}");
            told = told.replace(&line, &format!("{line}{option}"));
        }
        told
    }

    /// In words: which database it is, without secrets.
    pub(super) fn in_words(&self) -> String {
        let places: Vec<String> = self
            .info
            .hosts
            .iter()
            .map(|host| format!("{}:{}", host.address, host.port))
            .collect();
        format!(
            "{}: database \"{}\" on {}",
            self.target.name,
            self.info.database(),
            places.join(", ")
        )
    }

    /// Its URL, without a password.
    pub(super) fn shown(&self) -> String {
        shown(&self.info)
    }

    /// Whether it is on the project's own server.
    pub(super) fn is_own(&self) -> bool {
        self.target.name == TargetName::Own
    }
}

/// Tells which database was chosen where nobody named it, and another could be meant.
fn tell_of_others(settings: &Settings, chosen: &TargetName, has_own: bool) {
    let environments = settings
        .environments
        .iter()
        .filter(|known| !known.protected && *chosen != TargetName::Environment(known.name.clone()));
    let mut others: Vec<String> = environments
        .map(|known| format!("--env {}", known.name))
        .collect();
    if has_own && *chosen != TargetName::Own {
        others.push("this project's own server".to_owned());
    }
    if !others.is_empty() {
        super::remark(&format!(
            "this is about {chosen}, as nobody said which database is meant; there are also {} (--env, --url and PGASSAY_ENV say which)",
            others.join(", ")
        ));
    }
}

/// The error that the project's own server, which is meant, does not run.
fn not_running(settings: &Settings) -> String {
    let names: Vec<&str> = settings
        .environments
        .iter()
        .map(|known| known.name.as_str())
        .collect();
    let others = match &names[..] {
        [] => "or name another database by --url".to_owned(),
        names => format!(
            "or name another database by --url, or by --env ({})",
            names.join(", ")
        ),
    };
    format!("this project's server does not run: `pgassay db start` starts it; {others}")
}

/// The project's server, which need not run.
pub(super) fn project_server(settings: &Settings) -> Result<ProjectServer, Error> {
    let user = ServiceUser::choose(RunPlaces::of_process(None).server_user.as_deref())?;
    Ok(ProjectServer::new(&settings.data_dir, user))
}

/// The project's database on its own server, by TCP as other programs reach it.
pub(super) fn own(settings: &Settings, running: &Running, password: &str) -> Target {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'");
    let url = format!(
        "host=127.0.0.1 port={} user={SUPERUSER} password='{}' dbname='{}' sslmode=disable",
        running.port,
        quoted(password),
        quoted(&settings.database_name)
    );
    Target {
        name: TargetName::Own,
        origin: None,
        url: Secret::new(url),
        protected: false,
        roles: true,
        fixtures: true,
    }
}

/// The URL of a way, without a password.
pub(super) fn shown(way: &ConnInfo) -> String {
    let open = ConnInfo {
        password: None,
        password_file: PasswordFile::default(),
        ..way.clone()
    };
    open.url().expose().to_owned()
}
