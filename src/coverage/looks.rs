//! What no probe can tell is looked at: which views were read and which privileges served for that, by the locks that
//! the session's transaction holds, and which indexes were scanned and which functions called, by the session's counters.
//!
//! Whoever runs a script asks [`Looks::is_due_before`] with every statement before it is sent, and [`Looks::is_due_at_end`]
//! behind the last one. Where one is due, and the transaction is not an aborted one, the query [`LOOK`] is run on the same
//! session, and its rows go through [`Looks::take`]. What it tells was done by statements before; of which of them, nobody knows.
//! One `Looks` belongs to one session of the server, also where several files use it one after the other, since the counters
//! go on. Counters of functions need `track_functions = all`.
//!
//! The query takes a snapshot and locks catalogs, so it is never due where a transaction has begun and nothing was asked yet.

use std::collections::HashMap;

use super::{Exercised, Touch};
use crate::catalog::{Address, Class};
use crate::script::{TokenKind, Tokens};

/// The query. It names nothing but what the server has by itself, changes nothing, and needs no right. Its rows are: the
/// catalog, the object's number, what it did, and how often where that is a counter.
///
/// Who reads a view also locks what the view reads, which is no use of a privilege; and of a partition, only the
/// partitioned table's privileges count. So these are not told of what a view or parent that was used reads.
pub const LOOK: &str = "WITH held AS MATERIALIZED (
     SELECT DISTINCT l.relation AS oid, l.mode FROM pg_catalog.pg_locks l
      WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid() AND l.relation >= 16384
        AND l.mode IN ('AccessShareLock', 'RowExclusiveLock')
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
 ), used AS MATERIALIZED (
     SELECT h.oid, h.mode, c.relkind, c.relnamespace FROM held h JOIN pg_catalog.pg_class c ON c.oid = h.oid
 ), privilege AS MATERIALIZED (
     SELECT u.oid, u.relnamespace,
            CASE WHEN u.mode = 'AccessShareLock' THEN 'SELECT' WHEN u.relkind = 'S' THEN 'USAGE' END AS name
       FROM used u
      WHERE NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER)
        AND u.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        AND CASE u.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(u.oid, 'SELECT, USAGE')
                           ELSE pg_catalog.has_table_privilege(u.oid, 'SELECT') END
        AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                  JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid AND w.ev_class <> u.oid
                 WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                   AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = u.oid
                   AND w.ev_class IN (SELECT h.oid FROM held h))
        AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_inherits i
                 WHERE i.inhrelid = u.oid AND i.inhparent IN (SELECT h.oid FROM held h))
 )
 SELECT 'pg_class', u.oid, 'is read', NULL::bigint FROM used u WHERE u.relkind IN ('v', 'm') AND u.mode = 'AccessShareLock'
 UNION ALL
 SELECT 'pg_class', p.oid, 'allows ' || p.name || ' to ' || CURRENT_USER, NULL FROM privilege p WHERE p.name IS NOT NULL
 UNION ALL
 SELECT DISTINCT 'pg_namespace', p.relnamespace, 'allows USAGE to ' || CURRENT_USER, NULL::bigint FROM privilege p
 UNION ALL
 SELECT 'pg_class', c.oid, 'is scanned', pg_catalog.pg_stat_get_xact_numscans(c.oid) FROM pg_catalog.pg_class c
  WHERE c.oid >= 16384 AND c.relkind = 'i' AND pg_catalog.pg_stat_get_xact_numscans(c.oid) > 0
 UNION ALL
 SELECT 'pg_proc', p.oid, w.behaviour, pg_catalog.pg_stat_get_xact_function_calls(p.oid)
   FROM pg_catalog.pg_proc p,
        LATERAL (SELECT 'runs' UNION ALL
                 SELECT 'allows EXECUTE to ' || CURRENT_USER WHERE pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
                    AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER)) w (behaviour)
  WHERE p.oid >= 16384 AND pg_catalog.strpos(p.prosrc, 'pg_assay.') = 0
    AND pg_catalog.pg_stat_get_xact_function_calls(p.oid) > 0";

/// Which looks a session needs, and what they told before.
#[derive(Debug, Clone, Default)]
pub struct Looks {
    /// Whether a transaction has begun and nothing was asked in it.
    is_untouched: bool,
    counts: HashMap<Address, u64>,
}

impl Looks {
    /// Whether to look before this statement is sent: it ends what the locks tell of, or the role changes with it.
    /// To be asked of every statement, in their order.
    pub fn is_due_before(&mut self, statement: &str) -> bool {
        let mut is_due = false;
        for words in statements(statement) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words.as_slice() {
                ["begin", ..] | ["start", "transaction", ..] => self.is_untouched = true,
                ["commit" | "end" | "rollback" | "abort", ..] | ["prepare", "transaction", ..] => {
                    is_due |= !self.is_untouched;
                    self.is_untouched = false;
                }
                ["discard", ..]
                | ["reset", "all" | "role" | "session", ..]
                | ["set", "role", ..]
                | [
                    "set",
                    "local" | "session",
                    "role" | "authorization" | "session",
                    ..,
                ] => {
                    is_due |= !self.is_untouched;
                }
                // These ask for nothing.
                ["set" | "reset" | "show" | "savepoint", ..] => {}
                _ => self.is_untouched = false,
            }
        }
        is_due
    }

    /// Whether to look behind the last statement of a script.
    pub fn is_due_at_end(&self) -> bool {
        !self.is_untouched
    }

    /// What the rows of [`LOOK`] tell: of counters, what has gone on since the look before. Rows that make no sense are
    /// passed over.
    pub fn take(&mut self, rows: &[Vec<Option<String>>]) -> Vec<Touch> {
        let mut touches = Vec::new();
        let before = self.counts.clone();
        for row in rows {
            let [Some(class), Some(oid), Some(behaviour), count] = row.as_slice() else {
                continue;
            };
            let class = Class::ALL.iter().find(|it| it.table() == class);
            let (Some(class), Ok(oid), Ok(behaviour)) = (class, oid.parse(), behaviour.parse())
            else {
                continue;
            };
            let object = Address::new(*class, oid);
            if let Some(count) = count.as_ref().and_then(|count| count.parse().ok()) {
                self.counts.insert(object, count);
                if before.get(&object) == Some(&count) {
                    continue;
                }
            }
            let objects = vec![object];
            touches.push(Touch::Exercised(Exercised { objects, behaviour }));
        }
        touches
    }
}

/// The first words of each statement of a text, in small letters.
fn statements(text: &str) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    let mut is_leading = true;
    for token in Tokens::of(text) {
        let Some(last) = all.last_mut() else { break };
        match token.kind {
            TokenKind::Sign(';') => {
                all.push(Vec::new());
                is_leading = true;
            }
            TokenKind::Word(word) if is_leading && last.len() < 4 => {
                last.push(word.to_ascii_lowercase());
            }
            _ => {
                // A statement that begins with something else still asks for something.
                if last.is_empty() {
                    last.push(String::new());
                }
                is_leading = false;
            }
        }
    }
    all.retain(|words| !words.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_looks_before_what_ends_a_transaction_or_changes_the_role() {
        for statement in [
            "COMMIT",
            "rollback to savepoint a",
            "-- so\n ROLLBACK",
            "END",
            "ABORT",
            "PREPARE TRANSACTION 'x'",
            "SET ROLE a",
            "SET LOCAL ROLE a",
            "set session authorization a",
            "SET LOCAL SESSION AUTHORIZATION a",
            "RESET ROLE",
            "RESET SESSION AUTHORIZATION",
            "DISCARD ALL",
            "SELECT 1; COMMIT",
        ] {
            assert!(Looks::default().is_due_before(statement), "{statement}");
        }
        for statement in [
            "",
            "SELECT 1",
            "SET search_path = role",
            "PREPARE a AS SELECT 1",
            "(SELECT 1)",
            "SAVEPOINT a",
        ] {
            assert!(!Looks::default().is_due_before(statement), "{statement}");
        }
    }

    #[test]
    fn nobody_looks_between_begin_and_the_first_query() {
        let mut looks = Looks::default();
        let due = [
            "BEGIN",
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SET ROLE a",
            "SELECT 1",
            "SET ROLE b",
            "ROLLBACK",
            "START TRANSACTION",
            "COMMIT",
        ]
        .map(|statement| looks.is_due_before(statement));
        assert_eq!(due, [false, false, false, false, true, true, false, false]);
        assert!(looks.is_due_at_end());
        looks.is_due_before("BEGIN");
        assert!(!looks.is_due_at_end());
    }

    #[test]
    fn a_counter_tells_when_it_has_gone_on() {
        let mut looks = Looks::default();
        let row = |count: Option<&str>, behaviour: &str| {
            let parts = [Some("pg_class"), Some("7"), Some(behaviour), count];
            parts.map(|it| it.map(str::to_owned)).to_vec()
        };
        let mut told = |count, behaviour| looks.take(&[row(count, behaviour)]).len();
        assert_eq!(told(Some("1"), "is scanned"), 1);
        assert_eq!(told(Some("1"), "is scanned"), 0);
        assert_eq!(told(Some("2"), "is scanned"), 1);
        assert_eq!(told(Some("1"), "is scanned"), 1);
        assert_eq!(told(None, "is read"), 1);
        assert_eq!(told(None, "is read"), 1);
        assert_eq!(told(None, "sings"), 0);
    }

    proptest! {
        #[test]
        fn any_statement_is_judged(statement in any::<String>()) {
            Looks::default().is_due_before(&statement);
        }

        #[test]
        fn any_rows_are_taken(rows in prop::collection::vec(prop::collection::vec(prop::option::of(any::<String>()), 0..6), 0..6)) {
            Looks::default().take(&rows);
        }
    }
}
