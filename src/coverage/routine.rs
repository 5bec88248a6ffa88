//! The body of a function or procedure of the project, and how it is made to tell that it ran.
//!
//! The text is changed on the lines that are there, so that what errors say of lines stays as it is. Whether the server
//! takes the new text is for the server to say.

use super::body::handlers_told;
use super::hidden::{BEGIN, END};
use crate::script::{Token, TokenKind, Tokens};

/// A function or procedure, as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routine {
    /// Its row in `pg_proc`.
    pub oid: u32,
    /// The name of its language.
    pub language: String,
    /// Its text.
    pub body: String,
    /// The type that comes back, as the server writes it; empty where none does.
    pub result: String,
    /// Whether rows come back.
    pub returns_set: bool,
    /// Whether it runs with its owner's rights.
    pub is_definer: bool,
    /// Whether the server keeps it analysed (`BEGIN ATOMIC`, `RETURN`), so that the text does not count.
    pub is_analysed: bool,
}

/// Why a routine cannot be made to tell that it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnseenRoutine {
    /// It has no `BEGIN`.
    #[error("its body has no BEGIN")]
    NoBegin,
    /// It is one of several statements, or something else than a query.
    #[error("its body is not one SELECT: it is seen where it is not inlined")]
    NotOneSelect,
    /// The server keeps it analysed.
    #[error("its body is SQL that the server keeps analysed: it is seen where it is not inlined")]
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
                 pg_catalog.concat(TG_RELID, TG_OP, TG_NAME, ';')) > 0) IS NOT TRUE \
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
                     AND pg_assay.ran({oid}, {caller})"
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

    /// So that the planner works the probe out, and the plan is as it was: what could be inlined still is.
    fn sql(&self) -> Result<String, UnseenRoutine> {
        let body = &self.body;
        let tokens: Vec<Token<'_>> = Tokens::of(body).collect();
        let is_semicolon = |it: &Token<'_>| it.kind == TokenKind::Sign(';');
        let end = tokens.iter().rposition(|it| !is_semicolon(it));
        let tokens = &tokens[..end.map_or(0, |end| end + 1)];
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            return Err(UnseenRoutine::NotOneSelect);
        };
        let is_query = ["select", "with", "values", "table"]
            .iter()
            .any(|word| first.is(word));
        if !is_query || tokens.iter().any(is_semicolon) {
            return Err(UnseenRoutine::NotOneSelect);
        }
        let probe = format!("pg_assay.is_planned({})", self.oid);
        // A cast needs a type with a name.
        let is_scalar = !self.returns_set
            && !matches!(self.result.as_str(), "" | "void" | "record")
            && !self.result.starts_with("any");
        if is_scalar && first.is("select") && super::body::is_expression(&tokens[1..]) {
            let begin = first.end;
            return Ok(format!(
                "{}{BEGIN} CASE WHEN {probe} THEN (({END}{}{BEGIN})::{}) END{END}{}",
                &body[..begin],
                &body[begin..last.end],
                self.result,
                &body[last.end..],
            ));
        }
        Ok(format!(
            "{}{BEGIN}SELECT * FROM ({END}{}{BEGIN}) AS pg_assay WHERE {probe}{END}{}",
            &body[..first.start],
            &body[first.start..last.end],
            &body[last.end..],
        ))
    }
}

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
            result: result.into(),
            returns_set: false,
            is_definer: false,
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
            " SELECT/*pgassay<*/ CASE WHEN pg_assay.is_planned(7) THEN ((/*>pgassay*/ $1 || 'x'/*pgassay<*/)::text) END/*>pgassay*/; -- so\n"
        );
        assert_eq!(
            told("text", "select a from t where b").unwrap(),
            "/*pgassay<*/SELECT * FROM (/*>pgassay*/select a from t where b/*pgassay<*/) AS pg_assay WHERE pg_assay.is_planned(7)/*>pgassay*/"
        );
        assert!(told("void", "SELECT f()").unwrap().contains("FROM ("));
        for body in [
            "",
            ";",
            "SELECT 1; SELECT 2",
            "INSERT INTO t VALUES (1) RETURNING 1",
        ] {
            assert_eq!(
                told("integer", body),
                Err(UnseenRoutine::NotOneSelect),
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
