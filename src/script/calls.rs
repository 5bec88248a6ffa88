//! What a statement calls: names before parentheses, and calls whose arguments are all literals, as far as they can be
//! read from its text alone. Comments are passed over; texts inside the statement (the body of a function, of `DO`,
//! a query given as a string) are read like statements of their own.

use std::collections::BTreeSet;

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
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        if first.is_whitespace() {
            rest = after;
        } else if rest.starts_with("--") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        } else if rest.starts_with("/*") {
            rest = behind_comment(rest);
        } else if first == '\'' {
            let (value, after) = quoted(after, '\'', false);
            tokens.push(Token::Text(value));
            rest = after;
        } else if matches!(first, 'e' | 'E') && after.starts_with('\'') {
            let (value, after) = quoted(&after[1..], '\'', true);
            tokens.push(Token::Text(value));
            rest = after;
        } else if first == '"' {
            let (value, after) = quoted(after, '"', false);
            tokens.push(Token::Word(value));
            rest = after;
        } else if let Some((value, after)) = dollar_quoted(rest) {
            tokens.push(Token::Text(value.to_owned()));
            rest = after;
        } else if is_word(first) && !first.is_ascii_digit() {
            let end = rest
                .find(|c: char| !is_word(c) && c != '$')
                .unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else {
            tokens.push(Token::Sign(first));
            rest = after;
        }
    }
    tokens
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || !character.is_ascii()
}

/// What follows a comment, in which others may stand.
fn behind_comment(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut rest = text;
    loop {
        if let Some(after) = rest.strip_prefix("/*") {
            depth += 1;
            rest = after;
        } else if let Some(after) = rest.strip_prefix("*/") {
            depth -= 1;
            rest = after;
            if depth == 0 {
                return rest;
            }
        } else {
            let mut characters = rest.chars();
            if characters.next().is_none() {
                return rest;
            }
            rest = characters.as_str();
        }
    }
}

/// The value of a quoted text whose opening quote was read, and what follows it.
fn quoted(text: &str, quote: char, escapes: bool) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == quote {
            let Some(after) = characters.as_str().strip_prefix(quote) else {
                return (value, characters.as_str());
            };
            characters = after.chars();
            value.push(quote);
        } else if escapes && character == '\\' {
            match characters.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(other) => value.push(other),
                None => {}
            }
        } else {
            value.push(character);
        }
    }
    (value, "")
}

/// The value of `$tag$…$tag$`, and what follows it.
fn dollar_quoted(text: &str) -> Option<(&str, &str)> {
    let tag_end = text.strip_prefix('$')?.find('$')? + 1;
    let tag = &text[1..tag_end];
    if tag.starts_with(|c: char| c.is_ascii_digit()) || !tag.chars().all(is_word) {
        return None;
    }
    let delimiter = &text[..=tag_end];
    let body = &text[delimiter.len()..];
    let end = body.find(delimiter)?;
    Some((&body[..end], &body[end + delimiter.len()..]))
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
