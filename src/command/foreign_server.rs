//! A server that exists already: what is said of it before anything is made there, and which roles scripts run there.

use super::Error;
use super::groundwork::Groundwork;
use crate::database::DatabaseError;
use crate::event::Event;
use crate::project::ScriptFile;
use crate::session::Connection;
use crate::session::conninfo::ConnInfo;

impl Groundwork<'_> {
    /// Sees whether the server can be reached; what is worth knowing of the way there is told. Returns the roles scripts that run
    /// there.
    ///
    /// # Errors
    /// It cannot be reached.
    pub(super) fn enter_server(
        &self,
        admin: &ConnInfo,
        apply_roles: bool,
    ) -> Result<&[ScriptFile], Error> {
        for warning in &admin.warnings {
            let _ = self.events.send(Event::Remark(warning.clone()));
        }
        let roles: &[ScriptFile] = if apply_roles {
            &self.project.roles
        } else {
            &[]
        };
        if !apply_roles && !self.project.roles.is_empty() {
            let _ = self.events.send(Event::Remark(
                "roles scripts are not run on a server that pgassay did not start, since what they create would stay there; `roles_on_server = true` runs them".into(),
            ));
        }
        // Nothing is made, and nothing has to be tidied up, on a server that cannot be reached.
        drop(
            Connection::open(admin, self.watch()).map_err(|source| DatabaseError::Connect {
                doing: format!(
                    "use the server that `url` names, as role \"{}\" in database \"{}\"",
                    admin.user,
                    admin.database()
                ),
                source: Box::new(source),
            })?,
        );
        Ok(roles)
    }
}
