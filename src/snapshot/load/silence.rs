//! The silence in which rows are loaded: no trigger and no rule fires that could change them, or write elsewhere. What is changed for it is
//! put back as it was.

use super::super::contents::{Contents, ForeignKey, Source};
use super::super::error::SnapshotError;
use super::emptying::Emptying;
use super::{execute, rules};
use crate::script::quote_identifier;
use crate::session::{Connection, QueryError};

/// SQLSTATE: the role may not do that.
const NOT_ALLOWED: &str = "42501";

/// How triggers are silenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// For the session, as replication does it.
    Replica,
    /// Each by itself, as the tables' owner may.
    Owner,
}

impl Way {
    /// The first of the two that the role may go.
    pub(super) fn choose(connection: &mut Connection) -> Result<Self, SnapshotError> {
        let asking = || SnapshotError::asking("silence triggers");
        connection
            .execute("SAVEPOINT pgassay_silence")
            .map_err(asking())?;
        let set = connection.execute("SET LOCAL session_replication_role = replica");
        let way = match set {
            Ok(()) => Self::Replica,
            Err(error) if error.code() == Some(NOT_ALLOWED) => {
                connection
                    .execute("ROLLBACK TO SAVEPOINT pgassay_silence")
                    .map_err(asking())?;
                Self::Owner
            }
            Err(error) => return Err(asking()(error)),
        };
        connection
            .execute("RELEASE SAVEPOINT pgassay_silence")
            .map_err(asking())?;
        Ok(way)
    }
}

/// What was changed, and is to be put back.
pub(super) struct Silence {
    restore: Vec<String>,
}

impl Silence {
    pub(super) fn make(
        connection: &mut Connection,
        contents: &Contents,
        emptying: &Emptying,
        way: Way,
    ) -> Result<Self, SnapshotError> {
        let mut change = Vec::new();
        let mut restore = Vec::new();
        triggers(connection, contents, way, &mut change, &mut restore)?;
        rules::silence(connection, emptying, way, &mut change, &mut restore)?;
        if way == Way::Owner {
            let in_cycle = |key: &&ForeignKey| {
                let (from, to) = (&key.reference.from, &key.reference.to);
                let mut cycles = contents.cycles.iter();
                cycles.any(|cycle| cycle.contains(from) && cycle.contains(to))
            };
            let in_cycles = contents.foreign_keys.iter().filter(in_cycle);
            for key in in_cycles.chain(&emptying.deferred) {
                let alter = format!(
                    "ALTER TABLE {} ALTER CONSTRAINT {} ",
                    key.declared_on,
                    key.constraint()
                );
                let was = match key.deferral {
                    (true, true) => continue,
                    (true, false) => "DEFERRABLE INITIALLY IMMEDIATE",
                    (false, _) => "NOT DEFERRABLE",
                };
                change.push(format!("{alter}DEFERRABLE INITIALLY DEFERRED"));
                restore.push(format!("{alter}{was}"));
            }
            change.push("SET CONSTRAINTS ALL DEFERRED".to_owned());
        }
        for statement in change {
            connection.execute(&statement).map_err(may_not)?;
        }
        Ok(Self { restore })
    }

    /// Ends it: all is put back. What was put off is checked before, since no table can be altered that waits for a check.
    pub(super) fn end(self, connection: &mut Connection) -> Result<(), SnapshotError> {
        for statement in self.restore {
            connection.execute(&statement).map_err(may_not)?;
        }
        Ok(())
    }
}

/// Has the server check what was put off.
pub(super) fn check_put_off(connection: &mut Connection) -> Result<(), SnapshotError> {
    let doing = "check the constraints of the rows that were loaded";
    execute(connection, doing, "SET CONSTRAINTS ALL IMMEDIATE")
}

pub(super) fn may_not(error: QueryError) -> SnapshotError {
    let is_forbidden = error.code() == Some(NOT_ALLOWED);
    let error = SnapshotError::asking("silence triggers and rules while rows are loaded")(error);
    if !is_forbidden {
        return error;
    }
    SnapshotError::Refused(format!(
        "{error}; load as the owner of the tables, or as a role that may SET session_replication_role (a superuser)"
    ))
}

/// Triggers that would fire, and those by which keys are checked that may be put off, which would not.
fn triggers(
    connection: &mut Connection,
    contents: &Contents,
    way: Way,
    change: &mut Vec<String>,
    restore: &mut Vec<String>,
) -> Result<(), SnapshotError> {
    let oids: Vec<&str> = contents.sources.iter().map(Source::oid).collect();
    // Of a partitioned table before its partitions: what is said of that may be said of these, too. Before version 15, what a
    // partition has from it counts as internal.
    let query = format!(
        "SELECT DISTINCT p.level, p.relid::regclass::text COLLATE \"C\", t.tgname::text COLLATE \"C\", t.tgenabled,
                t.tgfoid = 'unique_key_recheck'::regproc
           FROM unnest('{{{}}}'::oid[]) AS r (oid)
           JOIN pg_class c ON c.oid = r.oid
          CROSS JOIN LATERAL (SELECT relid, level FROM pg_partition_tree(c.oid) WHERE c.relkind = 'p'
                              UNION ALL SELECT c.oid, 0 WHERE c.relkind <> 'p') AS p
           JOIN pg_trigger t ON t.tgrelid = p.relid
          WHERE NOT t.tgisinternal OR t.tgfoid = 'unique_key_recheck'::regproc
             OR t.tgparentid <> 0 AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.oid = t.tgconstraint AND o.contype <> 't')
          ORDER BY 1, 2, 3",
        oids.join(",")
    );
    let rows = connection.rows(&query);
    let rows = rows.map_err(SnapshotError::asking("look for triggers"))?;
    let mut puts_back = false;
    for row in rows {
        let mut values = row.into_iter().skip(1).map(Option::unwrap_or_default);
        let mut next = || values.next().unwrap_or_default();
        let (table, name, state, is_key) = (next(), next(), next(), next() == "t");
        let wanted = match (way, is_key, state.as_str()) {
            (Way::Replica, true, "O") => "ENABLE ALWAYS",
            (Way::Replica, false, "A" | "R") | (Way::Owner, false, "A" | "O") => "DISABLE",
            _ => "",
        };
        let alter = |how: &str| {
            format!(
                "ALTER TABLE ONLY {table} {how} TRIGGER {}",
                quote_identifier(&name)
            )
        };
        if !wanted.is_empty() {
            change.push(alter(wanted));
        }
        puts_back |= !wanted.is_empty();
        if wanted.is_empty() && (is_key || !puts_back) {
            continue;
        }
        let was = match state.as_str() {
            "A" => "ENABLE ALWAYS",
            "R" => "ENABLE REPLICA",
            "D" => "DISABLE",
            _ => "ENABLE",
        };
        restore.push(alter(was));
    }
    Ok(())
}
