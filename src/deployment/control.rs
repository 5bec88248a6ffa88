//! What a statement does to transactions and to the session, by its words.

use crate::script::{Token, TokenKind, Tokens};
use crate::session::is_outside_transactions;

/// What a statement of a script, or several that `\;` joins, does to transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    /// Nothing.
    None,
    /// It begins one.
    Begins,
    /// It ends one so that its work is kept.
    Commits,
    /// It ends one so that its work is undone.
    RollsBack,
    /// It leaves one to others (`PREPARE TRANSACTION`).
    Prepares,
    /// It is one of several statements that are sent together.
    Joined,
}

impl Control {
    /// Of the text of a statement.
    pub(super) fn of(text: &str) -> Self {
        let tokens: Vec<Token<'_>> = Tokens::of(text).collect();
        let mut statements = tokens.split(|token| token.kind == TokenKind::Sign(';'));
        let first = statements.next().unwrap_or_default();
        let control = Self::of_one(first);
        // The statements in a body stand between semicolons too.
        let is_body = first.first().is_some_and(|token| token.is("create"));
        let rest: Vec<_> = statements.filter(|it| !it.is_empty()).collect();
        if is_body || rest.is_empty() {
            control
        } else if control != Self::None || rest.iter().any(|it| Self::of_one(it) != Self::None) {
            Self::Joined
        } else {
            Self::None
        }
    }

    fn of_one(statement: &[Token<'_>]) -> Self {
        let is = |at: usize, word: &str| statement.get(at).is_some_and(|token| token.is(word));
        let has = |word: &str| statement.iter().any(|token| token.is(word));
        if is(0, "begin") || is(0, "start") && is(1, "transaction") {
            Self::Begins
        } else if (is(0, "commit") || is(0, "end")) && !is(1, "prepared") {
            Self::Commits
        } else if is(0, "abort") || is(0, "rollback") && !has("to") && !is(1, "prepared") {
            Self::RollsBack
        } else if is(0, "prepare") && is(1, "transaction") {
            Self::Prepares
        } else {
            Self::None
        }
    }
}

/// Whether it only changes the session.
pub(super) fn sets_the_session(text: &str) -> bool {
    let words: Vec<Token<'_>> = Tokens::of(text).take(2).collect();
    match &words[..] {
        [first, second] if first.is("set") => !["local", "constraints", "transaction"]
            .iter()
            .any(|word| second.is(word)),
        [first, ..] => first.is("reset"),
        [] => false,
    }
}

/// Whether it works on an index without locking its table.
pub(super) fn is_concurrent(text: &str) -> bool {
    Tokens::of(text).any(|token| token.is("concurrently"))
}

/// Whether no transaction block takes a statement, whatever it is about.
pub(super) fn needs_no_block(text: &str) -> bool {
    let is_made = Tokens::of(text).next().is_some_and(|first| {
        ["create", "drop", "alter", "reindex"]
            .iter()
            .any(|word| first.is(word))
    });
    is_outside_transactions(text) || is_made && is_concurrent(text)
}

/// Whether a statement cannot be put into a transaction block, or may end it by itself.
pub(super) fn stays_outside(text: &str) -> bool {
    if needs_no_block(text) {
        return true;
    }
    let tokens: Vec<Token<'_>> = Tokens::of(text).collect();
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.is(word));
    let has = |word: &str| tokens.iter().any(|token| token.is(word));
    let first = |words: &[&str]| words.iter().any(|word| is(0, word));
    if first(&["call", "commit", "rollback", "reindex", "cluster"]) {
        // `COMMIT PREPARED`; of a partitioned table, neither `REINDEX` nor `CLUSTER` can.
        true
    } else if is(0, "do") {
        ends_in_body(&tokens)
    } else if first(&["create", "alter", "drop"]) && is(1, "subscription") {
        true
    } else {
        is(0, "alter") && is(1, "database") && has("tablespace")
    }
}

/// Whether the body of a `DO` may end its transaction.
fn ends_in_body(tokens: &[Token<'_>]) -> bool {
    let bodies = tokens.iter().filter_map(|token| match token.kind {
        TokenKind::Text(body, _) | TokenKind::Dollar(body) => Some(body),
        _ => None,
    });
    let ends = |token: Token<'_>| {
        ["commit", "rollback", "call"]
            .iter()
            .any(|word| token.is(word))
    };
    bodies.into_iter().any(|body| Tokens::of(body).any(ends))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_transaction_is_seen_however_it_is_written() {
        for (text, control) in [
            ("/* a */ begin work", Control::Begins),
            ("START TRANSACTION READ ONLY;", Control::Begins),
            ("COMMIT AND CHAIN", Control::Commits),
            ("end", Control::Commits),
            ("ROLLBACK", Control::RollsBack),
            ("ROLLBACK TO SAVEPOINT s", Control::None),
            ("ABORT", Control::RollsBack),
            ("PREPARE TRANSACTION 'x'", Control::Prepares),
            ("PREPARE p AS SELECT 1", Control::None),
            ("COMMIT PREPARED 'x'", Control::None),
            ("SELECT 1; COMMIT; SELECT 2;", Control::Joined),
            ("SELECT 1; SELECT 2;", Control::None),
            ("BEGIN; SELECT 1", Control::Joined),
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END;",
                Control::None,
            ),
            ("SELECT 'COMMIT'", Control::None),
        ] {
            assert_eq!(Control::of(text), control, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_in_a_block_is_known() {
        for text in [
            "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)",
            "VACUUM t",
            "CALL p()",
            "DO $$ BEGIN COMMIT; END $$",
            "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
            "REINDEX (VERBOSE) TABLE CONCURRENTLY t",
            "REINDEX TABLE partitioned",
            "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
        ] {
            assert!(stays_outside(text), "{text}");
        }
        for text in [
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "DO $$ BEGIN /* recall: COMMIT would not do */ PERFORM 1; END $$",
            "ALTER TYPE e ADD VALUE 'x'",
            "CREATE TABLE concurrently_made ()",
        ] {
            assert!(!stays_outside(text), "{text}");
        }
    }

    #[test]
    fn settings_of_the_session_are_told_from_those_of_a_transaction() {
        for text in ["SET search_path = app", "RESET ALL", "set role r"] {
            assert!(sets_the_session(text), "{text}");
        }
        for text in [
            "SET LOCAL a = 1",
            "SET CONSTRAINTS ALL DEFERRED",
            "SELECT 1",
            "",
        ] {
            assert!(!sets_the_session(text), "{text}");
        }
    }
}
