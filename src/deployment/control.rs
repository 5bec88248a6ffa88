//! What a statement does to the session, and where it can stand, by its words.

use crate::script::{Token, TokenKind, Tokens};
use crate::session::is_outside_transactions;

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
