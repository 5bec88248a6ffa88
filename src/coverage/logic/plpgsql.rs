//! Probes in a body in PL/pgSQL.
//!
//! They stand on the lines that are there, so that what errors say of lines stays as it is. Each is an `IF` over a
//! variable of the function's own, in which a bit says that it was told already: it leaves `FOUND` and `ROW_COUNT` as
//! they are, and costs some 50 ns. It is written in small letters and without `as`: who takes a definition apart at words
//! as the server writes them (`AS $function$`) finds these only. What was told is kept in a setting of the session too, so that it is told once;
//! what is rolled back is forgotten and told again.

use super::{Logic, Point, PointKind};
use crate::coverage::body::{CAUGHT_VARIABLES, telling_of_caught};
use crate::coverage::hidden::with_added_variables;
use crate::coverage::insertions::Insertions;
use crate::plpgsql::{
    Arm, Block, Body, BodyError, Handler, Kind, LoopKind, Statement, falls_through, line_of, parse,
};
use crate::script::{Token, TokenKind, Tokens};

/// How many probes share a variable: its bits but for the sign, and one that keeps powers of two far from it.
const BITS: usize = 62;

/// A body that tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::coverage) struct Telling {
    /// The body with probes at its entrance, in its handlers, and at each of its points.
    pub(in crate::coverage) whole: String,
    /// These points.
    pub(in crate::coverage) logic: Logic,
    /// The body with probes at its entrance and in its handlers only.
    pub(in crate::coverage) outside: String,
}

/// Reads a body, and makes it tell as the routine of this number. At its entrance it gets this statement, in handlers
/// that may catch the refusal of a constraint or a privilege one that tells of that.
///
/// # Errors
/// When it cannot be read.
pub(in crate::coverage) fn telling(
    body: &str,
    oid: u32,
    entrance: &str,
) -> Result<Telling, BodyError> {
    let read = parse(body)?;
    let mut outside = Insertions::default();
    outside.put(read.block.begin.end, entrance);
    let handlers = read.handlers();
    let handlers = handlers.iter().filter(|it| may_refuse(body, it));
    let handlers: Vec<usize> = handlers.map(|it| it.then).collect();
    for then in &handlers {
        outside.put(*then, telling_of_caught("handled"));
    }
    let mut marks = Marks {
        text: body,
        oid,
        points: Vec::new(),
        probes: 0,
        loops: 0,
        compared: Vec::new(),
        insertions: outside.clone(),
    };
    marks.block(&read.block, None);
    marks.declare(&read);
    // The server numbers the value of a CASE when it has read all of it.
    let declared = marks.probes.div_ceil(BITS) + marks.loops;
    for (at, end) in std::mem::take(&mut marks.compared) {
        let before = handlers.iter().filter(|then| **then < end).count() * CAUGHT_VARIABLES;
        outside.put(at, with_added_variables(before));
        marks.insert(at, with_added_variables(before + declared));
    }
    let logic = Logic {
        points: marks.points,
        ..Logic::default()
    };
    Ok(Telling {
        whole: marks.insertions.into(body),
        logic,
        outside: outside.into(body),
    })
}

/// Whether a handler's condition is met by what refuses a row, or a role.
fn may_refuse(body: &str, handler: &Handler) -> bool {
    const NAMES: [&str; 10] = [
        "others",
        "integrity_constraint_violation",
        "restrict_violation",
        "not_null_violation",
        "foreign_key_violation",
        "unique_violation",
        "check_violation",
        "exclusion_violation",
        "syntax_error_or_access_rule_violation",
        "insufficient_privilege",
    ];
    Tokens::of(&body[handler.when..handler.then]).any(|token| match token.kind {
        TokenKind::Text(state, _) => state.starts_with("23") || state.starts_with("42"),
        _ => NAMES.iter().any(|name| token.is(name)),
    })
}

struct Marks<'b> {
    text: &'b str,
    oid: u32,
    points: Vec<Point>,
    probes: usize,
    loops: usize,
    /// The expressions to which the value of a `CASE` is compared: the last word of each, and the end of the `CASE`.
    compared: Vec<(usize, usize)>,
    insertions: Insertions,
}

/// A branch whose first statement is to come.
#[derive(Clone, Copy)]
struct Entrance {
    kind: PointKind,
    /// The word that it is told of.
    word: usize,
    /// Where its statements begin.
    at: usize,
    /// The point that it is a branch of.
    of: Option<usize>,
}

impl Marks<'_> {
    fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.insertions.put(at, text);
    }

    fn add(&mut self, kind: PointKind, word: usize, probe: usize, of: Option<usize>) {
        let line = line_of(self.text, word);
        self.points.push(Point {
            line,
            kind,
            probe,
            of,
        });
    }

    /// A further probe: its number, and the statement that tells.
    fn probe(&mut self) -> (usize, String) {
        let number = self.probes;
        self.probes += 1;
        let (variable, bit) = (number / BITS, 1_u64 << (number % BITS));
        let told = format!(
            " if pg_assay_{variable} operator(pg_catalog.&) {bit} operator(pg_catalog.=) 0 \
             then pg_assay_{variable} := pg_assay.hit({}, {number}, pg_assay_{variable}); end if; ",
            self.oid
        );
        (number, told)
    }

    fn branch(&mut self, entrance: Entrance) {
        let Entrance { kind, word, at, of } = entrance;
        let (probe, told) = self.probe();
        self.add(kind, word, probe, of);
        self.insert(at, told);
    }

    fn block(&mut self, block: &Block, of: Option<usize>) {
        self.statements(&block.statements, None);
        let Some((word, handlers)) = &block.exception else {
            return;
        };
        if falls_through(&block.statements) {
            self.branch(Entrance {
                kind: PointKind::NotCaught,
                word: block.begin.start,
                at: *word,
                of,
            });
        }
        for handler in handlers {
            let entrance = Entrance {
                kind: PointKind::Caught,
                word: handler.when,
                at: handler.then,
                of,
            };
            self.statements(&handler.statements, Some(entrance));
        }
    }

    fn statements(&mut self, statements: &[Statement], entrance: Option<Entrance>) {
        let mut entrance = entrance;
        for statement in statements {
            let (probe, told) = self.probe();
            if let Some(Entrance { kind, word, of, .. }) = entrance.take() {
                self.add(kind, word, probe, of);
            }
            let number = self.points.len();
            self.add(PointKind::Statement, statement.word, probe, None);
            self.insert(statement.place.start, told);
            self.parts(statement, Some(number));
        }
        if let Some(entrance) = entrance {
            self.branch(entrance);
        }
    }

    /// What a statement has inside, which is this one of the points.
    fn parts(&mut self, statement: &Statement, of: Option<usize>) {
        match &statement.kind {
            Kind::Block(block) => self.block(block, of),
            Kind::If(arms) => {
                self.arms(arms, of);
                if let Some(last) = arms.last().filter(|arm| !arm.is_else) {
                    self.insert(last.end, " else");
                    self.branch(Entrance {
                        kind: PointKind::NoThen,
                        word: statement.word,
                        at: last.end,
                        of,
                    });
                }
            }
            Kind::Case(arms) => {
                self.arms(arms, of);
                self.compared(statement, arms);
            }
            Kind::Loop(turns) => {
                let may_make_none = turns.kind != LoopKind::Endless;
                let waits = format!("pg_assay_none_{}", self.loops);
                if may_make_none {
                    self.loops += 1;
                    self.insert(statement.place.start, format!(" {waits} := true; "));
                    let text = format!(" if {waits} then {waits} := false; end if; ");
                    self.insert(turns.body, text);
                }
                let entrance = Entrance {
                    kind: PointKind::Turn,
                    word: statement.word,
                    at: turns.body,
                    of,
                };
                self.statements(&turns.statements, Some(entrance));
                if may_make_none {
                    let behind = statement.place.end;
                    self.insert(behind, format!(" if {waits} then"));
                    self.branch(Entrance {
                        kind: PointKind::NoTurn,
                        word: statement.word,
                        at: behind,
                        of,
                    });
                    self.insert(behind, " end if;");
                }
            }
            Kind::Leaves | Kind::Plain => {}
        }
    }

    /// Notes where expressions stand to which the value of a `CASE` is compared, if it has one.
    fn compared(&mut self, statement: &Statement, arms: &[Arm]) {
        let first = arms.first().map_or(statement.word, |arm| arm.word);
        if Tokens::of(&self.text[statement.word..first]).count() < 2 {
            return;
        }
        for arm in arms.iter().filter(|arm| !arm.is_else) {
            let inside = inside_of(&self.text[arm.word..arm.then]);
            let compared = inside.map(|at| (arm.word + at, statement.place.end));
            self.compared.extend(compared);
        }
    }

    fn arms(&mut self, arms: &[Arm], of: Option<usize>) {
        for arm in arms {
            let kind = if arm.is_else {
                PointKind::Else
            } else {
                PointKind::Then
            };
            let entrance = Entrance {
                kind,
                word: arm.word,
                at: arm.then,
                of,
            };
            self.statements(&arm.statements, Some(entrance));
        }
    }

    /// The variables for all probes.
    fn declare(&mut self, body: &Body) {
        let mut declared = String::new();
        for variable in 0..self.probes.div_ceil(BITS) {
            // A setting that was rolled back for the first time is empty. No operator, which `search_path` could change.
            declared += &format!(
                " pg_assay_{variable} pg_catalog.int8 := pg_catalog.concat('0', \
                 pg_catalog.current_setting('pg_assay.hits_{}_{variable}', true))::pg_catalog.int8;",
                self.oid
            );
        }
        for number in 0..self.loops {
            declared += &format!(" pg_assay_none_{number} pg_catalog.bool;");
        }
        match body.block.declare {
            Some(at) => self.insert(at, declared),
            None if declared.is_empty() => {}
            None => self.insert(body.block.begin.start, format!("declare{declared} ")),
        }
    }
}

/// A place in `WHEN … THEN` where a comment changes nothing, and is kept: what stands at the ends of the expression, the server
/// leaves out. None where it is only a word or a number.
fn inside_of(when: &str) -> Option<usize> {
    let tokens: Vec<Token<'_>> = Tokens::of(when).collect();
    let [_, expression @ .., _] = &tokens[..] else {
        return None;
    };
    let is_string = |it: &Token<'_>| matches!(it.kind, TokenKind::Text(..));
    let stands_alone = |it: &Token<'_>| matches!(it.kind, TokenKind::Sign('(' | ')' | ','));
    let place = expression.windows(2).rfind(|pair| {
        let is_apart = pair[0].end < pair[1].start || pair.iter().any(stands_alone);
        // Two strings in a row may be one.
        is_apart && !pair.iter().all(is_string)
    });
    place.map(|pair| pair[1].start)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    const EVERYTHING: &str = include_str!("../../../tests/data/plpgsql/everything.plpgsql");

    fn of(body: &str, oid: u32) -> (Logic, String) {
        let told = telling(body, oid, "").unwrap();
        (told.logic, told.whole)
    }

    /// The lines of a text without what probes put there.
    fn without_probes(telling: &str) -> Vec<String> {
        let probes = regex::Regex::new(
            r"(?x) \ if\ pg_assay_\d+\ operator\(pg_catalog\.&\)\ \d+\ .*?\ end\ if;\s
                 | \ pg_assay_none_\d+\ :=\ true;\s | \ if\ pg_assay_none_\d+\ then\ pg_assay_none_\d+\ :=\ false;\ end\ if;\s
                 | \ pg_assay_\d+\ pg_catalog\.int8\ :=\ .*?::pg_catalog\.int8; | \ pg_assay_none_\d+\ pg_catalog\.bool;
                 | /\*pgassay<.*?>pgassay\*/ | \ declare\ pg_assay_caught_1\ .*?\ end;",
        );
        let text = probes.unwrap().replace_all(telling, "");
        let text = regex::Regex::new(r" if pg_assay_none_\d+ then end if;")
            .unwrap()
            .replace_all(&text, "");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn probes_stand_on_the_lines_that_are_there() {
        let (logic, telling) = of(EVERYTHING, 17);
        let lines = without_probes(&telling);
        let before: Vec<&str> = EVERYTHING.lines().collect();
        assert_eq!(lines.len(), before.len());
        for (line, before) in lines.iter().zip(before) {
            let line = line.replace(" elseEND IF", "END IF");
            assert_eq!(line, before);
        }
        // It can be read again, and has as many statements as there were, and those of the probes.
        assert!(parse(&telling).is_ok(), "{telling}");
        let probes = logic.points.iter().map(|point| point.probe).max().unwrap() + 1;
        assert_eq!(telling.matches("pg_assay.hit(17,").count(), probes);
        for probe in 0..probes {
            assert!(
                telling.contains(&format!("pg_assay.hit(17, {probe}, ")),
                "{probe}"
            );
        }
    }

    #[test]
    fn branches_that_are_not_written_count_too() {
        let body = "BEGIN
            IF a THEN b := 1; END IF;
            WHILE c LOOP END LOOP;
            LOOP EXIT; END LOOP;
            BEGIN d := 1; EXCEPTION WHEN OTHERS THEN NULL; END;
            BEGIN RETURN; EXCEPTION WHEN OTHERS THEN END;
            BEGIN LOOP RETURN; END LOOP; EXCEPTION WHEN OTHERS THEN END;
            BEGIN LOOP EXIT WHEN d = 1; END LOOP; EXCEPTION WHEN OTHERS THEN END;
            END";
        let (logic, _) = of(body, 1);
        let branches: Vec<(usize, PointKind)> = logic
            .points
            .iter()
            .filter(|point| point.kind.is_branch())
            .map(|point| (point.line, point.kind))
            .collect();
        assert_eq!(
            branches,
            [
                (2, PointKind::Then),
                (2, PointKind::NoThen),
                (3, PointKind::Turn),
                (3, PointKind::NoTurn),
                (4, PointKind::Turn),
                (5, PointKind::NotCaught),
                (5, PointKind::Caught),
                (6, PointKind::Caught),
                (7, PointKind::Turn),
                (7, PointKind::Caught),
                (8, PointKind::Turn),
                (8, PointKind::NotCaught),
                (8, PointKind::Caught),
            ]
        );
    }

    #[test]
    fn a_branch_knows_its_statement() {
        let body = "BEGIN
            IF a THEN CASE b WHEN 1 THEN c;
                WHEN 2 THEN d; END CASE;
            ELSIF e THEN f; END IF;
            WHILE g LOOP BEGIN h; EXCEPTION
                WHEN OTHERS THEN i; END; END LOOP;
            EXCEPTION
                WHEN OTHERS THEN j;
            END";
        let (logic, _) = of(body, 1);
        let branches = logic.points.iter().filter(|point| point.kind.is_branch());
        let owners = branches.map(|point| {
            let owner = point.of.map(|of| &logic.points[of]);
            assert!(owner.is_none_or(|owner| owner.kind == PointKind::Statement));
            (point.line, point.kind, owner.map(|owner| owner.line))
        });
        assert_eq!(
            owners.collect::<Vec<_>>(),
            [
                (2, PointKind::Then, Some(2)),
                (2, PointKind::Then, Some(2)),
                (3, PointKind::Then, Some(2)),
                (4, PointKind::Then, Some(2)),
                (2, PointKind::NoThen, Some(2)),
                (5, PointKind::Turn, Some(5)),
                (5, PointKind::NotCaught, Some(5)),
                (6, PointKind::Caught, Some(5)),
                (5, PointKind::NoTurn, Some(5)),
                (1, PointKind::NotCaught, None),
                (8, PointKind::Caught, None),
            ]
        );
    }

    #[test]
    fn what_a_case_is_compared_to_stays_what_it_is() {
        for (when, marked) in [
            ("64", "64"),
            ("a.b", "a.b"),
            ("'x'", "'x'"),
            ("'x'\n'y'", "'x'\n'y'"),
            ("64, 128", "64, ~128"),
            ("f(1.5)", "f(1.5~)"),
            ("1e3 -- THEN\n", "1e3 -- THEN\n"),
            ("a>=12", "a>=12"),
            ("a >= 12 /* no */", "a >= ~12 /* no */"),
        ] {
            let text = format!("WHEN {when} THEN");
            let mut found = text.clone();
            if let Some(at) = inside_of(&text) {
                found.insert(at, '~');
            }
            assert_eq!(found, format!("WHEN {marked} THEN"));
        }
    }

    #[test]
    fn a_body_without_statements_is_as_it_was() {
        for body in ["BEGIN END", "<<a>> DECLARE b int; BEGIN END a;"] {
            let (logic, telling) = of(body, 1);
            assert!(logic.points.is_empty());
            assert_eq!(telling, body);
        }
    }
}
