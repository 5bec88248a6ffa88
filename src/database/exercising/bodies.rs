//! Probes in the bodies of functions and procedures.

use std::collections::{BTreeMap, HashMap};

use super::oids;
use crate::catalog::{Address, Catalog, Class, ObjectName};
use crate::coverage::{Logic, Routine, TellingBody};
use crate::script::quote_literal;
use crate::session::{Connection, QueryError, Row};

/// What became of the routines of a schema.
#[derive(Debug, Default)]
pub(super) struct Routines {
    /// Those that will not be seen or not always, and why.
    pub(super) unseen: Vec<(ObjectName, String)>,
    /// What of each there is to see, by its row in `pg_proc`.
    pub(super) logic: BTreeMap<u32, Logic>,
}

/// Puts them in place. A body that the server does not take stays as it was.
pub(super) fn install(
    connection: &mut Connection,
    catalog: &Catalog,
    search_path: &str,
) -> Result<Routines, QueryError> {
    let routines = oids(catalog, Class::Routine, |_| true);
    let version = connection.value("SELECT pg_catalog.current_setting('server_version_num')")?;
    let (is_analysed, body) = match version.and_then(|it| it.parse::<u32>().ok()) {
        Some(140_000..) => (
            "p.prosqlbody IS NOT NULL",
            "coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)",
        ),
        _ => ("false", "p.prosrc"),
    };
    // An analysed body is written anew, with names that mean the same under this `search_path`.
    let rows = connection.rows(&format!(
        "SELECT p.oid, l.lanname, {body},
                CASE p.prokind WHEN 'p' THEN '' ELSE format_type(p.prorettype, -1) END,
                p.proretset, p.prosecdef, p.proisstrict,
                EXISTS (SELECT FROM pg_type t WHERE t.oid = ANY (p.proargtypes::oid[] || coalesce(p.proallargtypes, '{{}}') || p.prorettype)
                           AND t.typtype = 'p' AND t.typname LIKE 'any%'),
                {is_analysed}, (SELECT t.typbyval FROM pg_type t WHERE t.oid = 'int8'::regtype),
                coalesce((SELECT min(g.aggfnoid::oid::bigint) FROM pg_aggregate g
                           WHERE p.oid IN (g.aggtransfn::oid, g.aggfinalfn::oid) HAVING count(*) = 1), 0),
                CASE WHEN {is_analysed} THEN current_setting('search_path')
                     ELSE coalesce((SELECT substring(setting FROM 13) FROM unnest(p.proconfig) setting
                                     WHERE setting LIKE 'search_path=%'), {}) END
           FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
          WHERE p.oid = ANY ({routines}) AND p.prokind <> 'a' AND strpos(p.prosrc, '/*pgassay<*/') = 0 ORDER BY p.oid",
        quote_literal(search_path)
    ))?;
    let mut all = Routines::default();
    let mut unseen = |oid: u32, why: String| {
        let object = catalog.at(Address::new(Class::Routine, oid));
        all.unseen
            .extend(object.map(|object| (object.name.clone(), why)));
    };
    let mut by_path: HashMap<String, Vec<(Routine, Vec<TellingBody>)>> = HashMap::new();
    for (routine, path) in rows.into_iter().filter_map(read) {
        match routine.telling_bodies() {
            Ok(bodies) => by_path.entry(path).or_default().push((routine, bodies)),
            Err(error) => {
                if matches!(routine.language.as_str(), "sql" | "plpgsql") {
                    let logic = Logic::unmeasured(error.to_string());
                    all.logic.insert(routine.oid, logic);
                }
                unseen(routine.oid, error.to_string());
            }
        }
    }
    connection.execute(TAKE)?;
    for (path, routines) in by_path {
        let taken = take(connection, &path, &routines)?;
        for (routine, bodies) in routines {
            let oid = routine.oid;
            let Some(Taken { body, error }) = taken.get(&oid) else {
                continue;
            };
            let places = match body {
                Some(_) => "probes at its statements",
                None => "a probe in its body",
            };
            let why = error
                .as_ref()
                .map(|error| format!("the server does not take {places}: {error}"));
            let fullest = bodies.first().map_or(0, |it| it.logic.points.len());
            let taken = body.and_then(|at| bodies.into_iter().nth(at));
            let mut logic = taken.map(|it| it.logic).unwrap_or_default();
            // Another body may tell as much.
            if body.is_none() || logic.points.len() < fullest {
                logic.unmeasured = why;
            }
            if let Some(why) = logic.unmeasured.clone() {
                unseen(oid, why);
            }
            all.logic.insert(oid, logic);
        }
    }
    connection.execute(
        "SET LOCAL search_path = pg_catalog, pg_temp; DROP FUNCTION pg_assay.take(oid, text[], boolean)",
    )?;
    Ok(all)
}

/// Which of its bodies a routine has now, and why not the first one.
struct Taken {
    body: Option<usize>,
    error: Option<String>,
}

/// Gives routines the first of their bodies that the server takes under this `search_path`.
fn take(
    connection: &mut Connection,
    path: &str,
    routines: &[(Routine, Vec<TellingBody>)],
) -> Result<HashMap<u32, Taken>, QueryError> {
    let rows = routines.iter().map(|(routine, bodies)| {
        let bodies: Vec<String> = bodies.iter().map(|it| quote_literal(&it.text)).collect();
        format!(
            "({}::pg_catalog.oid, ARRAY[{}], {})",
            routine.oid,
            bodies.join(", "),
            routine.is_analysed
        )
    });
    let rows: Vec<String> = rows.collect();
    let taken = connection.rows(&format!(
        "SELECT pg_catalog.set_config('search_path', {}, true);
         SELECT new.oid, taken.body, taken.error
           FROM (VALUES {}) AS new (oid, bodies, is_analysed), pg_assay.take(new.oid, new.bodies, new.is_analysed) AS taken",
        quote_literal(path),
        rows.join(",\n"),
    ))?;
    let read = |row: Row| {
        let [Some(oid), body, error] = <[Option<String>; 3]>::try_from(row).ok()? else {
            return None;
        };
        let body = body.and_then(|it| it.parse().ok());
        Some((oid.parse().ok()?, Taken { body, error }))
    };
    Ok(taken.into_iter().filter_map(read).collect())
}

/// Gives a routine the first of these bodies that its language takes: which one that is, from 0, and what is wrong with the
/// first one. An analysed body stands at the end of the statement that makes the routine.
const TAKE: &str = "
CREATE FUNCTION pg_assay.take(routine oid, bodies text[], is_analysed boolean, OUT body integer, OUT error text) LANGUAGE plpgsql AS $$
DECLARE
    definition text;
BEGIN
    FOR at IN 1 .. pg_catalog.cardinality(bodies) LOOP
        BEGIN
            IF is_analysed THEN
                definition := pg_catalog.rtrim(pg_catalog.pg_get_functiondef(routine), E'\\n');
                EXECUTE pg_catalog.concat(pg_catalog.left(definition, -pg_catalog.length(pg_catalog.pg_get_function_sqlbody(routine))), bodies[at]);
            ELSE
                UPDATE pg_catalog.pg_proc SET prosrc = bodies[at] WHERE oid = routine;
            END IF;
            -- As in tests: the project's rules have a say in what its functions may do.
            PERFORM pg_catalog.set_config('session_replication_role', 'origin', true);
            IF (SELECT l.lanname FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE p.oid = routine) = 'sql' THEN
                PERFORM pg_catalog.fmgr_sql_validator(routine);
            ELSE
                PERFORM pg_catalog.plpgsql_validator(routine);
            END IF;
            PERFORM pg_catalog.set_config('session_replication_role', 'replica', true);
            body := at - 1;
            RETURN;
        EXCEPTION WHEN OTHERS THEN
            error := COALESCE(error, SQLERRM);
        END;
    END LOOP;
END $$;";

fn read(row: Row) -> Option<(Routine, String)> {
    let [
        Some(oid),
        Some(language),
        Some(body),
        Some(result),
        Some(returns_set),
        Some(is_definer),
        Some(is_strict),
        Some(is_polymorphic),
        Some(is_analysed),
        Some(passes_by_value),
        Some(aggregate),
        Some(path),
    ] = <[Option<String>; 12]>::try_from(row).ok()?
    else {
        return None;
    };
    let routine = Routine {
        oid: oid.parse().ok()?,
        language,
        body,
        aggregate: aggregate.parse().ok().filter(|it| *it != 0),
        result,
        returns_set: returns_set == "t",
        is_definer: is_definer == "t",
        is_strict: is_strict == "t",
        is_polymorphic: is_polymorphic == "t",
        is_analysed: is_analysed == "t",
        passes_by_value: passes_by_value == "t",
    };
    Some((routine, path))
}
