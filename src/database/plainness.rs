//! Which statements are plain: in a transaction that is rolled back they do what they would do by themselves, and leave nothing. What
//! is not known to be so is not plain.

use std::sync::LazyLock;

use regex::Regex;

use crate::migration::Transaction;
use crate::script::{Control, Location, Token, TokenKind, Tokens};
use crate::session::{Booking, Ledger, TransactionStatus};

/// What plain statements begin with.
const PLAIN: [&str; 18] = [
    "alter", "analyze", "comment", "create", "delete", "do", "drop", "grant", "insert", "merge",
    "refresh", "revoke", "security", "select", "set", "truncate", "update", "with",
];

/// Words of what is not rolled back, of what only this session sees, of what another one does, and of what depends on which transaction
/// it is; in strings and comments too.
static NOT_PLAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        \b(temp|temporary|pg_temp\w*|on\s+commit)\b
        | \b(pg_(try_)?advisory\w* | dblink\w* | pg_(terminate|cancel)_backend | pg_backend_pid | pg_stat\w* | pg_sleep\w*)
        | \b(set_config | setval | lastval | currval | txid\w* | pg_current_xact\w* | pg_\w*snapshot\w* | xmin | xmax | ctid)\b
        | \b(session\s+authorization | program | cursor | refcursor)\b
        | \b(alter|create|drop)\s+(database|foreign|server|subscription|system|tablespace)\b
        | \b(lo_\w+ | pg_(read|write|ls)_\w+ | pg_file\w* | pg_logical\w*)\b
        | \bset\s+(local\s+|session\s+)?(role|transaction|constraints)\b | \breset\b
        | \blanguage\s+'?\w*(u|c)\b
        ",
    )
    .ok()
});

/// Whether the statements of a script are plain, one after the other. `BEGIN` and `COMMIT` around all of it are passed over.
#[derive(Debug)]
pub(super) struct Plainness {
    /// Whether the script has a transaction around it that it does not begin itself.
    is_whole: bool,
    bracket: Bracket,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// Nothing has come.
    Before,
    /// It began with `BEGIN`.
    Open,
    /// It did not.
    Without,
    /// `COMMIT` came.
    Closed,
}

impl Plainness {
    /// Of a script that would run so.
    pub(super) fn of(transaction: Transaction) -> Self {
        Self {
            is_whole: transaction != Transaction::Apart,
            bracket: Bracket::Before,
        }
    }

    /// Whether it ends inside a transaction that it began.
    pub(super) fn is_open(&self) -> bool {
        self.bracket == Bracket::Open
    }
}

impl Ledger for Plainness {
    fn book(&mut self, text: &str, _: &Location, status: TransactionStatus) -> Booking {
        let tokens: Vec<Token<'_>> = Tokens::of(text)
            .filter(|token| token.kind != TokenKind::Sign(';'))
            .collect();
        let is_bare = |words: &[&str]| {
            tokens.len() == words.len() && words.iter().zip(&tokens).all(|(it, token)| token.is(it))
        };
        match (self.bracket, Control::of(text)) {
            // It has connected anew.
            _ if status != TransactionStatus::Open => {}
            (Bracket::Before, Control::Begins)
                if !self.is_whole
                    && (is_bare(&["begin"]) || is_bare(&["start", "transaction"])) =>
            {
                self.bracket = Bracket::Open;
                return Booking::Skip;
            }
            (Bracket::Open, Control::Commits) if is_bare(&["commit"]) || is_bare(&["end"]) => {
                self.bracket = Bracket::Closed;
                return Booking::Skip;
            }
            (Bracket::Before | Bracket::Open | Bracket::Without, Control::None)
                if is_plain(
                    text,
                    &tokens,
                    self.is_whole || self.bracket == Bracket::Open,
                ) =>
            {
                if self.bracket == Bracket::Before {
                    self.bracket = Bracket::Without;
                }
                return Booking::BARE;
            }
            _ => {}
        }
        Booking::Refuse("it may do something else in a transaction that is rolled back".to_owned())
    }

    fn closed(&mut self) {}
}

/// Whether one statement is plain, which stands in a transaction of its script's or by itself.
fn is_plain(text: &str, tokens: &[Token<'_>], is_in_transaction: bool) -> bool {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is(word));
    let begins = PLAIN.iter().any(|word| is(0, word));
    // Alone, it would be forgotten at once.
    let is_lost = is(0, "set") && is(1, "local") && !is_in_transaction;
    let has_words = NOT_PLAIN
        .as_ref()
        .is_none_or(|pattern| pattern.is_match(text));
    begins && !is_lost && !has_words && !is_joined(text)
}

/// Whether several statements are sent together.
fn is_joined(text: &str) -> bool {
    let is_end = |token: &Token<'_>| token.kind == TokenKind::Sign(';');
    let tokens: Vec<Token<'_>> = Tokens::of(text).collect();
    let behind_last = tokens.iter().rev().skip_while(|token| is_end(token));
    behind_last.into_iter().any(is_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many statements of a script are taken; all are plain where that is all of them.
    fn taken(transaction: Transaction, statements: &[&str]) -> usize {
        let mut plainness = Plainness::of(transaction);
        let location = Location::new("t.sql", 1, 1);
        let mut all = statements.iter();
        let refused = all.position(|text| {
            let booking = plainness.book(text, &location, TransactionStatus::Open);
            matches!(booking, Booking::Refuse(_))
        });
        refused.unwrap_or(statements.len())
    }

    #[test]
    fn what_a_transaction_does_not_change_is_plain() {
        for statements in [
            &["ALTER TABLE t ADD COLUMN a int", "UPDATE t SET a = 1"][..],
            &["BEGIN;", "CREATE INDEX ON t (a);", "COMMIT;"],
            &["CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN; RETURN 1; END $$"],
            &["DO $$ BEGIN PERFORM 1; END $$;", "SET search_path = app"],
            &["DROP TABLE t; ", "INSERT INTO t VALUES (';')"],
            &["ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u -- of the database's other system"],
        ] {
            assert_eq!(
                taken(Transaction::Apart, statements),
                statements.len(),
                "{statements:?}"
            );
        }
    }

    #[test]
    fn what_one_may_change_is_not() {
        for statement in [
            "CREATE TABLE a (); COMMIT",
            "CREATE TABLE a (); CREATE TABLE b ()",
            "CREATE TEMP TABLE a ()",
            "PREPARE p AS SELECT 1",
            "DECLARE c CURSOR FOR SELECT 1",
            "LOCK TABLE t",
            "SAVEPOINT s",
            "SELECT pg_advisory_lock(42)",
            "SELECT dblink_exec('', '')",
            "RESET SESSION AUTHORIZATION",
            "SET ROLE app",
            "SET LOCAL search_path = app",
            "SELECT pg_terminate_backend(1)",
            "ALTER DATABASE d SET timezone = 'UTC'",
            "VACUUM t",
            "CALL p()",
            "COPY t TO PROGRAM 'cat'",
            "COMMIT",
            "ROLLBACK",
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
        ] {
            assert_eq!(taken(Transaction::Apart, &[statement]), 0, "{statement}");
        }
        assert_eq!(taken(Transaction::Whole, &["BEGIN"]), 0);
        assert_eq!(
            taken(Transaction::Whole, &["SET LOCAL search_path = app"]),
            1
        );
        let twice = ["BEGIN", "DROP TABLE t", "COMMIT", "DROP TABLE u"];
        assert_eq!(taken(Transaction::Apart, &twice), 3);
        let late = ["DROP TABLE t", "BEGIN", "DROP TABLE u", "COMMIT"];
        assert_eq!(taken(Transaction::Apart, &late), 1);
    }
}
