//! What no probe can tell is looked at: which views were read and which privileges served for that, by the locks that
//! the session's transaction holds, and which indexes were scanned and which functions called, by the session's counters.
//!
//! Whoever runs a script asks [`Looks::is_due_before`] with every statement before it is sent, and [`Looks::is_due_at_end`]
//! behind the last one. Where one is due, and the transaction is not an aborted one, [`Looks::query`] is run on the same
//! session, and its rows go through [`Looks::take`], and those of a further query that this may name. What it tells was
//! done by statements before; of which of them, nobody knows.
//! One `Looks` belongs to one session of the server, also where several files use it one after the other, since the counters
//! go on. Counters of functions need `track_functions = all`.
//!
//! The query takes a snapshot and locks catalogs, so it is never due where a transaction has begun and nothing was asked yet.

use std::collections::{HashMap, HashSet};

use super::{Behaviour, Exercised, Touch};
use crate::catalog::{Address, Catalog, Class, Kind, Object};
use crate::script::{TokenKind, Tokens};

/// What every look asks: which relations are locked, and what is to be known of the role.
const HELD: &str = "WITH held AS MATERIALIZED (
     SELECT DISTINCT l.relation AS oid, l.mode FROM pg_catalog.pg_lock_status() l
      WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid() AND l.relation >= 16384
        AND l.mode IN ('AccessShareLock', 'RowExclusiveLock')
 )
 SELECT 'held', h.oid, h.mode,
        pg_catalog.pg_stat_get_xact_numscans(h.oid) + pg_catalog.pg_stat_get_xact_tuples_returned(h.oid)
            + pg_catalog.pg_stat_get_xact_tuples_fetched(h.oid), h.oid
   FROM held h
 UNION ALL
 SELECT 'role', 0, pg_catalog.current_setting('is_superuser'), NULL, NULL";

/// What is asked besides of the views of the project.
const VIEWS: &str = "
 UNION ALL
 SELECT 'pg_class', h.oid, 'is read', NULL, h.oid FROM held h
  WHERE h.mode = 'AccessShareLock' AND h.oid = ANY ({})";

/// Of its indexes.
const INDEXES: &str = "
 UNION ALL
 SELECT 'pg_class', i.oid, 'is scanned', pg_catalog.pg_stat_get_xact_numscans(i.oid), NULL
   FROM pg_catalog.unnest({}) i (oid)
  WHERE pg_catalog.pg_stat_get_xact_numscans(i.oid) > 0";

/// Of its functions: those that a test gave another body have lost their probe.
const FUNCTIONS: &str = "
 UNION ALL
 SELECT 'pg_proc', f.oid, w.behaviour, pg_catalog.pg_stat_get_xact_function_calls(f.oid), NULL
   FROM pg_catalog.unnest({}) f (oid),
        LATERAL (SELECT 'runs' UNION ALL
                 SELECT 'allows EXECUTE to ' || CURRENT_USER WHERE pg_catalog.has_function_privilege(f.oid, 'EXECUTE')
                    AND pg_catalog.current_setting('is_superuser') = 'off') w (behaviour)
  WHERE pg_catalog.pg_stat_get_xact_function_calls(f.oid) > 0
    AND (SELECT pg_catalog.strpos(p.prosrc, 'pg_assay.') = 0 FROM pg_catalog.pg_proc p WHERE p.oid = f.oid)";

/// What is asked behind that where the role is no superuser, in rows of the same form: the privileges that served.
///
/// Who reads a view also locks what the view reads, which is no use of a privilege; and of a partition, only the
/// partitioned table's privileges count. So these are not told of what a view or parent that was used reads.
const PRIVILEGES: &str = "WITH held AS MATERIALIZED (
     SELECT DISTINCT l.relation AS oid, l.mode FROM pg_catalog.pg_lock_status() l
      WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid() AND l.relation >= 16384
        AND l.mode IN ('AccessShareLock', 'RowExclusiveLock')
 ), used AS MATERIALIZED (
     SELECT h.oid, h.mode, c.relkind, c.relnamespace FROM held h JOIN pg_catalog.pg_class c ON c.oid = h.oid
 ), privilege AS MATERIALIZED (
     SELECT u.oid, u.relnamespace,
            CASE WHEN u.mode = 'AccessShareLock' THEN 'SELECT' WHEN u.relkind = 'S' THEN 'USAGE' END AS name
       FROM used u
      WHERE u.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
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
 SELECT 'pg_class', p.oid, 'allows ' || p.name || ' to ' || CURRENT_USER, NULL::bigint, p.oid FROM privilege p
  WHERE p.name IS NOT NULL
 UNION ALL
 SELECT 'pg_namespace', p.relnamespace, 'allows USAGE to ' || CURRENT_USER, NULL, p.oid FROM privilege p";

/// Which looks a session needs, and what they told before.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is independent of the others"
)]
#[derive(Debug, Clone)]
pub struct Looks {
    query: String,
    /// Whether a transaction has begun and nothing was asked in it.
    is_untouched: bool,
    /// Whether something was asked since the last look.
    is_asked: bool,
    /// Whether the transaction ends behind the look that is due.
    is_ending: bool,
    /// Whether the statement at hand asks for something.
    is_asking: bool,
    counts: HashMap<(Address, Behaviour), u64>,
    /// The relations that were locked at the look before, by number and mode, in the transaction at hand, and how much was
    /// read of each.
    held: HashMap<(u32, String), u64>,
    /// Those that were locked then already and were not read since, while a look is under way.
    held_before: HashSet<u32>,
}

impl Default for Looks {
    fn default() -> Self {
        Self::of(&Catalog::default())
    }
}

impl Looks {
    /// At what there is in a catalog; nothing was looked at yet.
    pub fn of(catalog: &Catalog) -> Self {
        let mut query = HELD.to_owned();
        let mut ask = |part: &str, is_wanted: &dyn Fn(&Object) -> bool| {
            let wanted = catalog.objects().iter().filter(|it| is_wanted(it));
            let oids: Vec<String> = wanted.map(|it| it.address.oid.to_string()).collect();
            if !oids.is_empty() {
                let oids = format!("'{{{}}}'::pg_catalog.oid[]", oids.join(","));
                query.push_str(&part.replace("{}", &oids));
            }
        };
        ask(VIEWS, &|it| {
            matches!(it.name.kind, Kind::View | Kind::MaterializedView)
        });
        ask(INDEXES, &|it| it.name.kind == Kind::Index);
        ask(FUNCTIONS, &|it| it.address.class == Class::Routine);
        Self {
            query,
            is_untouched: false,
            is_asked: false,
            is_ending: false,
            is_asking: false,
            counts: HashMap::new(),
            held: HashMap::new(),
            held_before: HashSet::new(),
        }
    }

    /// The query of a look. Besides numbers of objects it names nothing but what the server has by itself, changes
    /// nothing, and needs no right. Its rows are: the catalog, the object's number, what it did, how often where that is a
    /// counter, and the relation whose lock tells it. Rows of `held` are the relations that are locked, and of `role` what
    /// is to be known of the role.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Whether to look before this statement is sent: it ends what the locks tell of, or the role changes with it.
    /// To be asked of every statement, in their order.
    pub fn is_due_before(&mut self, statement: &str) -> bool {
        let mut is_due = false;
        self.is_ending = false;
        self.is_asking = false;
        for words in statements(statement) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words.as_slice() {
                ["begin", ..] | ["start", "transaction", ..] => self.is_untouched = true,
                ["discard", ..]
                | ["rollback", "to", ..]
                | ["rollback", "work" | "transaction", "to", ..]
                | ["reset", "all" | "role" | "session", ..]
                | ["set", "role", ..]
                | [
                    "set",
                    "local" | "session",
                    "role" | "authorization" | "session",
                    ..,
                ] => {
                    is_due |= self.is_asked && !self.is_untouched;
                }
                ["commit" | "end" | "rollback" | "abort", ..] | ["prepare", "transaction", ..] => {
                    is_due |= self.is_asked && !self.is_untouched;
                    self.is_untouched = false;
                    self.is_ending = true;
                }
                // These ask for nothing.
                ["set" | "reset" | "show" | "savepoint", ..] => {}
                _ => {
                    self.is_untouched = false;
                    self.is_asked = true;
                    self.is_asking = true;
                }
            }
        }
        if self.is_ending && !is_due {
            self.held.clear();
        }
        is_due
    }

    /// Whether the statement that was asked about last was a transaction of its own, after which no transaction is open:
    /// its locks are gone, and nothing of it can be looked up.
    pub fn misses_when_idle(&self) -> bool {
        self.is_asking && !self.is_ending
    }

    /// Whether to look behind the last statement of a script.
    pub fn is_due_at_end(&mut self) -> bool {
        self.is_ending = true;
        self.is_asked && !self.is_untouched
    }

    /// What the rows of [`Self::query`] tell: of counters, what has gone on since the look before; of locks, those that were
    /// not held at the look before, whose role was another, or whose relation was read since. Rows that make no sense are
    /// passed over. Where there is a query, it is to be run too, and its rows to be given to [`Self::take_further`].
    pub fn take(&mut self, rows: &[Vec<Option<String>>]) -> (Vec<Touch>, Option<&'static str>) {
        self.is_asked = false;
        let before = std::mem::take(&mut self.held);
        let mut is_superuser = true;
        for row in rows {
            match row.as_slice() {
                [Some(kind), Some(oid), Some(mode), read, ..] if kind == "held" => {
                    let read = read.as_ref().and_then(|it| it.parse().ok());
                    if let Ok(oid) = oid.parse() {
                        self.held.insert((oid, mode.clone()), read.unwrap_or(0));
                    }
                }
                [Some(kind), _, Some(answer), ..] if kind == "role" => {
                    is_superuser = answer == "on";
                }
                _ => {}
            }
        }
        let is_old = |(key, read): &(&(u32, String), &u64)| before.get(*key) == Some(*read);
        let old = self.held.iter().filter(is_old);
        self.held_before = old.map(|((oid, _), _)| *oid).collect();
        let has_new = self.held.iter().any(|it| !is_old(&it));
        let touches = self.touches(rows);
        if self.is_ending {
            self.held.clear();
        }
        (touches, (!is_superuser && has_new).then_some(PRIVILEGES))
    }

    /// What the rows of the further query tell.
    pub fn take_further(&mut self, rows: &[Vec<Option<String>>]) -> Vec<Touch> {
        self.touches(rows)
    }

    fn touches(&mut self, rows: &[Vec<Option<String>>]) -> Vec<Touch> {
        let mut touches = Vec::new();
        for row in rows {
            let [Some(class), Some(oid), Some(behaviour), count, relation] = row.as_slice() else {
                continue;
            };
            let class = Class::ALL.iter().find(|it| it.table() == class);
            let (Some(class), Ok(oid), Ok(behaviour)) =
                (class, oid.parse(), behaviour.parse::<Behaviour>())
            else {
                continue;
            };
            let object = Address::new(*class, oid);
            let number = |text: &Option<String>| text.as_ref()?.parse::<u64>().ok();
            if let Some(count) = number(count) {
                let key = (object, behaviour.clone());
                if self.counts.insert(key, count) == Some(count) {
                    continue;
                }
            }
            let relation = number(relation).and_then(|it| u32::try_from(it).ok());
            if relation.is_some_and(|it| self.held_before.contains(&it)) {
                continue;
            }
            touches.push(Touch::Exercised(Exercised {
                objects: vec![object],
                behaviour,
            }));
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
            let mut looks = Looks::default();
            assert!(!looks.is_due_before("SELECT 1"));
            assert!(looks.is_due_before(statement), "{statement}");
        }
        for statement in [
            "",
            "SELECT 1",
            "SET search_path = role",
            "PREPARE a AS SELECT 1",
            "(SELECT 1)",
            "SAVEPOINT a",
        ] {
            let mut looks = Looks::default();
            looks.is_due_before("SELECT 1");
            assert!(!looks.is_due_before(statement), "{statement}");
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
        looks.is_due_before("BEGIN");
        assert!(!looks.is_due_at_end());
    }

    #[test]
    fn one_looks_once_for_what_was_asked() {
        let mut looks = Looks::default();
        assert!(!looks.is_due_at_end());
        looks.is_due_before("SELECT 1");
        assert!(looks.is_due_before("ROLLBACK"));
        looks.take(&[]);
        assert!(!looks.is_due_before("COMMIT"));
        assert!(!looks.is_due_at_end());
        looks.is_due_before("SELECT 1");
        assert!(looks.is_due_at_end());
    }

    #[test]
    fn what_was_locked_at_the_look_before_is_not_the_next_roles_doing() {
        let row = |parts: [&str; 5]| {
            let some = |part: &str| (!part.is_empty()).then(|| part.to_owned());
            parts.map(some).to_vec()
        };
        let held = |oid| row(["held", oid, "AccessShareLock", "", oid]);
        let role = |answer| row(["role", "0", answer, "", ""]);
        let view = row(["pg_class", "7", "is read", "", "7"]);
        let mut looks = Looks::default();
        looks.is_due_before("SELECT 1");
        looks.is_due_before("SET ROLE app");
        let (touches, further) = looks.take(&[held("7"), role("on"), view.clone()]);
        assert_eq!((touches.len(), further), (1, None));
        looks.is_due_before("SELECT 2");
        looks.is_due_before("RESET ROLE");
        let (touches, further) = looks.take(&[held("7"), role("off"), view.clone()]);
        assert_eq!((touches.len(), further), (0, None));
        looks.is_due_before("SELECT 3");
        looks.is_due_before("SET ROLE app");
        let (_, further) = looks.take(&[held("7"), held("8"), role("off")]);
        assert_eq!(further, Some(PRIVILEGES));
        let allowed = |oid| row(["pg_class", oid, "allows SELECT to app", "", oid]);
        assert_eq!(looks.take_further(&[allowed("7"), allowed("8")]).len(), 1);
        // Another transaction begins anew.
        looks.is_due_before("SELECT 4");
        looks.is_due_before("ROLLBACK");
        looks.take(&[held("7"), role("on")]);
        looks.is_due_before("SELECT 5");
        let (touches, _) = looks.take(&[held("7"), role("on"), view]);
        assert_eq!(touches.len(), 1);
    }

    #[test]
    fn a_counter_tells_when_it_has_gone_on() {
        let mut looks = Looks::default();
        let row = |count: Option<&str>, behaviour: &str| {
            let parts = [Some("pg_class"), Some("7"), Some(behaviour), count, None];
            parts.map(|it| it.map(str::to_owned)).to_vec()
        };
        let mut told = |count, behaviour| looks.take(&[row(count, behaviour)]).0.len();
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
