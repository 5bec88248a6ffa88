//! What a statement does to transactions, by its words.

use super::{Token, TokenKind, Tokens};

/// What a statement of a script, or several that `\;` joins, does to transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
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
    pub fn of(text: &str) -> Self {
        let tokens: Vec<Token<'_>> = Tokens::of(text).collect();
        let mut statements = tokens.split(|token| token.kind == TokenKind::Sign(';'));
        let first = statements.next().unwrap_or_default();
        let control = Self::of_one(first);
        let is_body = is_body(&tokens);
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

/// Whether the semicolons of a statement stand in the body of a function in SQL, or in the commands of a rule.
fn is_body(tokens: &[Token<'_>]) -> bool {
    let has = |words: [&str; 2]| {
        let mut pairs = tokens.windows(2);
        pairs.any(|pair| words.iter().zip(pair).all(|(word, token)| token.is(word)))
    };
    let is_made = tokens.first().is_some_and(|token| token.is("create"));
    is_made && (has(["begin", "atomic"]) || has(["create", "rule"]) || has(["replace", "rule"]))
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
            (
                "CREATE OR REPLACE RULE r AS ON INSERT TO t DO (INSERT INTO a VALUES (1); DELETE FROM b)",
                Control::None,
            ),
            ("CREATE TABLE t (); COMMIT", Control::Joined),
            ("SELECT 'COMMIT'", Control::None),
        ] {
            assert_eq!(Control::of(text), control, "{text}");
        }
    }
}
