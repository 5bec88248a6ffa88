//! What a statement calls: names before parentheses, and calls whose arguments are all literals, as far as they can be
//! read from its text alone. Comments are passed over; texts inside the statement (the body of a function, of `DO`,
//! a query given as a string) are read like statements of their own.

use std::collections::BTreeSet;

use super::token::{Kind, Tokens, unquoted};

/// How deep texts inside texts are read.
const DEPTH: usize = 4;

/// See the module's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    /// The names that stand before an opening parenthesis, folded to lower case, without their schemas.
    pub names: BTreeSet<String>,
    /// The calls in the statement itself whose arguments are all literals.
    pub literal: Vec<Call>,
    /// The same, in texts inside the statement.
    pub inner: Vec<Call>,
    /// The string literals of the statement itself.
    pub strings: Vec<String>,
}

/// A call of a function with literals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The function's name, folded to lower case, without its schema.
    pub function: String,
    /// The values of its arguments.
    pub arguments: Vec<String>,
}

/// Reads what a statement calls. Total: of a text that is no SQL it makes what it can.
pub fn calls(statement: &str) -> Calls {
    let mut calls = Calls::default();
    let tokens = tokens(statement);
    calls.literal = literal_calls(&tokens);
    read(&tokens, &mut calls, 0);
    calls.strings = tokens.into_iter().filter_map(Token::into_text).collect();
    calls
}

fn read(these: &[Token], calls: &mut Calls, depth: usize) {
    if depth > 0 {
        calls.inner.extend(literal_calls(these));
    }
    for (index, token) in these.iter().enumerate() {
        match token {
            Token::Word(word) if these.get(index + 1) == Some(&Token::Sign('(')) => {
                calls.names.insert(word.to_lowercase());
            }
            // No call fits into less.
            Token::Text(text) if depth < DEPTH && text.contains('(') => {
                let inside = tokens(text);
                if inside.iter().any(makes_a_statement) {
                    read(&inside, calls, depth + 1);
                }
            }
            _ => {}
        }
    }
}

/// Whether a text with this word may be a statement that calls something; plain words such as `finish() comes last`
/// call nothing.
fn makes_a_statement(token: &Token) -> bool {
    const WORDS: [&str; 6] = ["select", "perform", "call", "values", "execute", "return"];
    matches!(token, Token::Word(word) if WORDS.iter().any(|verb| word.eq_ignore_ascii_case(verb)))
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A name or a keyword.
    Word(String),
    /// The value of a string literal.
    Text(String),
    /// Anything else, a character at a time.
    Sign(char),
}

impl Token {
    fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Word(_) | Self::Sign(_) => None,
        }
    }
}

fn literal_calls(tokens: &[Token]) -> Vec<Call> {
    let mut calls = Vec::new();
    for (index, pair) in tokens.windows(2).enumerate() {
        let [Token::Word(function), Token::Sign('(')] = pair else {
            continue;
        };
        if let Some(arguments) = literals(&tokens[index + 2..]) {
            calls.push(Call {
                function: function.to_lowercase(),
                arguments,
            });
        }
    }
    calls
}

/// The literals up to the closing parenthesis, each with a cast or without.
fn literals(mut rest: &[Token]) -> Option<Vec<String>> {
    let mut values = Vec::new();
    loop {
        let [Token::Text(value), after @ ..] = rest else {
            return None;
        };
        values.push(value.clone());
        rest = after;
        while let [
            Token::Sign(':'),
            Token::Sign(':'),
            Token::Word(_),
            after @ ..,
        ] = rest
        {
            rest = after;
        }
        match rest {
            [Token::Sign(','), after @ ..] => rest = after,
            [Token::Sign(')'), ..] => return Some(values),
            _ => return None,
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let token = |kind| match kind {
        Kind::Word(word) => Token::Word(word.to_owned()),
        Kind::Quoted(name) => Token::Word(unquoted(name, '"', false)),
        Kind::Text(text, escapes) => Token::Text(unquoted(text, '\'', escapes)),
        Kind::Dollar(text) => Token::Text(text.to_owned()),
        Kind::Sign(sign) => Token::Sign(sign),
    };
    Tokens::of(text).map(|found| token(found.kind)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(statement: &str) -> Vec<String> {
        calls(statement).names.into_iter().collect()
    }

    fn literal(statement: &str) -> Vec<(String, Vec<String>)> {
        let calls = calls(statement).literal.into_iter();
        calls.map(|call| (call.function, call.arguments)).collect()
    }

    #[test]
    fn names_before_parentheses_are_called() {
        assert_eq!(
            names("SELECT * FROM tap.finish ( true )"),
            ["finish"],
            "with its schema, and a blank"
        );
        assert_eq!(names("SELECT \"Done\"(), a.b(1)"), ["b", "done"]);
        assert_eq!(names("SELECT is(state, 'finish')"), ["is"]);
        assert_eq!(
            names("DO $$ BEGIN PERFORM finish(); END $$"),
            ["finish"],
            "in a body"
        );
        assert_eq!(
            names("EXECUTE 'SELECT * FROM runtests(''s'')'"),
            ["runtests"]
        );
        assert_eq!(names("SELECT pass('finish() comes last')"), ["pass"]);
    }

    #[test]
    fn comments_call_nothing() {
        for statement in [
            "SELECT 1 -- finish()",
            "SELECT 1 /* a /* finish() */ finish() */",
            "DO $$ BEGIN -- finish()\n NULL; END $$",
        ] {
            assert!(names(statement).is_empty(), "{statement}");
        }
    }

    #[test]
    fn calls_with_literals_alone_are_read_whole() {
        let one = |function: &str, arguments: &[&str]| {
            let arguments = arguments.iter().map(ToString::to_string).collect();
            vec![(function.to_owned(), arguments)]
        };
        assert_eq!(
            literal("SELECT Has_Table('a', E'b\\'c')"),
            one("has_table", &["a", "b'c"])
        );
        assert_eq!(
            literal("SELECT t.f('it''s'::name, $x$b$x$ :: text)"),
            one("f", &["it's", "b"])
        );
        assert_eq!(literal("SELECT f('a', b), f('a' || 'b'), f('a'"), []);
    }

    #[test]
    fn calls_in_bodies_stand_apart() {
        let calls = calls("CREATE FUNCTION f() RETURNS text AS $$ SELECT g('a', 'b') $$");
        assert!(calls.literal.is_empty());
        assert_eq!(calls.inner.len(), 1);
        assert_eq!(calls.inner[0].function, "g");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>()) {
            calls(&text);
        }

        #[test]
        fn any_text_of_quotes_and_comments_is_read(text in "['\"$a(/*\\-\n,:\\\\]{0,40}") {
            calls(&text);
        }
    }
}
