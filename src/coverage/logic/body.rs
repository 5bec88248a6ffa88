//! The body of a routine, and where it stands in the script that made it.
//!
//! It stands there as a string, as a string within other strings (a `DO` that makes functions), or as statements
//! (`BEGIN ATOMIC`, `RETURN`), which the server writes anew. A line is always one of the script, however often what stands
//! there was quoted.

use super::alike::is_alike;
use super::passage::Passage;
use super::{Located, Point};
use crate::catalog::Place;
use crate::coverage::routine::statements;
use crate::plpgsql::LineStarts;
use crate::script::{Token, TokenKind, Tokens, leading_words};

/// So deep in strings a body is looked for.
const DEEPEST: usize = 4;

/// A script in which many bodies are looked for.
#[derive(Debug)]
pub struct IndexedScript<'t> {
    text: &'t str,
    lines: LineStarts,
}

impl<'t> IndexedScript<'t> {
    /// That of this text.
    pub fn of(text: &'t str) -> Self {
        Self {
            text,
            lines: LineStarts::of(text),
        }
    }

    /// What begins with a line, 1 for the first; nothing behind the last one.
    fn beginning_at(&self, line: usize) -> &'t str {
        let start = self.lines.start_of(line).unwrap_or(self.text.len());
        &self.text[start..]
    }
}

/// The body of a routine, as the server has it.
#[derive(Debug, Clone, Copy)]
pub struct Body<'b> {
    /// Its text.
    pub text: &'b str,
    /// Whether the server keeps it analysed (`BEGIN ATOMIC`, `RETURN`), and has written this text anew.
    pub is_analysed: bool,
    /// The routine's own name, where that is known.
    pub name: Option<&'b str>,
}

/// A place where a body may stand.
struct Candidate {
    /// The line of the script of each line of the body; of an analysed one, of each statement.
    lines: Vec<usize>,
    certainty: Certainty,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    /// It is the body but for what variables were replaced by.
    Alike,
    /// It is the body.
    Same,
    /// It is the body, behind the routine's name.
    Named,
}

impl<'b> Body<'b> {
    /// That of a routine in this language.
    pub fn of(text: &'b str, language: Option<&str>) -> Self {
        // No string in SQL begins with these.
        let mut words = leading_words(text).map(str::to_ascii_lowercase);
        let is_analysed = match words.next().as_deref() {
            Some("return") => true,
            Some("begin") => words.next().as_deref() == Some("atomic"),
            _ => false,
        };
        Self {
            text,
            is_analysed: is_analysed && language == Some("sql"),
            name: None,
        }
    }

    /// That of the routine of this name, by which it is told from others that are the same.
    #[must_use]
    pub fn named(self, name: &'b str) -> Self {
        Self {
            name: Some(name),
            ..self
        }
    }

    /// Where it and its points stand in a script, if the statement at that line made it.
    pub fn locate(
        self,
        points: &[Point],
        script: &IndexedScript<'_>,
        place: &Place,
    ) -> Option<Located> {
        let begin = usize::try_from(place.line).ok()?.checked_sub(1)?;
        let script = script.beginning_at(begin + 1);
        let passage = Passage::beginning(at_line(script), begin + 1);
        let mut candidates = Vec::new();
        self.search(&passage, 0, &mut candidates);
        // Of several, the first one of those that are certain.
        candidates.reverse();
        let found = candidates
            .into_iter()
            .max_by(|one, other| one.certainty.cmp(&other.certainty))?;
        let line = |(number, point): (usize, &Point)| {
            let number = if self.is_analysed {
                number
            } else {
                point.line.checked_sub(1)?
            };
            u32::try_from(*found.lines.get(number)?).ok()
        };
        Some(Located {
            file: place.file.clone(),
            statement: place.line,
            lines: points.iter().enumerate().map(line).collect::<Option<_>>()?,
        })
    }

    fn search(self, passage: &Passage<'_>, depth: usize, found: &mut Vec<Candidate>) {
        let tokens: Vec<Token<'_>> = Tokens::of(&passage.text).collect();
        let mut is_named = false;
        for (at, token) in tokens.iter().enumerate() {
            if token.is("function") || token.is("procedure") {
                let before = at.checked_sub(1).map(|before| tokens[before]);
                let makes = before.is_some_and(|it| it.is("create") || it.is("replace"));
                is_named = makes && self.is_name_of(&tokens[at + 1..]);
            }
            let certainty = if is_named {
                Certainty::Named
            } else {
                Certainty::Same
            };
            // In a string, a RETURN may be one of PL/pgSQL.
            if self.is_analysed
                && (is_named || depth == 0)
                && let Some(lines) = self.statements_at(passage, &tokens, at)
            {
                found.push(Candidate { lines, certainty });
                continue;
            }
            let Some(inner) = passage.inner(*token) else {
                continue;
            };
            if !self.is_analysed && inner.text == self.text {
                let lines = inner.lines;
                found.push(Candidate { lines, certainty });
                continue;
            }
            let is_behind_as = at > 0 && tokens[at - 1].is("as");
            if !self.is_analysed && is_behind_as && is_alike(&inner.text, self.text) {
                found.push(Candidate {
                    lines: inner.lines.clone(),
                    certainty: Certainty::Alike,
                });
            }
            if depth < DEEPEST {
                self.search(&inner, depth + 1, found);
            }
        }
    }

    /// Whether the name that these tokens begin with is the routine's. Without knowing that, none is.
    fn is_name_of(self, tokens: &[Token<'_>]) -> bool {
        let part = |token: &Token<'_>| match token.kind {
            TokenKind::Word(word) => Some(word.to_ascii_lowercase()),
            TokenKind::Quoted(name) => Some(name.replace("\"\"", "\"")),
            _ => None,
        };
        let mut at = 0;
        while tokens.get(at + 1).map(|it| it.kind) == Some(TokenKind::Sign('.')) {
            at += 2;
        }
        let name = tokens.get(at).and_then(part);
        name.is_some() && name.as_deref() == self.name
    }

    /// The lines of the statements of an analysed body that begins at this token, if one of as many statements does.
    fn statements_at(
        self,
        passage: &Passage<'_>,
        tokens: &[Token<'_>],
        at: usize,
    ) -> Option<Vec<usize>> {
        let is_one = leading_words(self.text)
            .next()?
            .eq_ignore_ascii_case("return");
        let tokens = &tokens[at..];
        let length = if !is_one {
            length_of_atomic(tokens)?
        } else if tokens[0].is("return") {
            let end = tokens.iter().position(|it| it.kind == TokenKind::Sign(';'));
            end.unwrap_or(tokens.len())
        } else {
            return None;
        };
        let here = statements(&tokens[..length]);
        let of_body: Vec<Token<'_>> = Tokens::of(self.text).collect();
        if here.len() != statements(&of_body).len() {
            return None;
        }
        Some(here.iter().map(|it| passage.line(it[0].start)).collect())
    }
}

/// How many of these tokens a `BEGIN ATOMIC … END` takes with which they begin, if they do.
fn length_of_atomic(tokens: &[Token<'_>]) -> Option<usize> {
    let [begin, atomic, inside @ ..] = tokens else {
        return None;
    };
    if !begin.is("begin") || !atomic.is("atomic") {
        return None;
    }
    // A CASE has an END too, but no statement before it.
    let ends = |at: usize| {
        let before = at.checked_sub(1).map(|before| inside[before].kind);
        inside[at].is("end") && before.is_none_or(|it| it == TokenKind::Sign(';'))
    };
    let end = (0..inside.len()).find(|at| ends(*at));
    Some(end.map_or(tokens.len(), |end| end + 3))
}

/// The statements that begin on the first line of a text.
fn at_line(text: &str) -> &str {
    let first_line = text.find('\n').unwrap_or(text.len());
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut depth = 0_usize;
    let mut is_atomic = false;
    for token in Tokens::of(text) {
        let is_first = tokens
            .last()
            .is_none_or(|it| it.kind == TokenKind::Sign(';'));
        if is_first && depth == 0 && !is_atomic && token.start > first_line {
            return &text[..token.start];
        }
        let before = tokens.last();
        match token.kind {
            TokenKind::Sign('(') => depth += 1,
            TokenKind::Sign(')') => depth = depth.saturating_sub(1),
            _ if token.is("atomic") && before.is_some_and(|it| it.is("begin")) => {
                is_atomic = true;
            }
            _ if token.is("end") && (is_first || before.is_some_and(|it| it.is("atomic"))) => {
                is_atomic = false;
            }
            _ => {}
        }
        tokens.push(token);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::Logic;
    use super::*;

    fn lines(text: &str, script: &str, line: u32, of_body: &[usize]) -> Option<Vec<u32>> {
        let logic = Logic::in_a_row(of_body.iter().copied());
        let place = Place {
            file: "a.sql".into(),
            line,
        };
        let located = Body::of(text, Some("sql")).locate(
            &logic.points,
            &IndexedScript::of(script),
            &place,
        )?;
        assert_eq!((located.file.as_str(), located.statement), ("a.sql", line));
        Some(located.lines)
    }

    #[test]
    fn a_body_is_found_in_the_statement_that_made_it() {
        let body = "\nBEGIN\n  a := 1;\nEND";
        let script = format!(
            "SELECT 1;\nCREATE FUNCTION f()\nRETURNS void AS $b${body}$b$\nLANGUAGE plpgsql;"
        );
        assert_eq!(lines(body, &script, 2, &[2, 3]), Some(vec![4, 5]));
        let quoted = "BEGIN\n a := 'x';\nEND";
        let script = format!(
            "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql\nAS '{}';",
            quoted.replace('\'', "''")
        );
        assert_eq!(lines(quoted, &script, 1, &[2]), Some(vec![3]));
    }

    #[test]
    fn a_body_that_another_makes_is_found_in_that() {
        let body = "BEGIN\n  RETURN 1;\nEND";
        let script = format!(
            "\nDO $do$ BEGIN\n EXECUTE $x$CREATE FUNCTION f() AS $f${body}$f$ LANGUAGE plpgsql$x$;\nEND $do$;"
        );
        assert_eq!(lines(body, &script, 2, &[2]), Some(vec![4]));
    }

    #[test]
    fn a_body_with_variables_in_it_has_the_lines_of_the_script() {
        let script = "CREATE FUNCTION f(a text DEFAULT 'x\n\ny') RETURNS int AS $$\nBEGIN\n RETURN ${one};\nEND $$ LANGUAGE plpgsql;";
        assert_eq!(
            lines("\nBEGIN\n RETURN 1;\nEND ", script, 1, &[3]),
            Some(vec![5])
        );
    }

    #[test]
    fn the_statements_of_an_analysed_body_are_counted() {
        let script = "CREATE FUNCTION f(a int) RETURNS int\nBEGIN ATOMIC\n SELECT 1;\n\n SELECT CASE a WHEN 1 THEN 2 END;\nEND;\nSELECT 2;";
        let body = "BEGIN ATOMIC\n SELECT 1;\n SELECT CASE ... END;\nEND";
        assert_eq!(lines(body, script, 1, &[2, 3]), Some(vec![3, 5]));
        let script = "CREATE FUNCTION f(a int) RETURNS int\n\nRETURN a + 1;\nSELECT 1;";
        assert_eq!(lines("RETURN (a + 1)", script, 1, &[1]), Some(vec![3]));
    }

    #[test]
    fn what_is_not_the_body_is_not_taken_for_it() {
        // As many lines, and nothing in it that a variable could stand for.
        let script = "CREATE FUNCTION f() RETURNS int AS 'SELECT 2' LANGUAGE sql;";
        assert_eq!(lines("SELECT 1", script, 1, &[1]), None);
        let script = "CREATE FUNCTION f() RETURNS int AS 'SELECT ${one}::int' LANGUAGE sql;";
        assert_eq!(lines("SELECT 1", script, 1, &[1]), None);
        assert_eq!(lines("SELECT 1::int", script, 1, &[1]), Some(vec![1]));
        // Statements behind the one that changed the routine made others.
        let script =
            "ALTER FUNCTION f() STRICT;\nCREATE FUNCTION g() RETURNS int\nRETURN 1;\nSELECT 2;";
        assert_eq!(lines("RETURN 1", script, 1, &[1]), None);
        assert_eq!(lines("RETURN 1", script, 2, &[1]), Some(vec![3]));
        // As an earlier version it has fewer statements.
        let script = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC\n SELECT 1;\n SELECT 2;\nEND;";
        assert_eq!(
            lines("BEGIN ATOMIC\n SELECT 1;\nEND", script, 1, &[2]),
            None
        );
    }

    #[test]
    fn a_string_with_escapes_has_the_lines_on_which_it_is_written() {
        let script = "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS\nE'SELECT 1;\\n  SELECT 2;\n  SELECT \\'it\\'s\\';';";
        let body = "SELECT 1;\n  SELECT 2;\n  SELECT 'it's';";
        assert_eq!(lines(body, script, 1, &[1, 2, 3]), Some(vec![2, 2, 3]));
    }

    #[test]
    fn a_body_within_strings_within_a_string_is_found() {
        let body = "BEGIN\n  RETURN 'x';\nEND";
        let doubled = |text: &str| text.replace('\'', "''");
        let make = format!(
            "CREATE FUNCTION f() RETURNS text AS '{}' LANGUAGE plpgsql",
            doubled(body)
        );
        let script = format!("DO $$\nBEGIN\n  EXECUTE '{}';\nEND $$;", doubled(&make));
        assert_eq!(lines(body, &script, 1, &[2]), Some(vec![4]));
    }

    #[test]
    fn of_bodies_that_are_alike_it_is_that_of_the_function_of_that_name() {
        let make = |name: &str| {
            format!("CREATE FUNCTION app.{name}(a int) RETURNS int AS 'SELECT 1' LANGUAGE sql;\n")
        };
        let script = format!("DO $$\nBEGIN\n{}{}END $$;", make("f"), make("\"G\""));
        let point = Logic::in_a_row([1]).points;
        let place = Place {
            file: "a.sql".into(),
            line: 1,
        };
        for (name, line) in [("f", 3), ("G", 4), ("made_up", 3)] {
            let body = Body::of("SELECT 1", Some("sql")).named(name);
            let located = body.locate(&point, &IndexedScript::of(&script), &place);
            assert_eq!(located.map(|it| it.lines), Some(vec![line]), "{name}");
        }
    }

    #[test]
    fn several_statements_on_one_line_are_told_apart() {
        let script = "CREATE FUNCTION f() RETURNS int AS 'SELECT 1' LANGUAGE sql; CREATE FUNCTION g() RETURNS int AS\n'SELECT 2' LANGUAGE sql;";
        assert_eq!(lines("SELECT 2", script, 1, &[1]), Some(vec![2]));
        let script = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; CREATE FUNCTION g() RETURNS int BEGIN ATOMIC\n SELECT 2; SELECT 3; END;";
        let body = "BEGIN ATOMIC\n SELECT 2;\n SELECT 3;\nEND";
        assert_eq!(lines(body, script, 1, &[2, 3]), Some(vec![2, 2]));
    }

    #[test]
    fn an_analysed_body_that_another_makes_is_found_in_that() {
        let script =
            "DO $$ BEGIN\n EXECUTE 'CREATE FUNCTION f() RETURNS int\nRETURN 1';\n RETURN;\nEND $$;";
        let body = Body::of("RETURN 1", Some("sql")).named("f");
        let place = Place {
            file: "a.sql".into(),
            line: 1,
        };
        let located = body.locate(
            &Logic::in_a_row([1]).points,
            &IndexedScript::of(script),
            &place,
        );
        assert_eq!(located.map(|it| it.lines), Some(vec![3]));
    }

    #[test]
    fn carriage_returns_do_not_count_as_lines() {
        let body = "\r\nBEGIN\r\n  RETURN 1;\r\nEND";
        let script =
            format!("SELECT 1;\r\nCREATE FUNCTION f() AS $${body}$$ LANGUAGE plpgsql;\r\n");
        assert_eq!(lines(body, &script, 2, &[3]), Some(vec![4]));
    }

    #[test]
    fn a_statement_that_made_another_body_has_no_lines_for_it() {
        let script = "GRANT EXECUTE ON FUNCTION f() TO public;\nCREATE FUNCTION f() RETURNS int AS 'SELECT 2' LANGUAGE sql;";
        assert_eq!(lines("SELECT\n 1", script, 1, &[1]), None);
        assert_eq!(lines("SELECT\n 1", script, 2, &[1]), None);
        assert_eq!(
            lines("RETURN 1", "ALTER FUNCTION f() STRICT", 1, &[1]),
            None
        );
        assert_eq!(lines("SELECT 1", "", 7, &[1]), None);
    }
}
