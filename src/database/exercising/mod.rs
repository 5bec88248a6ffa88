//! The schema made to tell coverage what it does, in a template that only coverage uses.
//!
//! What tells are expressions (checks, policies, defaults), triggers of its own for the rows that get through, and the
//! bodies of functions. Each tells by the address of the object, so that nothing has to be kept but the catalog.

mod bodies;
mod expressions;
mod rows;

use std::collections::{BTreeMap, HashSet};

use super::probing::with_probes;
use crate::catalog::{Catalog, Class, Kind, Object, ObjectName, Property};
use crate::coverage::{Behaviour, Logic};
use crate::session::{Connection, QueryError};

/// What became of the objects of a schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exercising {
    /// Objects of which something will not be seen, and why.
    pub unseen: Vec<(ObjectName, String)>,
    /// What of each function and procedure in SQL and PL/pgSQL there is to see, by its row in `pg_proc`.
    pub logic: BTreeMap<u32, Logic>,
}

/// Makes the objects of a catalog tell what they do: notices that [`Touch::parse`](crate::coverage::Touch::parse)
/// reads. The catalog must have been read before, since the bodies of functions are not what they were afterwards.
/// Needs a superuser.
///
/// It runs in the transaction that is open, or in one of its own. Functions are understood under the `search_path` that
/// they set for themselves, or else the connection's.
///
/// # Errors
/// The server's error; where the transaction is its own, nothing has changed then.
pub fn let_schema_tell(
    connection: &mut Connection,
    catalog: &Catalog,
) -> Result<Exercising, QueryError> {
    let path = connection.value("SELECT pg_catalog.current_setting('search_path')")?;
    let path = path.unwrap_or_default();
    let bodies::Routines { mut unseen, logic } = with_probes(connection, |connection| {
        expressions::install(connection, catalog)?;
        rows::install(connection, catalog)?;
        bodies::install(connection, catalog, &path)
    })?;
    let told = told_by_functions(connection, catalog)?;
    unseen.extend(catalog.objects().iter().filter_map(|object| {
        let why = without_probe(object, catalog, &told)?;
        Some((object.name.clone(), why.to_owned()))
    }));
    unseen.sort();
    Ok(Exercising { unseen, logic })
}

/// Why something of an object is not seen, for what has no probe.
fn without_probe(
    object: &Object,
    catalog: &Catalog,
    told: &HashSet<(Class, u32)>,
) -> Option<&'static str> {
    let is_told = told.contains(&(object.address.class, object.address.oid));
    let action = |property| object.value(&property).unwrap_or_default();
    let is_deferred = action(Property::Deferrability) == "deferred";
    match object.name.kind {
        kind if kind.is_constraint() && is_deferred => {
            Some("it is deferred: what it accepts leaves no trace")
        }
        Kind::ForeignKey => {
            let on_delete = action(Property::OnDelete);
            let is_same = ["set null", "set default"].iter().any(|word| {
                on_delete.starts_with(word) && action(Property::OnUpdate).starts_with(word)
            });
            is_same.then_some(
                "its actions on update and on delete are the same, and cannot be told apart",
            )
        }
        Kind::Trigger | Kind::EventTrigger => {
            (!is_told).then_some("its function is not one of the project in PL/pgSQL")
        }
        Kind::Aggregate => (!is_told).then_some("its functions are not the project's"),
        Kind::Column | Kind::Check | Kind::NotNull => {
            let (schema, relation) = object.relation()?;
            let table = ObjectName::in_schema(Kind::ForeignTable, schema, relation);
            let can_do = !Behaviour::of(object).is_empty();
            (can_do && catalog.get(&table).is_some())
                .then_some("rows of a foreign table are the other server's")
        }
        _ => None,
    }
}

/// The triggers, event triggers and aggregates of which functions of the project tell.
fn told_by_functions(
    connection: &mut Connection,
    catalog: &Catalog,
) -> Result<HashSet<(Class, u32)>, QueryError> {
    let routines = oids(catalog, Class::Routine, |_| true);
    let in_plpgsql = oids(catalog, Class::Routine, |it| {
        it.value(&Property::Language) == Some("plpgsql")
    });
    let mut told = HashSet::new();
    for (class, query) in [
        (
            Class::Trigger,
            format!("SELECT oid FROM pg_catalog.pg_trigger WHERE tgfoid = ANY ({in_plpgsql})"),
        ),
        (
            Class::EventTrigger,
            format!(
                "SELECT oid FROM pg_catalog.pg_event_trigger WHERE evtfoid = ANY ({in_plpgsql})"
            ),
        ),
        (
            Class::Routine,
            format!(
                "SELECT aggfnoid::pg_catalog.oid FROM pg_catalog.pg_aggregate
                  WHERE aggtransfn::pg_catalog.oid = ANY ({routines}) OR aggfinalfn::pg_catalog.oid = ANY ({routines})"
            ),
        ),
    ] {
        let rows = connection.rows(&query)?;
        let found = rows.into_iter().flatten().flatten();
        told.extend(found.filter_map(|oid| Some((class, oid.parse().ok()?))));
    }
    Ok(told)
}

/// The numbers of objects in a catalog of the server, as an array in SQL.
fn oids(catalog: &Catalog, class: Class, is_wanted: impl Fn(&Object) -> bool) -> String {
    let objects = catalog.objects().iter();
    let wanted = objects.filter(|it| it.address.class == class && is_wanted(it));
    let oids: Vec<String> = wanted.map(|it| it.address.oid.to_string()).collect();
    format!("'{{{}}}'::pg_catalog.oid[]", oids.join(","))
}
