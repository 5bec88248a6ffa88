//! Loading: the rows of a snapshot take the place of those in a database, in a transaction that is the caller's. Triggers and
//! rules do not fire meanwhile, constraints hold behind it, and the file is read twice: before the first statement, and with the rows.

mod emptying;
mod row_security;
mod rules;
mod silence;

use emptying::Emptying;
use row_security::Forced;
use silence::{Silence, Way, check_put_off};

use super::contents::{Contents, Selection};
use super::error::SnapshotError;
use super::file::SnapshotFile;
use super::form;
use super::head::{Head, Index, SavedTable};
use super::script;
use super::table::Table;
use crate::script::{quote_identifier, quote_literal};
use crate::session::Connection;

/// Loads a snapshot, in the transaction that is open. Nothing holds before that is committed, and it is not to be where this
/// fails.
///
/// # Errors
/// Where the file is not what was sealed, where the tables are others, and when a statement fails.
pub fn load(connection: &mut Connection, snapshot: &mut SnapshotFile) -> Result<(), SnapshotError> {
    snapshot.verify()?;
    let path = snapshot.path().display().to_string();
    let before = Before::read(connection)?;
    execute(
        connection,
        "begin to load",
        &format!(
            "{}SET LOCAL search_path = ''",
            form::settings(&snapshot.head.encoding)
        ),
    )?;
    let contents = fitting(connection, &snapshot.head).map_err(|error| {
        SnapshotError::Refused(format!("{path} does not fit this database: {error}"))
    })?;
    let way = Way::choose(connection)?;
    let forced = Forced::lift(connection, &contents)?;
    let emptying = Emptying::plan(connection, &contents, way)?;
    let silence = Silence::make(connection, &contents, &emptying, way)?;
    emptying.run(connection)?;
    copy(connection, snapshot, &before)?;
    check_put_off(connection)?;
    // While all rows are seen.
    check(connection, &contents, &path)?;
    silence.end(connection)?;
    forced.put_back(connection)?;
    let Head {
        sequences,
        materialized_views,
        ..
    } = &snapshot.head;
    set_sequences(connection, sequences, &snapshot.index)?;
    for view in materialized_views {
        // Repeatable migrations, which no version waits for, may make it later.
        let there = connection
            .value(&format!(
                "SELECT pg_catalog.to_regclass({})",
                quote_literal(&view.to_sql())
            ))
            .map_err(SnapshotError::asking(format!("look for {view}")))?;
        if there.is_none() {
            continue;
        }
        // Functions in it may not say where their tables are, and where row security is forced on its owner, it holds what that lets through.
        let usual = format!(
            "{}; SET LOCAL row_security = on",
            before.usual_search_path()
        );
        execute(connection, "refresh", &usual)?;
        let refresh = format!("REFRESH MATERIALIZED VIEW {}", view.to_sql());
        execute(connection, format!("refresh {view}"), &refresh)?;
    }
    before.restore(connection)
}

fn execute(
    connection: &mut Connection,
    doing: impl Into<String>,
    statements: &str,
) -> Result<(), SnapshotError> {
    connection
        .execute(statements)
        .map_err(SnapshotError::asking(doing))
}

/// What the session was set to before.
struct Before {
    search_path: String,
    role: String,
}

impl Before {
    fn read(connection: &mut Connection) -> Result<Self, SnapshotError> {
        let mut setting = |name: &str| {
            let query = format!("SELECT pg_catalog.current_setting('{name}')");
            let value = connection.value(&query);
            let value = value.map_err(SnapshotError::asking("read the session's settings"))?;
            Ok::<_, SnapshotError>(value.unwrap_or_default())
        };
        Ok(Self {
            search_path: setting("search_path")?,
            role: setting("session_replication_role")?,
        })
    }

    /// The statement that sets the `search_path` again, which functions in constraints and defaults may need.
    fn usual_search_path(&self) -> String {
        format!(
            "SELECT pg_catalog.set_config('search_path', {}, true)",
            quote_literal(&self.search_path)
        )
    }

    fn restore(&self, connection: &mut Connection) -> Result<(), SnapshotError> {
        let mut statements = self.usual_search_path();
        let role = connection
            .value("SELECT pg_catalog.current_setting('session_replication_role')")
            .map_err(SnapshotError::asking("read the session's settings"))?;
        // Whoever could not change it may not set it to what it is, either.
        if role.as_deref() != Some(self.role.as_str()) {
            statements.push_str(&format!(
                "; SET LOCAL session_replication_role = {}",
                quote_literal(&self.role)
            ));
        }
        execute(connection, "put the session's settings back", &statements)
    }
}

/// The contents of the database that a snapshot is about, which must be what it says.
fn fitting(connection: &mut Connection, head: &Head) -> Result<Contents, SnapshotError> {
    let names = head.tables.iter().map(|table| table.name.clone());
    let selection = Selection {
        named: Some(names.collect()),
        ..Selection::default()
    };
    let contents = Contents::read(connection, &selection)?;
    for saved in &head.tables {
        let Some(source) = contents.source(&saved.name) else {
            return Err(SnapshotError::Refused(format!(
                "it has no table {}",
                saved.name
            )));
        };
        compare(saved, &source.table)?;
    }
    for name in &head.sequences {
        let query = format!(
            "SELECT 1 FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass({}) AND relkind = 'S'",
            quote_literal(&name.to_sql())
        );
        let there = connection.value(&query);
        let there = there.map_err(SnapshotError::asking("look for sequences"))?;
        if there.is_none() {
            return Err(SnapshotError::Refused(format!("it has no sequence {name}")));
        }
    }
    Ok(contents)
}

/// Compares the columns of a table with those that were saved, whatever their order.
fn compare(saved: &SavedTable, table: &Table) -> Result<(), SnapshotError> {
    let name = &saved.name;
    for column in &saved.columns {
        let its = table.columns.iter().find(|it| it.name == column.name);
        match its {
            Some(its) if its.data_type == column.data_type => {}
            Some(its) => {
                return Err(SnapshotError::Refused(format!(
                    "column {} of {name} is {} there, and was {} when it was saved",
                    column.name, its.data_type, column.data_type
                )));
            }
            None => {
                return Err(SnapshotError::Refused(format!(
                    "table {name} has no column {} that takes values",
                    column.name
                )));
            }
        }
    }
    for column in &table.columns {
        if !saved.columns.iter().any(|it| it.name == column.name) {
            return Err(SnapshotError::Refused(format!(
                "table {name} has a column {} that was not there when it was saved",
                column.name
            )));
        }
    }
    Ok(())
}

/// Copies the rows of all tables, and sees that they were what was sealed.
fn copy(
    connection: &mut Connection,
    snapshot: &mut SnapshotFile,
    before: &Before,
) -> Result<(), SnapshotError> {
    execute(
        connection,
        "set the usual search_path",
        &before.usual_search_path(),
    )?;
    let path = snapshot.path().display().to_string();
    let expected = snapshot.index.rows.clone();
    let tables = snapshot.head.tables.clone();
    let mut rows = snapshot.rows()?;
    for (table, expected) in tables.iter().zip(expected) {
        if !rows.next_table()? {
            break;
        }
        let loaded = connection
            .copy_in(&script::copy(table), &mut rows)
            .map_err(SnapshotError::copying(format!(
                "load {path} into {}",
                table.name
            )))?;
        if loaded != expected {
            return Err(SnapshotError::Refused(format!(
                "{path} says that {} has {expected} rows, and {loaded} were loaded; nothing is kept of them",
                table.name
            )));
        }
    }
    rows.end()?;
    execute(
        connection,
        "set the search_path back",
        "SET LOCAL search_path = ''",
    )
}

/// Sees that every foreign key holds that is known to hold, whichever way the rows came.
fn check(
    connection: &mut Connection,
    contents: &Contents,
    path: &str,
) -> Result<(), SnapshotError> {
    for key in contents
        .foreign_keys
        .iter()
        .filter(|key| key.reference.is_valid)
    {
        let reference = &key.reference;
        let found = connection.rows(&key.violation());
        let found = found.map_err(SnapshotError::asking(format!(
            "check the foreign key {} of {}",
            reference.name, reference.from
        )))?;
        if let Some(row) = found.into_iter().next() {
            let values = row.into_iter().flatten().next().unwrap_or_default();
            let columns: Vec<String> = reference
                .columns
                .iter()
                .map(|column| quote_identifier(column))
                .collect();
            return Err(SnapshotError::Refused(format!(
                "{path} is not loaded: constraint {} of {} does not hold for the row with ({}) = ({values}), which is not in {}",
                quote_identifier(&reference.name),
                reference.from,
                columns.join(", "),
                reference.to
            )));
        }
    }
    Ok(())
}

/// Sets the sequences. What a sequence gives is not taken back with a transaction, unless it began anew in that.
fn set_sequences(
    connection: &mut Connection,
    names: &[super::table::TableName],
    index: &Index,
) -> Result<(), SnapshotError> {
    for (name, state) in names.iter().zip(&index.sequences) {
        let statements = format!(
            "ALTER SEQUENCE {} RESTART; SELECT pg_catalog.setval({}, {}, {})",
            name.to_sql(),
            script::regclass(name),
            state.last_value,
            state.is_called
        );
        execute(connection, format!("set the sequence {name}"), &statements)?;
    }
    Ok(())
}
