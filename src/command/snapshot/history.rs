//! Where a database stands in the project's history, for what is saved of it and loaded into it.

use super::super::Error;
use super::super::target::Way;
use crate::deployment::{histories, reached};
use crate::migration::MigrationSet;
use crate::session::Connection;
use crate::settings::Settings;
use crate::snapshot::{Lineage, TableName};

/// The tables in which tools note what they applied.
pub(super) fn tables(connection: &mut Connection) -> Result<Vec<TableName>, Error> {
    let kept = histories(connection)?;
    Ok(kept
        .into_iter()
        .map(|history| TableName {
            schema: history.schema().to_owned(),
            name: history.name().to_owned(),
        })
        .collect())
}

/// The migrations that a database got, by its history; none where a command migrates. `at` says it where there is no history.
pub(super) fn lineage(
    connection: &mut Connection,
    settings: &Settings,
    way: &Way,
    set: Option<&MigrationSet>,
    at: Option<&str>,
) -> Result<Option<Lineage>, Error> {
    let Some(set) = set else {
        return match (&settings.migrate_command, at) {
            (Some(command), Some(at)) => Err(format!(
                "--at {at} is of no use here: this project's databases are migrated by its `migrate_command` (`{command}`), and no version \
                 is known"
            )
            .into()),
            _ => Ok(None),
        };
    };
    let reached = reached(connection, set).map_err(|error| way.in_hints(&error.to_string()))?;
    match (reached, at) {
        (Some(migrations), None) => Ok(Some(Lineage::of(&migrations))),
        (Some(migrations), Some(at)) => {
            let its = Lineage::of(&migrations);
            let said = Lineage::at(set, at);
            if said.as_ref() == Some(&its) {
                return Ok(Some(its));
            }
            Err(format!(
                "--at {at} is not what the database's own history says: by that, it is at {}; leave --at out",
                its.version().unwrap_or("no migration")
            )
            .into())
        }
        (None, Some(at)) => match Lineage::at(set, at) {
            Some(lineage) => Ok(Some(lineage)),
            None => Err(format!("--at {at}: the project has no such migration").into()),
        },
        (None, None) if Lineage::of(&set.all().collect::<Vec<_>>()).migrations.is_empty() => {
            Ok(Some(Lineage::of(&[])))
        }
        (None, None) => Err(way
            .in_hints(
                "the database has no history that tells at which version it is; `pgassay migrate baseline VERSION` begins one (to save, \
                 --at VERSION does too)",
            )
            .into()),
    }
}
