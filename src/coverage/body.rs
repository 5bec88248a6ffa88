//! The body of a function of pgTAP, and how it is made to tell.
//!
//! The text is changed in place, on the lines that are there: names, numbers of lines, calls from one function to
//! another, and what `search_path` means all stay as they are, and no frame is added to the CONTEXT of errors.

use super::insertions::Insertions;
use crate::plpgsql::{Handler, parse};
use crate::script::{Token, TokenKind, Tokens};

/// Why a body cannot be made to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownBody {
    /// It is no single `SELECT` of one expression.
    #[error("its body is more than one SELECT of one expression")]
    NotOneExpression,
    /// It returns something else than an expression, or nothing.
    #[error("its body returns something else than an expression")]
    ReturnsNoExpression,
    /// It catches nothing, or not everything.
    #[error("its body has no handler WHEN OTHERS")]
    NoHandler,
}

/// In what language a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// SQL.
    Sql,
    /// PL/pgSQL.
    PlPgSql,
}

/// A call around an expression: what stands before it and what behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Around {
    pub(super) before: String,
    pub(super) behind: String,
}

/// Puts a call around what a function returns. None where it only returns what another overload of itself does: that
/// one tells.
///
/// # Errors
/// When the body is of a form that this does not know.
pub(super) fn wrap_result(
    function: &str,
    language: Language,
    body: &str,
    around: &Around,
) -> Result<Option<String>, UnknownBody> {
    let tokens: Vec<Token<'_>> = Tokens::of(body).collect();
    let results = match language {
        Language::Sql => vec![selected(&tokens)?],
        Language::PlPgSql => returned(&tokens)?,
    };
    let mut wrapped = String::with_capacity(body.len() + 256);
    let mut copied = 0;
    for result in &results {
        let result = &tokens[result.clone()];
        if is_call_of(function, result) {
            continue;
        }
        let [Some(first), Some(last)] = [result.first(), result.last()] else {
            return Err(UnknownBody::ReturnsNoExpression);
        };
        wrapped.push_str(&body[copied..first.start]);
        wrapped.push_str(&around.before);
        wrapped.push_str(&body[first.start..last.end]);
        wrapped.push_str(&around.behind);
        copied = last.end;
    }
    wrapped.push_str(&body[copied..]);
    Ok((copied > 0).then_some(wrapped))
}

/// Lets every handler `WHEN OTHERS` of a PL/pgSQL body tell what it caught before it goes on.
///
/// # Errors
/// When there is none.
pub(super) fn tell_caught(body: &str) -> Result<String, UnknownBody> {
    let read = parse(body).map_err(|_| UnknownBody::NoHandler)?;
    let mut insertions = Insertions::default();
    let catches_all = |handler: &&&Handler| {
        Tokens::of(&body[handler.when..handler.then]).any(|it| it.is("others"))
    };
    let handlers = read.handlers();
    for handler in handlers.iter().filter(catches_all) {
        insertions.put(handler.then, telling_of_caught("caught"));
    }
    if insertions.is_empty() {
        return Err(UnknownBody::NoHandler);
    }
    Ok(insertions.into(body))
}

/// What a handler tells of what it caught.
const CAUGHT: [&str; 7] = [
    "returned_sqlstate",
    "message_text",
    "schema_name",
    "table_name",
    "column_name",
    "pg_datatype_name",
    "constraint_name",
];

/// How many variables [`telling_of_caught`] declares.
pub(super) const CAUGHT_VARIABLES: usize = CAUGHT.len();

/// What lets a handler tell what it caught, by this probe.
pub(super) fn telling_of_caught(probe: &str) -> String {
    let numbers = 1..=CAUGHT_VARIABLES;
    let variables: Vec<String> = numbers.map(|at| format!("pg_assay_caught_{at}")).collect();
    let declared: String = variables.iter().map(|it| format!("{it} text; ")).collect();
    let items = CAUGHT.iter().zip(&variables);
    let items: Vec<String> = items.map(|(item, it)| format!("{it} = {item}")).collect();
    // An assignment, since PERFORM would set FOUND.
    format!(
        " declare {declared}begin get stacked diagnostics {}; pg_assay_caught_1 := pg_assay.{probe}({}); end;",
        items.join(", "),
        variables.join(", "),
    )
}

/// The tokens of the expression that a SQL body selects.
fn selected(tokens: &[Token<'_>]) -> Result<std::ops::Range<usize>, UnknownBody> {
    let is_select = tokens.first().is_some_and(|it| it.is("select"));
    let has_end = tokens.last().is_some_and(|it| role(it) == Role::Semicolon);
    let range = 1..tokens.len() - usize::from(has_end);
    if is_select && is_expression(tokens.get(range.clone()).unwrap_or_default()) {
        Ok(range)
    } else {
        Err(UnknownBody::NotOneExpression)
    }
}

/// The tokens of each expression that a PL/pgSQL body returns.
fn returned(tokens: &[Token<'_>]) -> Result<Vec<std::ops::Range<usize>>, UnknownBody> {
    let mut returned = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if !token.is("return") {
            continue;
        }
        let begin = at + 1;
        let length = tokens[begin..]
            .iter()
            .position(|it| role(it) == Role::Semicolon);
        let end = begin + length.ok_or(UnknownBody::ReturnsNoExpression)?;
        let expression = &tokens[begin..end];
        let is_set = |it: &Token<'_>| it.is("next") || it.is("query");
        if expression.first().is_some_and(is_set) || !is_expression(expression) {
            return Err(UnknownBody::ReturnsNoExpression);
        }
        returned.push(begin..end);
    }
    if returned.is_empty() {
        return Err(UnknownBody::ReturnsNoExpression);
    }
    Ok(returned)
}

/// Whether tokens can stand as an argument: outside of parentheses, no comma, no word of a query, and no name for it.
pub(super) fn is_expression(tokens: &[Token<'_>]) -> bool {
    const OF_QUERIES: [&str; 15] = [
        "as",
        "distinct",
        "except",
        "fetch",
        "from",
        "group",
        "having",
        "intersect",
        "into",
        "limit",
        "order",
        "select",
        "union",
        "where",
        "window",
    ];
    let mut depth = 0_usize;
    for token in tokens {
        match role(token) {
            Role::Open => depth += 1,
            Role::Close | Role::Comma if depth == 0 => return false,
            Role::Close => depth -= 1,
            Role::Other if depth == 0 && OF_QUERIES.iter().any(|word| token.is(word)) => {
                return false;
            }
            Role::Semicolon => return false,
            Role::Comma | Role::Other => {}
        }
    }
    depth == 0 && !tokens.is_empty()
}

/// Whether an expression is nothing but a call of the function.
fn is_call_of(function: &str, tokens: &[Token<'_>]) -> bool {
    let [name, open, inside @ .., close] = tokens else {
        return false;
    };
    if !name.is(function) || role(open) != Role::Open || role(close) != Role::Close {
        return false;
    }
    let mut depth = 0_i32;
    inside.iter().all(|token| {
        depth += match role(token) {
            Role::Open => 1,
            Role::Close => -1,
            _ => 0,
        };
        depth >= 0
    })
}

/// What a token is around expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Open,
    Close,
    Comma,
    Semicolon,
    /// Words, literals, operators, numbers, parameters.
    Other,
}

fn role(token: &Token<'_>) -> Role {
    match token.kind {
        TokenKind::Sign('(' | '[') => Role::Open,
        TokenKind::Sign(')' | ']') => Role::Close,
        TokenKind::Sign(',') => Role::Comma,
        TokenKind::Sign(';') => Role::Semicolon,
        _ => Role::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrap(language: Language, body: &str) -> Result<Option<String>, UnknownBody> {
        let around = Around {
            before: "told(".into(),
            behind: ", $1)".into(),
        };
        wrap_result("has_it", language, body, &around)
    }

    fn sql(body: &str) -> Option<String> {
        wrap(Language::Sql, body).unwrap()
    }

    fn plpgsql(body: &str) -> Option<String> {
        wrap(Language::PlPgSql, body).unwrap()
    }

    #[test]
    fn the_call_goes_around_what_is_selected() {
        assert_eq!(
            sql("\n    SELECT ok( $1, ';' ); \n").as_deref(),
            Some("\n    SELECT told(ok( $1, ';' ), $1); \n")
        );
        assert_eq!(
            sql("select CASE WHEN $1 -- so; (\n THEN ok(1) ELSE has_it(2) END -- end").as_deref(),
            Some("select told(CASE WHEN $1 -- so; (\n THEN ok(1) ELSE has_it(2) END, $1) -- end")
        );
        assert_eq!(
            sql("SELECT is( ARRAY( SELECT a, b FROM c ), $1, E'\\'(' )").as_deref(),
            Some("SELECT told(is( ARRAY( SELECT a, b FROM c ), $1, E'\\'(' ), $1)")
        );
    }

    #[test]
    fn the_call_goes_around_everything_that_is_returned_on_its_line() {
        let body = "BEGIN\n IF $1 THEN RETURN ok(1); END IF;\n return ok(2) || E'\\n'\n || diag(\n '; return 1;'\n);\nEND";
        let wrapped = plpgsql(body).unwrap();
        assert_eq!(
            wrapped,
            "BEGIN\n IF $1 THEN RETURN told(ok(1), $1); END IF;\n return told(ok(2) || E'\\n'\n || diag(\n '; return 1;'\n), $1);\nEND"
        );
    }

    #[test]
    fn an_overload_that_only_calls_another_is_left() {
        assert_eq!(sql("SELECT has_it ( $1, 'with (' || $2 );"), None);
        let body = "BEGIN IF $1 THEN RETURN ok(1); ELSE RETURN has_it(2); END IF; END";
        assert_eq!(
            plpgsql(body).as_deref(),
            Some("BEGIN IF $1 THEN RETURN told(ok(1), $1); ELSE RETURN has_it(2); END IF; END")
        );
        assert_ne!(sql("SELECT has_it(1) || has_it(2)"), None);
    }

    #[test]
    fn bodies_of_other_forms_are_refused() {
        use UnknownBody::{NotOneExpression, ReturnsNoExpression};
        for body in [
            "",
            "VALUES (1)",
            "SELECT 1, 2",
            "SELECT * FROM f()",
            "SELECT 1; SELECT 2;",
            "SELECT f(1",
        ] {
            assert_eq!(wrap(Language::Sql, body), Err(NotOneExpression), "{body}");
        }
        for body in [
            "BEGIN END",
            "BEGIN RETURN; END",
            "BEGIN RETURN NEXT 1; END",
            "BEGIN RETURN f(1) FROM t; END",
            "BEGIN RETURN 1",
        ] {
            let refused = wrap(Language::PlPgSql, body);
            assert_eq!(refused, Err(ReturnsNoExpression), "{body}");
        }
        assert_eq!(
            tell_caught("BEGIN EXCEPTION WHEN no_data THEN NULL; END"),
            Err(UnknownBody::NoHandler)
        );
    }

    #[test]
    fn handlers_tell_first_and_keep_their_lines() {
        let body = "BEGIN\n EXECUTE $1;\nEXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN\n RETURN 'others then';\nEND";
        let told = tell_caught(body).unwrap();
        assert_eq!(told.lines().count(), body.lines().count());
        let (before, behind) = told.split_once(" declare ").unwrap();
        assert!(before.ends_with("ASSERT_FAILURE THEN"));
        assert!(behind.contains(
            "pg_assay_caught_7 = constraint_name; pg_assay_caught_1 := pg_assay.caught("
        ));
        assert!(behind.ends_with("\n RETURN 'others then';\nEND"));
    }

    proptest! {
        #[test]
        fn any_body_is_read(body in any::<String>()) {
            let _ = wrap(Language::Sql, &body);
            let _ = wrap(Language::PlPgSql, &body);
            let _ = tell_caught(&body);
        }

        #[test]
        fn what_is_put_in_is_all_that_changes(
            body in "SELECT [a-z_ ('\"$;,)/*\n\\[\\]E0-9é-]{0,60}",
        ) {
            for language in [Language::Sql, Language::PlPgSql] {
                if let Ok(Some(wrapped)) = wrap(language, &body) {
                    prop_assert_eq!(wrapped.replacen("told(", "", 1).replacen(", $1)", "", 1).len(), body.len());
                    let lines = |text: &str| text.matches('\n').count();
                    prop_assert_eq!(lines(&wrapped), lines(&body));
                }
            }
        }
    }
}
