//! Probes in a body in SQL.
//!
//! The call is told in the first statement that can have a probe, so that the planner works the probe out, and the plan is
//! as it was: what could be inlined still is, and statements keep their numbers. The statements behind the first one each
//! tell when they run; where such are, nothing is inlined. For its letters see the probes of PL/pgSQL.

use std::ops::Range;

use super::{Routine, TellingBody, UnseenRoutine};
use crate::coverage::body::is_expression;
use crate::coverage::hidden::{BEGIN, END};
use crate::coverage::insertions::Insertions;
use crate::coverage::logic::Logic;
use crate::plpgsql::line_of;
use crate::script::{Token, TokenKind, Tokens};

/// What changes rows.
const CHANGES: [&str; 4] = ["insert", "update", "delete", "merge"];

pub(super) fn telling_bodies(routine: &Routine) -> Result<Vec<TellingBody>, UnseenRoutine> {
    // A query around a statement is taken where something around its expression is not, and is not inlined.
    let mut all = Vec::new();
    for is_query in [false, true] {
        all.extend(bodies(routine, is_query));
    }
    let (whole, outside): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let mut bodies: Vec<TellingBody> = whole.into_iter().chain(outside).collect();
    bodies.dedup_by(|later, kept| later.text == kept.text);
    if bodies.is_empty() {
        return Err(if routine.is_polymorphic {
            UnseenRoutine::Polymorphic
        } else {
            UnseenRoutine::NoStatement
        });
    }
    Ok(bodies)
}

/// The body that tells of all that can be told, and the one that tells of calls only; none where no statement can hold the
/// probe of the call.
fn bodies(routine: &Routine, is_query: bool) -> Option<(TellingBody, TellingBody)> {
    let body = routine.body.as_str();
    let tokens: Vec<Token<'_>> = Tokens::of(body).collect();
    let statements = statements(&tokens);
    let last = statements.len().saturating_sub(1);
    let place = |at: usize, probe: Probe| Place {
        routine,
        // What comes of the others is nobody's.
        result: if at < last { "void" } else { &routine.result },
        probe,
        is_only: last == 0,
        is_query,
    };
    let mut call = Insertions::default();
    let mut places = statements.iter().enumerate();
    let planned = places
        .position(|(at, statement)| place(at, Probe::planned(routine)).put(statement, &mut call))?;
    let mut all = Insertions::default();
    let mut seen = 0;
    for (at, statement) in statements.iter().enumerate() {
        let reached = || format!("pg_assay.reached({}, {at})", routine.oid);
        let probe = match at {
            0 => Probe::planned(routine),
            at if at == planned => {
                let both = format!("{} and {}", Probe::planned(routine).condition(), reached());
                Probe::Run(both)
            }
            _ => Probe::Run(reached()),
        };
        if (at > 0 || planned == 0) && place(at, probe).put(statement, &mut all) {
            seen = at;
        }
    }
    let lines: Vec<usize> = statements
        .iter()
        .map(|it| line_of(body, it[0].start))
        .collect();
    let told = |insertions: Insertions, seen: usize| TellingBody {
        text: insertions.into(body),
        logic: Logic {
            unmeasured: lines.get(seen + 1).map(|line| {
                format!("nothing tells of its statements from line {line} of the body on")
            }),
            ..Logic::in_a_row(lines[..=seen].iter().copied())
        },
    };
    Some((told(all, seen), told(call, 0)))
}

/// The statements of a body, `BEGIN ATOMIC` or not, each without its semicolon.
pub(in crate::coverage) fn statements<'t, 'b>(tokens: &'t [Token<'b>]) -> Vec<&'t [Token<'b>]> {
    let tokens = match tokens {
        [begin, atomic, inside @ .., end]
            if begin.is("begin") && atomic.is("atomic") && end.is("end") =>
        {
            inside
        }
        tokens => tokens,
    };
    let statements = tokens.split(|it| it.kind == TokenKind::Sign(';'));
    statements.filter(|it| !it.is_empty()).collect()
}

/// A call that is true, and tells.
enum Probe {
    /// When it is planned: of the call.
    Planned(String),
    /// When it is run.
    Run(String),
}

impl Probe {
    fn planned(routine: &Routine) -> Self {
        let aggregate = routine.aggregate.map(|it| format!(", {it}"));
        let aggregate = aggregate.unwrap_or_default();
        Self::Planned(format!("{}{aggregate}", routine.oid))
    }

    fn condition(&self) -> String {
        match self {
            Self::Planned(arguments) => format!("pg_assay.is_planned({arguments})"),
            Self::Run(call) => call.clone(),
        }
    }
}

/// A statement's probe.
struct Place<'r> {
    routine: &'r Routine,
    /// The type of what it returns.
    result: &'r str,
    probe: Probe,
    /// Whether there is no other statement.
    is_only: bool,
    /// Whether a query is to be around it, and nothing around its expression.
    is_query: bool,
}

impl Place<'_> {
    /// Puts it into the statement. Returns whether that is possible.
    fn put(&self, statement: &[Token<'_>], into: &mut Insertions) -> bool {
        let [first, rest @ ..] = statement else {
            return false;
        };
        let is = |words: &[&str]| words.iter().any(|word| first.is(word));
        let returning = outside_parentheses(statement).find(|(_, it)| it.is("returning"));
        let returning = returning.map(|(at, _)| at);
        if is(&["update", "delete"]) && self.put_in_condition(statement, returning, into) {
            return true;
        }
        if is(&["insert", "update", "delete"]) {
            let is_void = matches!(self.result, "" | "void");
            return match returning {
                Some(at) => self.put_around_expression(&statement[at + 1..], into),
                None if is_void => {
                    let probe = format!(" returning {}", self.probe.condition());
                    wrap(statement, "", &probe, into)
                }
                None => false,
            };
        }
        if is(&["return"]) {
            return self.put_around_expression(rest, into);
        }
        if !is(&["select", "with", "values", "table"]) {
            return false;
        }
        // What changes data has to stand outermost.
        let changes = |it: &Token<'_>| CHANGES.iter().any(|word| it.is(word));
        if first.is("with") && statement.iter().any(changes) {
            return false;
        }
        if first.is("select") && !self.is_query && self.put_around_expression(rest, into) {
            return true;
        }
        // What the types of columns come to shows in a call only.
        if self.routine.is_polymorphic && !matches!(self.result, "" | "void") {
            return false;
        }
        let behind = format!(") pg_assay where {}", self.probe.condition());
        wrap(statement, "select * from (", &behind, into)
    }

    /// Around the one expression that a statement returns: it still is one, so that it is inlined as before.
    fn put_around_expression(&self, expression: &[Token<'_>], into: &mut Insertions) -> bool {
        let Some(last) = expression.last() else {
            return false;
        };
        let result = self.result;
        let is_scalar = !self.routine.returns_set && !matches!(result, "" | "void" | "record");
        if !is_scalar || last.kind == TokenKind::Sign('*') || !is_expression(expression) {
            return false;
        }
        // A cast needs a type with a name, and a literal without a type a cast.
        let cast = match result.strip_prefix("any") {
            Some(_) if is_untyped(expression) || calls_another(expression) => return false,
            Some(_) => String::new(),
            None => format!("::{result}"),
        };
        let (before, behind) = match &self.probe {
            // A CASE makes a value of nulls, so that what is STRICT would not be inlined.
            Probe::Planned(arguments)
                if self.is_only && self.routine.is_strict_inlined() && !takes_nulls(expression) =>
            {
                (
                    "pg_assay.same((".to_owned(),
                    format!("){cast}, pg_assay.planned({arguments}))"),
                )
            }
            probe => (
                format!("case when {} then ((", probe.condition()),
                format!("){cast}) end"),
            ),
        };
        wrap(expression, &before, &behind, into)
    }

    /// In the condition of an `UPDATE` or `DELETE`, where it is asked once, whether there are rows or not.
    fn put_in_condition(
        &self,
        statement: &[Token<'_>],
        returning: Option<usize>,
        into: &mut Insertions,
    ) -> bool {
        let Probe::Run(condition) = &self.probe else {
            return false;
        };
        let statement = &statement[..returning.unwrap_or(statement.len())];
        let place = outside_parentheses(statement).find(|(_, it)| it.is("where"));
        let Some((place, _)) = place else {
            return wrap(statement, "", &format!(" where {condition}"), into);
        };
        let asked = &statement[place + 1..];
        let is_cursor = asked.first().is_some_and(|it| it.is("current"));
        !is_cursor && wrap(asked, &format!("{condition} and ("), ")", into)
    }
}

/// Puts texts around tokens. Returns whether there are any.
fn wrap(tokens: &[Token<'_>], before: &str, behind: &str, into: &mut Insertions) -> bool {
    let [Some(first), Some(last)] = [tokens.first(), tokens.last()] else {
        return false;
    };
    let Range { start, end } = first.start..last.end;
    into.put(start, format!("{BEGIN}{before}{END}"));
    into.put(end, format!("{BEGIN}{behind}{END}"));
    true
}

/// The tokens of a statement that stand in no parentheses, with their places.
fn outside_parentheses<'t, 'b>(
    statement: &'t [Token<'b>],
) -> impl Iterator<Item = (usize, &'t Token<'b>)> {
    let mut depth = 0_usize;
    statement.iter().enumerate().filter(move |(_, token)| {
        match token.kind {
            TokenKind::Sign('(') => depth += 1,
            TokenKind::Sign(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

/// Whether an expression is a literal without a type of its own.
fn is_untyped(expression: &[Token<'_>]) -> bool {
    let [literal] = expression else {
        return false;
    };
    matches!(literal.kind, TokenKind::Text(..) | TokenKind::Dollar(_)) || literal.is("null")
}

/// Whether an expression may hold a call of a function: of one that returns a set, nothing may stand around it.
fn calls_another(expression: &[Token<'_>]) -> bool {
    const NO_CALLS: [&str; 15] = [
        "and", "array", "case", "cast", "coalesce", "else", "exists", "greatest", "in", "least",
        "not", "nullif", "or", "then", "when",
    ];
    expression.windows(2).any(|pair| {
        let is_call = pair[1].kind == TokenKind::Sign('(');
        is_call
            && match pair[0].kind {
                TokenKind::Word(_) => !NO_CALLS.iter().any(|word| pair[0].is(word)),
                TokenKind::Quoted(_) => true,
                _ => false,
            }
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn routine(result: &str, body: &str) -> Routine {
        super::super::tests::routine("sql", result, body)
    }

    /// The fullest body, without the marks.
    fn told(result: &str, body: &str) -> Result<String, UnseenRoutine> {
        let bodies = routine(result, body).telling_bodies()?;
        Ok(bodies[0].text.replace(BEGIN, "").replace(END, ""))
    }

    #[test]
    fn an_expression_in_sql_stays_one_and_a_query_becomes_part_of_one() {
        assert_eq!(
            told("text", " SELECT $1 || 'x'; -- so\n").unwrap(),
            " SELECT case when pg_assay.is_planned(7) then (($1 || 'x')::text) end; -- so\n"
        );
        assert_eq!(
            told("text", "select a from t where b").unwrap(),
            "select * from (select a from t where b) pg_assay where pg_assay.is_planned(7)"
        );
        assert!(told("void", "SELECT f()").unwrap().contains("from ("));
        assert_eq!(
            told("void", "INSERT INTO t VALUES (1);").unwrap(),
            "INSERT INTO t VALUES (1) returning pg_assay.is_planned(7);"
        );
        assert_eq!(
            told("integer", "UPDATE t SET a = 1 RETURNING a + 1").unwrap(),
            "UPDATE t SET a = 1 RETURNING case when pg_assay.is_planned(7) then ((a + 1)::integer) end"
        );
        assert_eq!(
            told("integer", "RETURN $1 + 1").unwrap(),
            "RETURN case when pg_assay.is_planned(7) then (($1 + 1)::integer) end"
        );
    }

    #[test]
    fn what_is_put_in_is_between_marks() {
        let bodies = routine("text", "SELECT 'x'").telling_bodies().unwrap();
        assert_eq!(
            bodies[0].text,
            "SELECT /*pgassay<*/case when pg_assay.is_planned(7) then ((/*>pgassay*/'x'/*pgassay<*/)::text) end/*>pgassay*/"
        );
    }

    #[test]
    fn what_is_strict_stays_strict() {
        let strict = |body: &str| {
            let mut routine = routine("integer", body);
            routine.is_strict = true;
            routine.telling_bodies().unwrap().remove(0).text
        };
        for body in ["SELECT $1 + 1", "SELECT s.coalesce($1)"] {
            assert!(strict(body).contains("pg_assay.same(("), "{body}");
        }
        for body in [
            "SELECT coalesce($1, 1)",
            "SELECT a FROM t",
            "SELECT 1; SELECT 2",
        ] {
            assert!(!strict(body).contains("pg_assay.same(("), "{body}");
        }
    }

    #[test]
    fn statements_behind_the_first_one_tell_when_they_run() {
        let body = "SELECT f();\nUPDATE t SET a = (SELECT 1 WHERE true)\n WHERE b OR c RETURNING d;\nDELETE FROM t;\nINSERT INTO t VALUES (1);\nSELECT 1";
        assert_eq!(
            told("integer", body).unwrap(),
            "select * from (SELECT f()) pg_assay where pg_assay.is_planned(7);\n\
             UPDATE t SET a = (SELECT 1 WHERE true)\n WHERE pg_assay.reached(7, 1) and (b OR c) RETURNING d;\n\
             DELETE FROM t where pg_assay.reached(7, 2);\n\
             INSERT INTO t VALUES (1) returning pg_assay.reached(7, 3);\n\
             SELECT case when pg_assay.reached(7, 4) then ((1)::integer) end"
        );
        let lines = |body: &str| {
            let bodies = routine("integer", body).telling_bodies().unwrap();
            let points = bodies[0].logic.points.iter();
            points.map(|it| (it.line, it.probe)).collect::<Vec<_>>()
        };
        assert_eq!(lines(body), [(1, 0), (2, 1), (4, 2), (5, 3), (6, 4)]);
        // Whether the last one was reached is not known.
        assert_eq!(lines("SELECT 1; SELECT 2; CALL p()"), [(1, 0), (1, 1)]);
        let bodies = routine("integer", "SELECT 1;\nCALL p()").telling_bodies();
        let unmeasured = bodies.unwrap().remove(0).logic.unmeasured.unwrap();
        assert!(
            unmeasured.contains("from line 2 of the body on"),
            "{unmeasured}"
        );
        assert_eq!(
            told("integer", "CALL p(); SELECT 1").unwrap(),
            "CALL p(); SELECT case when pg_assay.is_planned(7) and pg_assay.reached(7, 1) then ((1)::integer) end"
        );
        assert_eq!(lines("CALL p(); SELECT 1"), [(1, 0), (1, 1)]);
        assert_eq!(
            lines("BEGIN ATOMIC\n SELECT 1;\n SELECT 2;\nEND"),
            [(2, 0), (3, 1)]
        );
    }

    #[test]
    fn what_has_the_types_of_the_call_gets_no_cast() {
        let told = |body: &str| {
            let mut routine = routine("anyelement", body);
            routine.is_polymorphic = true;
            let bodies = routine.telling_bodies()?;
            Ok(bodies[0].text.replace(BEGIN, "").replace(END, ""))
        };
        assert_eq!(
            told("SELECT coalesce($1, $2)").as_deref(),
            Ok("SELECT case when pg_assay.is_planned(7) then ((coalesce($1, $2))) end")
        );
        for body in [
            "SELECT NULL",
            "SELECT '1'",
            "SELECT a FROM t",
            "SELECT unnest($1)",
            "SELECT \"f\"($1)",
        ] {
            assert_eq!(told(body), Err(UnseenRoutine::Polymorphic), "{body}");
        }
    }

    #[test]
    fn what_cannot_hold_a_probe_is_refused() {
        for body in [
            "",
            ";",
            "CALL p()",
            "INSERT INTO t VALUES (1) RETURNING *",
            "WITH x AS (INSERT INTO t VALUES (1)) SELECT 1",
        ] {
            assert_eq!(
                told("integer", body),
                Err(UnseenRoutine::NoStatement),
                "{body}"
            );
        }
    }
}
