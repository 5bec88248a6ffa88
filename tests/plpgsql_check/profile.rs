//! What `plpgsql_check` saw of functions: its profile of a session.

use std::collections::BTreeMap;

use pgassay::session::Connection;

use crate::place::Place;

/// A row of an answer.
pub(crate) type Row = Vec<Option<String>>;

/// What it saw of a function.
#[derive(Debug, Clone, Default)]
pub(crate) struct Profile {
    /// The body.
    pub(crate) body: String,
    /// Its statements, in the order of the text, one that others are part of before these.
    pub(crate) statements: Vec<Profiled>,
    /// The share of statements that it calls executed.
    pub(crate) of_statements: f64,
    /// The share of branches that it calls executed.
    pub(crate) of_branches: f64,
}

/// What it saw of a statement.
#[derive(Debug, Clone)]
pub(crate) struct Profiled {
    /// Its own number.
    pub(crate) number: i64,
    /// The statement that it is part of, and of which list of that one.
    pub(crate) parent: i64,
    /// The list: `then body`.
    pub(crate) list: String,
    /// The line.
    pub(crate) line: usize,
    /// How often it ended, in whatever way.
    pub(crate) ends: u64,
    /// How often it raised an error by itself.
    pub(crate) errors: u64,
    /// What it is, as errors call it.
    pub(crate) name: String,
}

impl Profiled {
    /// Whether what stands behind it is reached from it, unless it raises an error.
    pub(crate) fn may_end_only_here(&self) -> bool {
        !matches!(self.name.as_str(), "EXIT" | "CONTINUE")
    }
}

/// Puts the extension into a database. False, with a word about it, where the server has none.
pub(crate) fn install(place: &Place, database: &str) -> bool {
    let mut connection = place.connection(database);
    let there = "SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check'";
    if connection.rows(there).unwrap().is_empty() {
        eprintln!("SKIPPED: the server has no extension plpgsql_check");
        return false;
    }
    // No schema that tests could see.
    let create = "CREATE EXTENSION plpgsql_check SCHEMA pg_catalog";
    connection.execute(create).unwrap();
    true
}

/// Lets it watch the sessions of a database from now on.
pub(crate) fn watch(place: &Place, database: &str) {
    let mut admin = place.connection("postgres");
    for setting in [
        "session_preload_libraries = 'plpgsql_check'",
        "plpgsql_check.profiler = on",
    ] {
        let set = format!("ALTER DATABASE {database} SET {setting}");
        admin.execute(&set).unwrap();
    }
}

/// Reads the profiles of the functions that the session called, by their signatures.
pub(crate) fn read(mut rows: impl FnMut(&str) -> Vec<Row>) -> BTreeMap<String, Profile> {
    // Those that were called.
    let of = "FROM pg_catalog.pg_proc p JOIN pg_catalog.plpgsql_profiler_functions_all() a ON a.funcoid = p.oid JOIN pg_catalog.pg_language l ON l.oid = p.prolang
               WHERE l.lanname = 'plpgsql' AND p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
                 AND p.oid NOT IN (SELECT objid FROM pg_catalog.pg_depend WHERE deptype = 'e' AND refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass)";
    let mut profiles: BTreeMap<String, Profile> = BTreeMap::new();
    let functions = rows(&format!(
        "SELECT {SIGNATURE}, p.prosrc, pg_catalog.plpgsql_coverage_statements(p.oid), pg_catalog.plpgsql_coverage_branches(p.oid) {of}"
    ));
    for row in functions {
        let [signature, body, of_statements, of_branches] = whole(row);
        profiles.insert(
            signature,
            Profile {
                body,
                of_statements: of_statements.parse().unwrap(),
                of_branches: of_branches.parse().unwrap(),
                statements: Vec::new(),
            },
        );
    }
    let statements = rows(&format!(
        "SELECT {SIGNATURE}, s.stmtid, coalesce(s.parent_stmtid, -1), coalesce(s.parent_note, ''), s.lineno, s.exec_stmts, s.exec_stmts_err, s.stmtname
           FROM (SELECT p.* {of}) p, pg_catalog.plpgsql_profiler_function_statements_tb(p.oid) s ORDER BY p.oid, s.stmtid"
    ));
    for row in statements {
        let [signature, number, parent, list, line, ends, errors, name] = whole(row);
        let profile = profiles.get_mut(&signature).unwrap();
        profile.statements.push(Profiled {
            number: number.parse().unwrap(),
            parent: parent.parse().unwrap(),
            list,
            line: line.parse().unwrap(),
            ends: ends.parse().unwrap(),
            errors: errors.parse().unwrap(),
            name,
        });
    }
    profiles
}

/// Names of functions that are the same in two databases.
pub(crate) const SIGNATURE: &str = "p.pronamespace::pg_catalog.regnamespace::text || '.' || p.proname || '(' || coalesce((
    SELECT pg_catalog.string_agg(t.typname, ',' ORDER BY a.at)
      FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY a (oid, at) JOIN pg_catalog.pg_type t ON t.oid = a.oid), '') || ')'";

/// The profiles of a session of the tool's.
pub(crate) fn of(connection: &mut Connection) -> BTreeMap<String, Profile> {
    read(|query| connection.rows(query).unwrap())
}

/// The cells of a row, none of which is null.
pub(crate) fn whole<const N: usize>(row: Row) -> [String; N] {
    let cells: Vec<String> = row.into_iter().map(Option::unwrap).collect();
    cells.try_into().unwrap()
}
