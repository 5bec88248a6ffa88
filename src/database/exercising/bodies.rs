//! Probes in the bodies of functions and procedures.

use std::collections::HashMap;

use super::oids;
use crate::catalog::{Address, Catalog, Class, ObjectName};
use crate::coverage::Routine;
use crate::script::quote_literal;
use crate::session::{Connection, QueryError, Row};

/// Puts them in place, and returns the routines that will not be seen or not always, and why. A body that the server
/// does not take stays as it was.
pub(super) fn install(
    connection: &mut Connection,
    catalog: &Catalog,
    search_path: &str,
) -> Result<Vec<(ObjectName, String)>, QueryError> {
    let name_of = |oid: u32| {
        let object = catalog.at(Address::new(Class::Routine, oid));
        object.map(|object| object.name.clone())
    };
    let routines = oids(catalog, Class::Routine, |_| true);
    let version = connection.value("SELECT pg_catalog.current_setting('server_version_num')")?;
    let is_analysed = match version.and_then(|it| it.parse::<u32>().ok()) {
        Some(140_000..) => "p.prosqlbody IS NOT NULL",
        _ => "false",
    };
    let rows = connection.rows(&format!(
        "SELECT p.oid, l.lanname, p.prosrc, CASE p.prokind WHEN 'p' THEN '' ELSE format_type(p.prorettype, NULL) END,
                p.proretset, p.prosecdef, p.proisstrict,
                EXISTS (SELECT FROM pg_type t WHERE t.oid = ANY (p.proargtypes::oid[] || coalesce(p.proallargtypes, '{{}}') || p.prorettype)
                           AND t.typtype = 'p' AND t.typname LIKE 'any%'),
                {is_analysed},
                coalesce((SELECT min(g.aggfnoid::oid::bigint) FROM pg_aggregate g
                           WHERE p.oid IN (g.aggtransfn::oid, g.aggfinalfn::oid) HAVING count(*) = 1), 0),
                coalesce((SELECT substring(setting FROM 13) FROM unnest(p.proconfig) setting
                           WHERE setting LIKE 'search_path=%'), {})
           FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
          WHERE p.oid = ANY ({routines}) AND p.prokind <> 'a' AND strpos(p.prosrc, 'pg_assay.') = 0 ORDER BY p.oid",
        quote_literal(search_path)
    ))?;
    let mut unseen = Vec::new();
    let mut bodies: HashMap<String, Vec<String>> = HashMap::new();
    for (routine, path) in rows.into_iter().filter_map(read) {
        match routine.telling_body() {
            Ok(body) => {
                let bodies = bodies.entry(path).or_default();
                bodies.push(format!("({}::oid, {})", routine.oid, quote_literal(&body)));
            }
            Err(error) => unseen.extend(name_of(routine.oid).map(|it| (it, error.to_string()))),
        }
    }
    connection.execute(TAKE)?;
    for (path, bodies) in bodies {
        let refused = connection.rows(&format!(
            "SELECT pg_catalog.set_config('search_path', {}, true);
             SELECT told.oid, told.error
               FROM (SELECT new.oid, pg_assay.take(new.oid, new.body) AS error
                       FROM (VALUES {}) AS new (oid, body)) AS told WHERE told.error IS NOT NULL",
            quote_literal(&path),
            bodies.join(",\n").replace("::oid", "::pg_catalog.oid"),
        ))?;
        for row in refused {
            if let [Some(oid), Some(error)] = row.as_slice() {
                let name = oid.parse().ok().and_then(name_of);
                unseen.extend(name.map(|it| {
                    (
                        it,
                        format!("the server does not take a probe in its body: {error}"),
                    )
                }));
            }
        }
    }
    connection.execute(
        "SET LOCAL search_path = pg_catalog, pg_temp; DROP FUNCTION pg_assay.take(oid, text)",
    )?;
    Ok(unseen)
}

/// Gives a function another body, and lets its language look at it: NULL, or what is wrong with it.
const TAKE: &str = "
CREATE FUNCTION pg_assay.take(oid, text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pg_catalog.pg_proc SET prosrc = $2 WHERE oid = $1;
    IF (SELECT l.lanname FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE p.oid = $1) = 'sql' THEN
        PERFORM pg_catalog.fmgr_sql_validator($1);
    ELSE
        PERFORM pg_catalog.plpgsql_validator($1);
    END IF;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END $$";

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
        Some(aggregate),
        Some(path),
    ] = <[Option<String>; 11]>::try_from(row).ok()?
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
    };
    Some((routine, path))
}
