use super::{Located, Point};
use crate::catalog::Place;
use crate::coverage::routine::statements;
use crate::plpgsql::line_of;
use crate::script::{Token, TokenKind, Tokens, leading_words};

/// The body of a routine, as the server has it.
#[derive(Debug, Clone, Copy)]
pub struct Body<'b> {
    /// Its text.
    pub text: &'b str,
    /// Whether the server keeps it analysed (`BEGIN ATOMIC`, `RETURN`), and has written this text anew.
    pub is_analysed: bool,
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
        }
    }

    /// Where it and its points stand in a script, if the statement at that line made it.
    pub fn locate(self, points: &[Point], script: &str, place: &Place) -> Option<Located> {
        let begin = usize::try_from(place.line).ok()?.checked_sub(1)?;
        let offset: usize = script.split_inclusive('\n').take(begin).map(str::len).sum();
        let rest = &script[offset..];
        let lines = if self.is_analysed {
            analysed(points, rest)
        } else {
            self.quoted(points, rest)
        };
        let lines = lines?.into_iter().map(|line| u32::try_from(begin + line));
        Some(Located {
            file: place.file.clone(),
            statement: place.line,
            lines: lines.collect::<Result<_, _>>().ok()?,
        })
    }

    /// The lines of points, from 1 for the first of `rest`, of a body that is a string there, or stands in one.
    fn quoted(self, points: &[Point], rest: &str) -> Option<Vec<usize>> {
        let first = self.first_line(rest)?;
        Some(points.iter().map(|it| first + it.line - 1).collect())
    }

    fn first_line(self, rest: &str) -> Option<usize> {
        let mut depth = 0_usize;
        let mut is_behind_as = false;
        let mut alike = None;
        for token in Tokens::of(rest) {
            let inside = match token.kind {
                TokenKind::Sign('(') => {
                    depth += 1;
                    continue;
                }
                TokenKind::Sign(')') => {
                    depth = depth.saturating_sub(1);
                    continue;
                }
                TokenKind::Sign(';') if depth == 0 => break,
                TokenKind::Dollar(inside) | TokenKind::Text(inside, _) => inside,
                _ => {
                    is_behind_as = token.is("as");
                    continue;
                }
            };
            let start = token.start + rest[token.start..token.end].find(inside)?;
            if unquoted(inside) == self.text || inside == self.text {
                return Some(line_of(rest, start));
            }
            // A body that a `DO` makes stands in another.
            if let Some(within) = inside.find(self.text) {
                return Some(line_of(rest, start + within));
            }
            // Variables were put into it, which have no lines.
            let lines = |text: &str| text.matches('\n').count();
            if is_behind_as && lines(inside) == lines(self.text) {
                alike.get_or_insert(start);
            }
        }
        alike.map(|start| line_of(rest, start))
    }
}

/// The lines of points, from 1 for the first of `rest`, of a body that is no string: its statements are counted.
fn analysed(points: &[Point], rest: &str) -> Option<Vec<usize>> {
    let tokens: Vec<Token<'_>> = Tokens::of(rest).collect();
    let is_begin = |at: usize| {
        let next = tokens.get(at + 1);
        tokens[at].is("return") || tokens[at].is("begin") && next.is_some_and(|it| it.is("atomic"))
    };
    let begin = (0..tokens.len()).find(|at| is_begin(*at))?;
    let is_one = tokens[begin].is("return");
    let end = tokens[begin..].iter().enumerate().position(|(at, token)| {
        let is_end = token.is("end") && tokens[begin + at - 1].kind == TokenKind::Sign(';');
        if is_one {
            token.kind == TokenKind::Sign(';')
        } else {
            at > 0 && is_end
        }
    });
    let end = end.map_or(tokens.len(), |end| begin + end + usize::from(!is_one));
    let statements = statements(&tokens[begin..end]);
    let mut lines = statements.iter().map(|it| line_of(rest, it[0].start));
    // One for each point, since each is a statement.
    points.iter().map(|_| lines.next()).collect()
}

/// What a string between quotes stands for, as far as quotes are doubled.
fn unquoted(inside: &str) -> String {
    inside.replace("''", "'")
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
        let located = Body::of(text, Some("sql")).locate(&logic.points, script, &place)?;
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
