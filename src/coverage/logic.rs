//! The logic of a function in PL/pgSQL: which of its statements and branches ran, and how its body is made to tell.
//!
//! Probes stand on the lines that are there, so that what errors say of lines stays as it is. Each is an `IF` over a
//! variable of the function's own, in which a bit says that it was told already: it leaves `FOUND` and `ROW_COUNT` as
//! they are, and costs some 50 ns. What was told is kept in a setting of the session too, so that it is told once;
//! what is rolled back is forgotten and told again.

use serde::{Deserialize, Serialize};

use crate::plpgsql::{
    Arm, Block, Body, BodyError, Kind, LoopKind, Statement, falls_through, line_of, parse,
};

/// How many probes share a variable: its bits but for the sign, and one that keeps powers of two far from it.
const BITS: usize = 62;

/// What of a function's logic can be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logic {
    /// Statements and branches, in the order of the text.
    pub points: Vec<Point>,
}

/// A statement or a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The line of the body, 1 for the first.
    pub line: usize,
    /// What is there.
    pub kind: PointKind,
    /// The probe that tells of it. A branch shares that of its first statement.
    pub probe: usize,
}

/// What a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PointKind {
    /// A statement begins.
    Statement,
    /// The condition of an `IF` or `ELSIF` is met, or an arm of a `CASE` is taken.
    Then,
    /// An `ELSE` is taken.
    Else,
    /// No condition of an `IF` without an `ELSE` is met.
    NoThen,
    /// A loop makes a turn.
    Turn,
    /// A loop ends without any.
    NoTurn,
    /// A handler catches an error.
    Caught,
    /// A block with handlers reaches its end.
    NotCaught,
}

impl PointKind {
    /// Whether it is a branch.
    pub fn is_branch(self) -> bool {
        self != Self::Statement
    }
}

impl Logic {
    /// Reads a body, and makes it tell as the function of this number.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(body: &str, oid: u32) -> Result<(Self, String), BodyError> {
        let read = parse(body)?;
        let mut marks = Marks {
            text: body,
            oid,
            points: Vec::new(),
            probes: 0,
            loops: 0,
            insertions: Vec::new(),
        };
        marks.block(&read.block);
        let telling = marks.telling(&read);
        let logic = Self {
            points: marks.points,
        };
        Ok((logic, telling))
    }
}

struct Marks<'b> {
    text: &'b str,
    oid: u32,
    points: Vec<Point>,
    probes: usize,
    loops: usize,
    /// Texts and where they come, in the order in which they stand at one place.
    insertions: Vec<(usize, String)>,
}

/// A branch whose first statement is to come.
struct Entrance {
    kind: PointKind,
    /// The word that it is told of.
    word: usize,
    /// Where its statements begin.
    at: usize,
}

impl Marks<'_> {
    fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.insertions.push((at, text.into()));
    }

    fn add(&mut self, kind: PointKind, word: usize, probe: usize) {
        let line = line_of(self.text, word);
        self.points.push(Point { line, kind, probe });
    }

    /// A further probe: its number, and the statement that tells.
    fn probe(&mut self) -> (usize, String) {
        let number = self.probes;
        self.probes += 1;
        let (variable, bit) = (number / BITS, 1_u64 << (number % BITS));
        let told = format!(
            " IF pg_assay_{variable} OPERATOR(pg_catalog.&) {bit} OPERATOR(pg_catalog.=) 0 \
             THEN pg_assay_{variable} := pg_assay.hit({}, {number}, pg_assay_{variable}); END IF; ",
            self.oid
        );
        (number, told)
    }

    fn branch(&mut self, kind: PointKind, word: usize, at: usize) {
        let (probe, told) = self.probe();
        self.add(kind, word, probe);
        self.insert(at, told);
    }

    fn block(&mut self, block: &Block) {
        self.statements(&block.statements, None);
        let Some((word, handlers)) = &block.exception else {
            return;
        };
        if falls_through(&block.statements) {
            self.branch(PointKind::NotCaught, block.begin.start, *word);
        }
        for handler in handlers {
            let entrance = Entrance {
                kind: PointKind::Caught,
                word: handler.when,
                at: handler.then,
            };
            self.statements(&handler.statements, Some(entrance));
        }
    }

    fn statements(&mut self, statements: &[Statement], entrance: Option<Entrance>) {
        let mut entrance = entrance;
        for statement in statements {
            let (probe, told) = self.probe();
            if let Some(Entrance { kind, word, .. }) = entrance.take() {
                self.add(kind, word, probe);
            }
            self.add(PointKind::Statement, statement.word, probe);
            self.insert(statement.place.start, told);
            self.parts(statement);
        }
        if let Some(Entrance { kind, word, at }) = entrance {
            self.branch(kind, word, at);
        }
    }

    fn parts(&mut self, statement: &Statement) {
        match &statement.kind {
            Kind::Block(block) => self.block(block),
            Kind::If(arms) => {
                self.arms(arms);
                if let Some(last) = arms.last().filter(|arm| !arm.is_else) {
                    self.insert(last.end, " ELSE");
                    self.branch(PointKind::NoThen, statement.word, last.end);
                }
            }
            Kind::Case(arms) => self.arms(arms),
            Kind::Loop(of) => {
                let may_make_none = of.kind != LoopKind::Endless;
                let waits = format!("pg_assay_none_{}", self.loops);
                if may_make_none {
                    self.loops += 1;
                    self.insert(statement.place.start, format!(" {waits} := true; "));
                    let text = format!(" IF {waits} THEN {waits} := false; END IF; ");
                    self.insert(of.body, text);
                }
                let entrance = Entrance {
                    kind: PointKind::Turn,
                    word: statement.word,
                    at: of.body,
                };
                self.statements(&of.statements, Some(entrance));
                if may_make_none {
                    let behind = statement.place.end;
                    self.insert(behind, format!(" IF {waits} THEN"));
                    self.branch(PointKind::NoTurn, statement.word, behind);
                    self.insert(behind, " END IF;");
                }
            }
            Kind::Leaves | Kind::Plain => {}
        }
    }

    fn arms(&mut self, arms: &[Arm]) {
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
            };
            self.statements(&arm.statements, Some(entrance));
        }
    }

    /// The body with all that was inserted, and the variables for it.
    fn telling(&mut self, body: &Body) -> String {
        let mut declared = String::new();
        for variable in 0..self.probes.div_ceil(BITS) {
            // A setting that was rolled back for the first time is empty. No operator, which `search_path` could change.
            declared += &format!(
                " pg_assay_{variable} pg_catalog.int8 := CAST(pg_catalog.concat('0', \
                 pg_catalog.current_setting('pg_assay.hits_{}_{variable}', true)) AS pg_catalog.int8);",
                self.oid
            );
        }
        for number in 0..self.loops {
            declared += &format!(" pg_assay_none_{number} pg_catalog.bool;");
        }
        match body.block.declare {
            Some(at) => self.insert(at, declared),
            None if declared.is_empty() => {}
            None => self.insert(body.block.begin.start, format!("DECLARE{declared} ")),
        }
        // Stable: what comes to one place keeps its order.
        self.insertions.sort_by_key(|(at, _)| *at);
        let mut told = String::with_capacity(self.text.len() * 4);
        let mut copied = 0;
        for (at, text) in &self.insertions {
            told.push_str(&self.text[copied..*at]);
            told.push_str(text);
            copied = *at;
        }
        told.push_str(&self.text[copied..]);
        told
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    const EVERYTHING: &str = include_str!("../../tests/data/plpgsql/everything.plpgsql");

    /// The lines of a text without what probes put there.
    fn without_probes(telling: &str) -> Vec<String> {
        let probes = regex::Regex::new(
            r"(?x) \ IF\ pg_assay_\d+\ OPERATOR\(pg_catalog\.&\)\ \d+\ .*?\ END\ IF;\s
                 | \ pg_assay_none_\d+\ :=\ true;\s | \ IF\ pg_assay_none_\d+\ THEN\ pg_assay_none_\d+\ :=\ false;\ END\ IF;\s
                 | \ pg_assay_\d+\ pg_catalog\.int8\ :=\ .*?AS\ pg_catalog\.int8\); | \ pg_assay_none_\d+\ pg_catalog\.bool;",
        );
        let text = probes.unwrap().replace_all(telling, "");
        let text = regex::Regex::new(r" IF pg_assay_none_\d+ THEN END IF;")
            .unwrap()
            .replace_all(&text, "");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn probes_stand_on_the_lines_that_are_there() {
        let (logic, telling) = Logic::of(EVERYTHING, 17).unwrap();
        let lines = without_probes(&telling);
        let before: Vec<&str> = EVERYTHING.lines().collect();
        assert_eq!(lines.len(), before.len());
        for (line, before) in lines.iter().zip(before) {
            let line = line.replace(" ELSEEND IF", "END IF");
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
            END";
        let (logic, _) = Logic::of(body, 1).unwrap();
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
            ]
        );
    }

    #[test]
    fn a_body_without_statements_is_as_it_was() {
        for body in ["BEGIN END", "<<a>> DECLARE b int; BEGIN END a;"] {
            let (logic, telling) = Logic::of(body, 1).unwrap();
            assert!(logic.points.is_empty());
            assert_eq!(telling, body);
        }
    }
}
