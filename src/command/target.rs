//! The target of a command: the way to the database that it works on.

use super::Error;
use crate::cli::TargetArgs;
use crate::session::conninfo::{self, ConnInfo};
use crate::settings::{Environment, Settings, Target};

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
        let chosen = Target::choose(&settings.environments, typed, environment)?;
        let target = chosen.ok_or_else(|| Target::missing(&settings.environments))?;
        let info = target.way(&conninfo::Environment::of_process())?;
        for warning in &info.warnings {
            super::remark(warning);
        }
        Ok(Self { target, info })
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
}
