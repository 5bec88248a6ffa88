//! The body of a function or procedure of the project, and how it is made to tell that it ran.
//!
//! The text is changed on the lines that are there, so that what errors say of lines stays as it is. Whether the server
//! takes the new text is for the server to say.

use super::body::handlers_told;
use super::hidden::{BEGIN, END};
use crate::script::{Token, TokenKind, Tokens};

/// A function or procedure, as the server has it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is independent of the others"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routine {
    /// Its row in `pg_proc`.
    pub oid: u32,
    /// The name of its language.
    pub language: String,
    /// Its text.
    pub body: String,
    /// The aggregate that it is part of, if it is one's alone.
    pub aggregate: Option<u32>,
    /// The type that comes back, as the server writes it; empty where none does.
    pub result: String,
    /// Whether rows come back.
    pub returns_set: bool,
    /// Whether it runs with its owner's rights.
    pub is_definer: bool,
    /// Whether it is not called where an argument is null.
    pub is_strict: bool,
    /// Whether its types are those of the call (`anyelement`).
    pub is_polymorphic: bool,
    /// Whether the server keeps it analysed (`BEGIN ATOMIC`, `RETURN`), so that the text does not count.
    pub is_analysed: bool,
}

/// Why a routine cannot be made to tell that it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnseenRoutine {
    /// It has no `BEGIN`.
    #[error("its body has no BEGIN")]
    NoBegin,
    /// It has no statement that a probe can be put into.
    #[error(
        "its statements cannot hold a probe: calls are counted, and seen at the end of a transaction"
    )]
    NoStatement,
    /// Its types are those of the call.
    #[error(
        "its types are those of the call, so that a probe cannot be tried: calls are counted, and seen at the end of a transaction"
    )]
    Polymorphic,
    /// A probe would keep it from being inlined.
    #[error(
        "it is STRICT, and would not be inlined with a probe: calls that are not inlined are counted, and seen at the end of a transaction"
    )]
    Strict,
    /// The server keeps it analysed.
    #[error(
        "the server keeps its body analysed: calls that are not inlined are counted, and seen at the end of a transaction"
    )]
    Analysed,
    /// Its language.
    #[error(
        "its language is not SQL or PL/pgSQL: calls are counted, and seen at the end of a transaction"
    )]
    Language,
}

impl Routine {
    /// Its body as it has to be so that it tells.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn telling_body(&self) -> Result<String, UnseenRoutine> {
        match self.language.as_str() {
            "plpgsql" => self.plpgsql(),
            "sql" if self.is_analysed => Err(UnseenRoutine::Analysed),
            "sql" if self.is_polymorphic => Err(UnseenRoutine::Polymorphic),
            "sql" => self.sql(),
            _ => Err(UnseenRoutine::Language),
        }
    }

    /// At the entrance, and in its handlers.
    fn plpgsql(&self) -> Result<String, UnseenRoutine> {
        let oid = self.oid;
        let condition = match self.result.as_str() {
            "trigger" => format!(
                "(pg_catalog.strpos(pg_catalog.current_setting('pg_assay.fired_{oid}', true), \
                 pg_catalog.concat(';', TG_RELID, TG_OP, \
                 pg_catalog.replace(pg_catalog.replace(TG_NAME, '!', '!!'), ';', '!.'), ';')) > 0) IS NOT TRUE \
                 AND pg_assay.fired({oid}, TG_RELID, TG_NAME, TG_OP)"
            ),
            "event_trigger" => format!("pg_assay.fired_on_event({oid}, TG_EVENT, TG_TAG)"),
            _ => {
                let caller = if self.is_definer {
                    "pg_catalog.current_setting('role')"
                } else {
                    "CURRENT_USER::pg_catalog.text"
                };
                format!(
                    "pg_catalog.current_setting('pg_assay.ran_{oid}', true) IS DISTINCT FROM {caller} \
                     AND pg_assay.ran({oid}, {caller}{})",
                    self.aggregate
                        .map(|it| format!(", {it}"))
                        .unwrap_or_default()
                )
            }
        };
        let body = handlers_told(&self.body);
        let tokens: Vec<Token<'_>> = Tokens::of(&body).collect();
        let at = first_begin(&tokens).ok_or(UnseenRoutine::NoBegin)?;
        // An IF, since PERFORM would set FOUND.
        let (before, behind) = body.split_at(at);
        Ok(format!("{before} IF {condition} THEN END IF;{behind}"))
    }

    /// In the first statement that can have it, so that the planner works the probe out, and the plan is as it was: what
    /// could be inlined still is, and statements keep their numbers.
    fn sql(&self) -> Result<String, UnseenRoutine> {
        let tokens: Vec<Token<'_>> = Tokens::of(&self.body).collect();
        let statements: Vec<&[Token<'_>]> = tokens
            .split(|it| it.kind == TokenKind::Sign(';'))
            .filter(|it| !it.is_empty())
            .collect();
        if let [[select, expression @ ..]] = statements.as_slice()
            && self.is_strict
            && !self.returns_set
            && select.is("select")
            && super::body::is_expression(expression)
            && !takes_nulls(expression)
        {
            return Err(UnseenRoutine::Strict);
        }
        let last = statements.len().saturating_sub(1);
        let result = self.result.as_str();
        let told = statements.iter().enumerate().find_map(|(at, statement)| {
            // What comes of the others is nobody's.
            let result = if at < last { "void" } else { result };
            self.telling_statement(statement, result)
        });
        told.ok_or(UnseenRoutine::NoStatement)
    }

    /// The body with the probe in this statement, which returns this; none where that is not possible.
    fn telling_statement(&self, statement: &[Token<'_>], result: &str) -> Option<String> {
        let (first, last) = (statement.first()?, statement.last()?);
        let body = &self.body;
        let aggregate = self.aggregate.map(|it| format!(", {it}"));
        let aggregate = aggregate.unwrap_or_default();
        let probe = format!("pg_assay.is_planned({}{aggregate})", self.oid);
        let is = |words: &[&str]| words.iter().any(|word| first.is(word));
        let around = |first: &Token<'_>, before: &str, behind: &str| {
            let (start, end) = (first.start, last.end);
            let (begin, inside) = (&body[..start], &body[start..end]);
            let rest = &body[end..];
            format!("{begin}{BEGIN}{before}{END}{inside}{BEGIN}{behind}{END}{rest}")
        };
        let is_void = matches!(result, "" | "void");
        // A cast needs a type with a name.
        let is_scalar =
            !self.returns_set && !is_void && result != "record" && !result.starts_with("any");
        let within = |expression: &[Token<'_>]| {
            let first = expression.first()?;
            let is_star = expression.last()?.kind == TokenKind::Sign('*');
            let is_one = is_scalar && !is_star && super::body::is_expression(expression);
            is_one.then(|| {
                let behind = format!(")::{result}) END");
                around(first, &format!("CASE WHEN {probe} THEN (("), &behind)
            })
        };
        if is(&["insert", "update", "delete"]) {
            let returning = statement.iter().rposition(|it| it.is("returning"));
            return match returning {
                Some(at) => within(&statement[at + 1..]),
                None if is_void => Some(around(first, "", &format!(" RETURNING {probe}"))),
                None => None,
            };
        }
        if !is(&["select", "with", "values", "table"]) {
            return None;
        }
        // What changes data has to stand outermost.
        let changes = |it: &Token<'_>| CHANGES.iter().any(|word| it.is(word));
        if first.is("with") && statement.iter().any(changes) {
            return None;
        }
        let expression = within(&statement[1..]).filter(|_| first.is("select"));
        expression.or_else(|| {
            let behind = format!(") AS pg_assay WHERE {probe}");
            Some(around(first, "SELECT * FROM (", &behind))
        })
    }
}

/// Whether an expression holds something that makes a value of nulls, so that it is not inlined for a STRICT function.
fn takes_nulls(expression: &[Token<'_>]) -> bool {
    const CALLS: [&str; 4] = ["coalesce", "greatest", "least", "nullif"];
    expression.iter().enumerate().any(|(at, token)| {
        let before = at.checked_sub(1).map(|at| &expression[at]);
        let is_name = before.is_some_and(|it| it.is("as") || it.kind == TokenKind::Sign('.'));
        let behind = expression.get(at + 1).map(|it| it.kind);
        let is_call = behind == Some(TokenKind::Sign('('));
        !is_name && (token.is("case") || is_call && CALLS.iter().any(|word| token.is(word)))
    })
}

/// What changes rows.
const CHANGES: [&str; 4] = ["insert", "update", "delete", "merge"];

/// Where the outermost block's `BEGIN` ends: behind what it declares.
fn first_begin(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut begins_statement = true;
    for token in tokens {
        match token.kind {
            TokenKind::Sign('(' | '[') => depth += 1,
            TokenKind::Sign(')' | ']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && begins_statement && token.is("begin") {
            return Some(token.end);
        }
        // Behind a label, an option of the compiler, what is declared.
        begins_statement = token.is("declare")
            || matches!(token.kind, TokenKind::Sign(';' | '>'))
            || begins_statement && matches!(token.kind, TokenKind::Sign('#' | '<'))
            || !matches!(token.kind, TokenKind::Sign(_)) && is_option(tokens, token);
    }
    None
}

/// Whether a word ends an option of the compiler: `#variable_conflict use_column`, `#option dump`.
fn is_option(tokens: &[Token<'_>], token: &Token<'_>) -> bool {
    let Some(at) = tokens.iter().position(|it| it.start == token.start) else {
        return false;
    };
    at >= 2 && tokens[at - 2].kind == TokenKind::Sign('#')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn routine(language: &str, result: &str, body: &str) -> Routine {
        Routine {
            oid: 7,
            language: language.into(),
            body: body.into(),
            aggregate: None,
            result: result.into(),
            returns_set: false,
            is_definer: false,
            is_strict: false,
            is_polymorphic: false,
            is_analysed: false,
        }
    }

    #[test]
    fn a_body_in_plpgsql_tells_behind_its_first_begin_on_the_same_line() {
        for (before, behind) in [
            ("BEGIN", " RETURN 1; END"),
            (
                "<<label>>\nDECLARE a int := (SELECT count(*)); \"begin\" text;\nbegin",
                "\n BEGIN NULL; END; END",
            ),
            ("#variable_conflict use_column\n-- begin\nBEGIN", " END"),
            ("declare begin", " end"),
            ("DECLARE c CURSOR FOR SELECT begin FROM t; BEGIN", " END"),
        ] {
            let told = routine("plpgsql", "integer", &format!("{before}{behind}"));
            let told = told.telling_body().unwrap();
            let (start, end) = told.split_once(" IF ").unwrap();
            assert_eq!(start, before);
            assert!(end.ends_with(&format!("THEN END IF;{behind}")), "{told}");
        }
        let none = routine("plpgsql", "integer", "RETURN 1");
        assert_eq!(none.telling_body(), Err(UnseenRoutine::NoBegin));
    }

    #[test]
    fn an_expression_in_sql_stays_one_and_a_query_becomes_part_of_one() {
        let told = |result: &str, body: &str| routine("sql", result, body).telling_body();
        assert_eq!(
            told("text", " SELECT $1 || 'x'; -- so\n").unwrap(),
            " SELECT /*pgassay<*/CASE WHEN pg_assay.is_planned(7) THEN ((/*>pgassay*/$1 || 'x'/*pgassay<*/)::text) END/*>pgassay*/; -- so\n"
        );
        assert_eq!(
            told("text", "select a from t where b").unwrap(),
            "/*pgassay<*/SELECT * FROM (/*>pgassay*/select a from t where b/*pgassay<*/) AS pg_assay WHERE pg_assay.is_planned(7)/*>pgassay*/"
        );
        assert!(told("void", "SELECT f()").unwrap().contains("FROM ("));
        assert_eq!(
            told("void", "INSERT INTO t VALUES (1);").unwrap(),
            "/*pgassay<*//*>pgassay*/INSERT INTO t VALUES (1)/*pgassay<*/ RETURNING pg_assay.is_planned(7)/*>pgassay*/;"
        );
        assert_eq!(
            told("integer", "UPDATE t SET a = 1 RETURNING a + 1").unwrap(),
            "UPDATE t SET a = 1 RETURNING /*pgassay<*/CASE WHEN pg_assay.is_planned(7) THEN ((/*>pgassay*/a + 1/*pgassay<*/)::integer) END/*>pgassay*/"
        );
        assert!(
            told("integer", "CALL p(); DELETE FROM t; SELECT 1")
                .unwrap()
                .contains("DELETE FROM t/*pgassay<*/ RETURNING")
        );
        let strict = |body: &str| {
            let mut routine = routine("sql", "integer", body);
            routine.is_strict = true;
            routine.telling_body()
        };
        assert_eq!(strict("SELECT $1 + 1"), Err(UnseenRoutine::Strict));
        assert_eq!(strict("SELECT s.coalesce($1)"), Err(UnseenRoutine::Strict));
        for body in [
            "SELECT coalesce($1, 1)",
            "SELECT a FROM t",
            "SELECT 1; SELECT 2",
        ] {
            assert!(strict(body).is_ok(), "{body}");
        }
        let adding = "WITH x AS (INSERT INTO t VALUES (1)) SELECT 1";
        assert_eq!(told("integer", adding), Err(UnseenRoutine::NoStatement));
        for body in ["", ";", "CALL p()", "INSERT INTO t VALUES (1) RETURNING *"] {
            assert_eq!(
                told("integer", body),
                Err(UnseenRoutine::NoStatement),
                "{body}"
            );
        }
        assert_eq!(
            routine("plpython3u", "integer", "return 1").telling_body(),
            Err(UnseenRoutine::Language)
        );
    }

    proptest! {
        #[test]
        fn any_body_is_read(body in any::<String>(), words in prop::collection::vec("BEGIN|DECLARE|EXCEPTION|WHEN|OTHERS|THEN|SELECT|[(;)<#]|\n", 0..12)) {
            for language in ["sql", "plpgsql"] {
                let _ = routine(language, "integer", &body).telling_body();
                let _ = routine(language, "integer", &words.join(" ")).telling_body();
            }
        }
    }
}
