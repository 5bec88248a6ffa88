//! Where the points of a body stand, and the probe for each.

use super::hideable;
use crate::coverage::insertions::Insertions;
use crate::coverage::logic::{Point, PointKind};
use crate::plpgsql::{Arm, Block, Body, Kind, LineStarts, LoopKind, Statement, falls_through};
use crate::script::{Token, TokenKind, Tokens, leading_words};

/// How many probes share a variable: its bits but for the sign, and one that keeps powers of two far from it.
const BITS: usize = 62;

/// The points of a body as they are found, and what is put into it for them.
pub(super) struct Marks<'b> {
    text: &'b str,
    lines: LineStarts,
    oid: u32,
    pub(super) points: Vec<Point>,
    probes: usize,
    loops: usize,
    /// The expressions to which the value of a `CASE` is compared: the last word of each, and the end of the `CASE`.
    pub(super) compared: Vec<(usize, usize)>,
    pub(super) insertions: Insertions,
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

impl<'b> Marks<'b> {
    /// None yet, in the body of the routine of this number, into which something may have been put already.
    pub(super) fn new(text: &'b str, oid: u32, insertions: Insertions) -> Self {
        Self {
            text,
            lines: LineStarts::of(text),
            oid,
            points: Vec::new(),
            probes: 0,
            loops: 0,
            compared: Vec::new(),
            insertions,
        }
    }

    /// How many variables the probes take.
    pub(super) fn variables(&self) -> usize {
        self.probes.div_ceil(BITS) + self.loops
    }

    fn insert(&mut self, at: usize, text: &str) {
        self.insertions.put(at, hideable(text));
    }

    fn add(&mut self, kind: PointKind, word: usize, probe: usize, of: Option<usize>) {
        let line = self.lines.line_of(word);
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
        self.insert(at, &told);
    }

    /// Marks what a block has inside, which is this one of the points.
    pub(super) fn block(&mut self, block: &Block, of: Option<usize>) {
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
            // Nothing may come before it in a transaction, not even a probe.
            let is_first = sets_transaction(&self.text[statement.word..statement.place.end]);
            let at = if is_first {
                statement.place.end
            } else {
                statement.place.start
            };
            self.insert(at, &told);
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
                    self.insert(statement.place.start, &format!(" {waits} := true; "));
                    let text = format!(" if {waits} then {waits} := false; end if; ");
                    self.insert(turns.body, &text);
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
                    self.insert(behind, &format!(" if {waits} then"));
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

    /// Declares the variables for all probes.
    pub(super) fn declare(&mut self, body: &Body) {
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
            Some(at) => self.insert(at, &declared),
            None if declared.is_empty() => {}
            None => self.insert(body.block.begin.start, &format!("declare{declared} ")),
        }
    }
}

/// A place in `WHEN … THEN` where a comment changes nothing, and is kept: what stands at the ends of the expression, the server
/// leaves out. None where it is only a word or a number.
pub(super) fn inside_of(when: &str) -> Option<usize> {
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

/// Whether a statement is `SET TRANSACTION`.
fn sets_transaction(statement: &str) -> bool {
    let mut words = leading_words(statement);
    let mut next_is = |word: &str| words.next().is_some_and(|it| it.eq_ignore_ascii_case(word));
    next_is("set") && next_is("transaction")
}
