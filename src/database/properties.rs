use serde::{Deserialize, Serialize};

use super::DatabaseError;
use crate::script::{quote_identifier, quote_literal};
use crate::session::Connection;

/// What belongs to a database and is not copied by `CREATE DATABASE … TEMPLATE`: its settings, those of
/// roles in it, its privileges, owner and comment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Properties {
    owner: Option<String>,
    settings: Vec<(Option<String>, String)>,
    privileges: Option<Vec<Privilege>>,
    comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Privilege {
    grantee: Option<String>,
    name: String,
    is_grantable: bool,
}

/// Settings whose value is a list that PostgreSQL keeps quoted already (`GUC_LIST_QUOTE`; the same list
/// as in pg_dump's `variable_is_guc_list_quote`).
const LISTS: [&str; 6] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

impl Properties {
    /// Reads those of a database.
    ///
    /// # Errors
    /// The server's error.
    pub fn read(connection: &mut Connection, database: &str) -> Result<Self, DatabaseError> {
        let name = quote_literal(database);
        let doing =
            || DatabaseError::query(format!("read the properties of database \"{database}\""));
        let basics = connection
            .rows(&format!(
                "SELECT r.rolname, pg_catalog.shobj_description(d.oid, 'pg_database'), d.datacl IS NOT NULL
                   FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
                  WHERE d.datname = {name}"
            ))
            .map_err(doing())?;
        let Some([owner, comment, has_privileges]) = basics
            .into_iter()
            .next()
            .and_then(|row| <[Option<String>; 3]>::try_from(row).ok())
        else {
            return Ok(Self::default());
        };
        let settings = connection
            .rows(&format!(
                "SELECT r.rolname, pg_catalog.unnest(s.setconfig)
                   FROM pg_catalog.pg_db_role_setting s
                   JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
                   LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
                  WHERE d.datname = {name} ORDER BY r.rolname NULLS FIRST"
            ))
            .map_err(doing())?;
        let settings = settings
            .into_iter()
            .filter_map(|row| <[Option<String>; 2]>::try_from(row).ok())
            .filter_map(|[role, setting]| Some((role, setting?)))
            .collect();
        let privileges = if has_privileges.as_deref() == Some("t") {
            let rows = connection
                .rows(&format!(
                    "SELECT r.rolname, a.privilege_type, a.is_grantable
                       FROM pg_catalog.pg_database d, LATERAL pg_catalog.aclexplode(d.datacl) a
                       LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
                      WHERE d.datname = {name} ORDER BY a.grantee, a.privilege_type"
                ))
                .map_err(doing())?;
            let privilege = |row: Vec<Option<String>>| {
                let [grantee, privilege, is_grantable] =
                    <[Option<String>; 3]>::try_from(row).ok()?;
                Some(Privilege {
                    grantee,
                    name: privilege?,
                    is_grantable: is_grantable.as_deref() == Some("t"),
                })
            };
            Some(rows.into_iter().filter_map(privilege).collect())
        } else {
            None
        };
        Ok(Self {
            owner,
            settings,
            privileges,
            comment,
        })
    }

    /// The statements that give them to another database.
    pub fn statements(&self, database: &str) -> Vec<String> {
        let name = quote_identifier(database);
        let mut statements = Vec::new();
        if let Some(owner) = &self.owner {
            statements.push(format!(
                "ALTER DATABASE {name} OWNER TO {}",
                quote_identifier(owner)
            ));
        }
        if let Some(comment) = &self.comment {
            statements.push(format!(
                "COMMENT ON DATABASE {name} IS {}",
                quote_literal(comment)
            ));
        }
        for (role, setting) in &self.settings {
            let Some((parameter, value)) = setting.split_once('=') else {
                continue;
            };
            let subject = match role {
                Some(role) => format!("ROLE {} IN DATABASE {name}", quote_identifier(role)),
                None => format!("DATABASE {name}"),
            };
            let value =
                if LISTS.contains(&parameter.to_ascii_lowercase().as_str()) && !value.is_empty() {
                    value.to_owned()
                } else {
                    quote_literal(value)
                };
            let parameter: Vec<String> = parameter.split('.').map(quote_identifier).collect();
            statements.push(format!(
                "ALTER {subject} SET {} TO {value}",
                parameter.join(".")
            ));
        }
        if let Some(privileges) = &self.privileges {
            let owner = self.owner.as_deref().unwrap_or("CURRENT_USER");
            statements.push(format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC"));
            statements.push(format!(
                "REVOKE ALL ON DATABASE {name} FROM {}",
                quote_identifier(owner)
            ));
            for privilege in privileges {
                let grantee = privilege
                    .grantee
                    .as_deref()
                    .map_or_else(|| "PUBLIC".into(), quote_identifier);
                let option = if privilege.is_grantable {
                    " WITH GRANT OPTION"
                } else {
                    ""
                };
                statements.push(format!(
                    "GRANT {} ON DATABASE {name} TO {grantee}{option}",
                    privilege.name
                ));
            }
        }
        statements
    }
}
