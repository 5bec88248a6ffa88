//! Whether a file that began by pgTAP's `plan()` ended by `finish()`: by itself, or by a function that calls it.

use std::collections::BTreeSet;

/// What compares pgTAP's count with the plan.
const ENDS: [&str; 4] = ["finish", "_finish", "runtests", "_runner"];

/// Whether one of the called names is `finish` or brings it about.
pub(super) fn calls_finish(names: &BTreeSet<String>) -> bool {
    ENDS.iter().any(|end| names.contains(*end))
}

/// The names of functions that call `finish()`, directly or by way of others: by their text, and where the server has
/// parsed their body, by what they depend on. (`E''` means the same under either `standard_conforming_strings`.)
pub(super) const CALLERS: &str = r#"WITH RECURSIVE sources AS (
    SELECT p.oid, p.proname, p.prosrc FROM pg_catalog.pg_proc p
      JOIN pg_catalog.pg_language l ON l.oid = p.prolang
     WHERE l.lanname NOT IN ('internal', 'c')
), ends (name) AS (
    VALUES ('finish'::pg_catalog.name), ('_finish'), ('runtests'), ('_runner')
), callers AS (
    SELECT coalesce(s.oid, 0) AS oid, e.name FROM ends e LEFT JOIN sources s ON s.proname = e.name
    UNION
    SELECT s.oid, s.proname FROM callers c JOIN sources s
        ON pg_catalog.strpos(pg_catalog.lower(s.prosrc), pg_catalog.lower(c.name)) > 0
           AND s.prosrc ~* (E'\\m' || pg_catalog.regexp_replace(c.name, '([^[:alnum:]_])', E'\\\\\\1', 'g')
                            || E'"?\\s*\\(')
        OR EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = s.oid
                      AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid = c.oid)
)
SELECT DISTINCT name FROM callers"#;
