//! pgTAP made to tell coverage of its calls, in a template that only coverage uses.

use super::probing::with_probes;
use crate::coverage::{PgtapFunction, Treatment};
use crate::script::quote_literal;
use crate::session::{Connection, QueryError, Row};

/// What became of pgTAP's functions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Telling {
    /// How many tell now.
    pub told: usize,
    /// Those, as `has_table(name)`, that coverage does not know, and why: assertions that it will not see.
    pub unknown: Vec<String>,
}

/// Makes the functions of pgTAP in this database, its extension's or plain ones, tell of their calls: notices that
/// [`Touch::parse`](crate::coverage::Touch::parse) reads. Their names, calls, results, and the lines and contexts of
/// errors in them stay as they are. Without pgTAP nothing is done. Needs a superuser.
///
/// It runs in the transaction that is open, or in one of its own. What tells already stays as it is, so that it can be
/// done again where a test brought another pgTAP.
///
/// # Errors
/// The server's error; where the transaction is its own, nothing has changed then.
pub fn let_pgtap_tell(connection: &mut Connection) -> Result<Telling, QueryError> {
    let mut telling = Telling::default();
    let mut bodies = Vec::new();
    for row in connection.rows(FUNCTIONS)? {
        let Some((oid, function)) = read(row) else {
            continue;
        };
        match function.treatment() {
            Ok(Treatment::Tells(body)) => bodies.push((oid, body)),
            Ok(Treatment::Silent) => {}
            Ok(Treatment::Unknown) => telling.unknown.push(function.overload()),
            Err(error) => telling
                .unknown
                .push(format!("{}: {error}", function.overload())),
        }
    }
    telling.told = bodies.len();
    if bodies.is_empty() {
        return Ok(telling);
    }
    let bodies = bodies.into_iter();
    let bodies =
        bodies.map(|(oid, body)| format!("({oid}::pg_catalog.oid, {})", quote_literal(&body)));
    let bodies: Vec<String> = bodies.collect();
    let bodies = bodies.join(",\n");
    with_probes(connection, |connection| {
        connection.execute(&format!(
            "UPDATE pg_proc p SET prosrc = told.body
               FROM (VALUES {bodies}) AS told (oid, body) WHERE p.oid = told.oid"
        ))
    })?;
    Ok(telling)
}

/// The functions in pgTAP's schema: where it is an extension, those that are its members.
const FUNCTIONS: &str = "
    WITH extension AS (
        SELECT oid, extnamespace FROM pg_catalog.pg_extension WHERE extname = 'pgtap'
    ), place AS (
        SELECT extnamespace AS schema, oid FROM extension
        UNION ALL
        SELECT pronamespace, NULL FROM pg_catalog.pg_proc
         WHERE proname = 'pgtap_version' AND pronargs = 0 AND NOT EXISTS (SELECT FROM extension)
    )
    SELECT p.oid, p.proname,
           (SELECT COALESCE(pg_catalog.string_agg(pg_catalog.format_type(u.type, NULL), ',' ORDER BY u.place), '')
              FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) WITH ORDINALITY AS u (type, place)),
           l.lanname, p.prosrc, place.oid IS NOT NULL
      FROM place
      JOIN pg_catalog.pg_proc p ON p.pronamespace = place.schema
      JOIN pg_catalog.pg_language l ON l.oid = p.prolang
     WHERE l.lanname IN ('sql', 'plpgsql') AND p.prokind = 'f'
       AND (place.oid IS NULL OR EXISTS (
               SELECT FROM pg_catalog.pg_depend d
                WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
                  AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid = place.oid
                  AND d.deptype = 'e'))
     ORDER BY p.oid";

fn read(row: Row) -> Option<(String, PgtapFunction)> {
    let [
        Some(oid),
        Some(name),
        Some(types),
        Some(language),
        Some(body),
        Some(is_member),
    ] = <[Option<String>; 6]>::try_from(row).ok()?
    else {
        return None;
    };
    let function = PgtapFunction {
        name,
        types,
        language,
        body,
        is_member: is_member == "t",
    };
    Some((oid, function))
}
