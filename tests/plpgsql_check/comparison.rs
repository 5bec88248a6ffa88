//! A function's logic as coverage saw it, against the profile of the same calls.
//!
//! Both are walked side by side, along the body's own statements: each statement has to be on the same line, the same thing,
//! part of the same list, and executed or not for both. What is a branch for both has to be taken or not for both. Where
//! the two count different things, the rule that says so is a [`Rule`], and is kept by the numbers of the profile.

use std::collections::BTreeMap;

use pgassay::coverage::{CoveredLogic, Point, PointKind};
use pgassay::plpgsql::{
    Arm, Block, Handler, Kind, Loop, LoopKind, Statement, falls_through, parse,
};

use crate::profile::{Profile, Profiled};

/// What `plpgsql_check` counts otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// The outermost block, and the block and the `RETURN` that the server adds, are statements for it. For us they are
    /// the call.
    OwnStatements,
    /// A list of statements that is empty is a branch for it that never runs, since it looks at the first statement.
    EmptyList,
    /// It takes the `ELSE` that is not written for run whenever an `IF` ended and the first statement of no arm ran: also
    /// where an arm is empty, and where a condition raised an error.
    NotElse,
    /// `NULL` is no statement for it, nor for the server.
    Null,
    /// A `CASE` without an `ELSE` has an `ELSE` for it that never runs. There is none: the server raises an error.
    NoCaseElse,
    /// Of a block with handlers, it counts the first statement of its body. We count that its end is reached; where
    /// that cannot be, nothing.
    BodyOfBlock,
    /// It knows no loop without a turn.
    NoTurn,
}

impl Rule {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::OwnStatements,
        Self::EmptyList,
        Self::NotElse,
        Self::Null,
        Self::NoCaseElse,
        Self::BodyOfBlock,
        Self::NoTurn,
    ];
}

/// What came of comparisons.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// Where the two differ, for people to read.
    pub(crate) differences: Vec<String>,
    /// How often each rule explained something.
    pub(crate) rules: BTreeMap<Rule, usize>,
    /// How many statements were compared, and how many of these ran.
    pub(crate) statements: Share,
    /// How many branches were compared.
    pub(crate) branches: Share,
    /// How much of what only we count was compared with what their numbers tell of it.
    pub(crate) own: Share,
    /// Of how much that only we count these say nothing.
    pub(crate) untold: usize,
}

/// How many of how many.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) hit: usize,
    pub(crate) all: usize,
}

impl Share {
    fn count(&mut self, is_hit: bool) {
        self.all += 1;
        self.hit += usize::from(is_hit);
    }

    #[expect(clippy::cast_precision_loss, reason = "they are few")]
    fn part(self) -> f64 {
        if self.all == 0 {
            1.0
        } else {
            self.hit as f64 / self.all as f64
        }
    }
}

impl Comparison {
    /// Compares what was seen of all functions that were called. Those of which coverage knows nothing are passed over.
    /// Returns how many were compared.
    pub(crate) fn take_all(
        &mut self,
        profiles: &BTreeMap<String, Profile>,
        covered: &BTreeMap<String, CoveredLogic>,
    ) -> usize {
        let mut compared = 0;
        for (function, ours) in covered.iter().filter(|(_, it)| !it.logic.is_in_a_row) {
            match profiles.get(function) {
                Some(profile) => {
                    compared += 1;
                    self.take(function, profile, ours);
                }
                None if ours.points().any(|(_, hits)| hits.is_some()) => {
                    let told = format!("{function} was not called for them");
                    self.differences.push(told);
                }
                None => {}
            }
        }
        compared
    }

    fn take(&mut self, function: &str, profile: &Profile, ours: &CoveredLogic) {
        let before = self.differences.len();
        let body = match parse(&profile.body) {
            Ok(body) => body,
            Err(error) => {
                self.differences.push(format!("{function}: {error}"));
                return;
            }
        };
        if let Some(why) = &ours.logic.unmeasured {
            self.differences.push(format!("{function}: {why}"));
            return;
        }
        let mut walk = Walk {
            function,
            body: &profile.body,
            theirs: profile.statements.iter().collect(),
            at: 0,
            ours: ours
                .points()
                .map(|(point, hits)| (point, hits.is_some()))
                .collect(),
            at_point: 0,
            branches: Share::default(),
            into: self,
        };
        walk.explained(Rule::OwnStatements);
        let whole = walk.theirs.first().copied();
        match whole {
            Some(whole) if whole.name == "statement block" => {
                walk.at = 1;
                walk.block(&body.block, whole);
            }
            _ => walk.differs("it has no statements"),
        }
        if walk.at != walk.theirs.len() || walk.at_point != walk.ours.len() {
            walk.differs("not everything of the two belongs together");
        }
        // That our reading of theirs is what they report.
        let branches = walk.branches.part();
        if !is_same(branches, profile.of_branches) {
            let told = format!(
                "{function}: {branches} of branches, reported as {}",
                profile.of_branches
            );
            self.differences.push(told);
        }
        // What the server adds itself is not in the list, and is counted: at most a block and a `RETURN`.
        let statements = Share {
            hit: profile.statements.iter().filter(|it| it.ends > 0).count(),
            all: profile.statements.len(),
        };
        let with_added = (0..=2).flat_map(|all| (0..=all).map(move |hit| (hit, all)));
        let mut with_added = with_added.map(|(hit, all)| Share {
            hit: statements.hit + hit,
            all: statements.all + all,
        });
        if !with_added.any(|it| is_same(it.part(), profile.of_statements)) {
            let told = format!(
                "{function}: {statements:?} of statements, reported as {}",
                profile.of_statements
            );
            self.differences.push(told);
        }
        if self.differences.len() > before {
            self.differences.push(profile.body.clone());
        }
    }
}

fn is_same(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

/// The way through one function.
struct Walk<'w> {
    function: &'w str,
    body: &'w str,
    theirs: Vec<&'w Profiled>,
    at: usize,
    /// Each point, and whether it was reached.
    ours: Vec<(&'w Point, bool)>,
    at_point: usize,
    /// As they count them.
    branches: Share,
    into: &'w mut Comparison,
}

/// What stands in a list of statements.
#[derive(Default)]
struct List<'w> {
    /// Their first and last statement.
    first: Option<&'w Profiled>,
    last: Option<&'w Profiled>,
    /// Whether we saw its branch taken, where it is one.
    is_taken: bool,
}

impl List<'_> {
    fn ends(&self) -> u64 {
        self.first.map_or(0, |it| it.ends)
    }
}

impl<'w> Walk<'w> {
    fn differs(&mut self, what: &str) {
        let line = self.theirs.get(self.at).map_or(0, |it| it.line);
        let told = format!("{} at line {line}: {what}", self.function);
        self.into.differences.push(told);
    }

    fn explained(&mut self, rule: Rule) {
        *self.into.rules.entry(rule).or_default() += 1;
    }

    /// Our next point, which has to be this.
    fn point(&mut self, kind: PointKind) -> bool {
        let point = self.ours.get(self.at_point).copied();
        self.at_point += 1;
        match point {
            Some((point, is_hit)) if point.kind == kind => is_hit,
            other => {
                self.differs(&format!("{kind:?} was to come, not {other:?}"));
                false
            }
        }
    }

    /// A branch that both count: theirs by the first statement.
    fn branch(&mut self, list: &List<'_>, kind: PointKind) {
        self.branches.count(list.ends() > 0);
        if list.first.is_none() {
            self.explained(Rule::EmptyList);
            return;
        }
        self.into.branches.count(list.is_taken);
        if list.is_taken != (list.ends() > 0) {
            self.differs(&format!("{kind:?}, for them {}", list.ends()));
        }
    }

    fn block(&mut self, block: &Block, theirs: &'w Profiled) {
        let body = self.list(&block.statements, theirs, "body", None);
        let Some((_, handlers)) = &block.exception else {
            return;
        };
        self.branches.count(body.ends() > 0);
        self.explained(Rule::BodyOfBlock);
        if falls_through(&block.statements) {
            let is_taken = self.point(PointKind::NotCaught);
            // A last statement that has no others tells whether the end was reached.
            let last = block.statements.last().map(|it| &it.kind);
            match (last, body.last) {
                (Some(Kind::Plain), Some(last)) if last.may_end_only_here() => {
                    self.own("NotCaught", is_taken, last.ends > last.errors);
                }
                _ => self.into.untold += 1,
            }
        }
        for (at, Handler { statements, .. }) in handlers.iter().enumerate() {
            let list = format!("exception {}", at + 1);
            let handler = self.list(statements, theirs, &list, Some(PointKind::Caught));
            self.branch(&handler, PointKind::Caught);
        }
    }

    /// Something that only we count, and what their numbers say of it.
    fn own(&mut self, what: &str, is_taken: bool, told: bool) {
        self.into.own.count(is_taken);
        if is_taken != told {
            self.differs(&format!("{what} {is_taken}, by their numbers {told}"));
        }
    }

    fn list(
        &mut self,
        statements: &[Statement],
        parent: &Profiled,
        list: &str,
        entrance: Option<PointKind>,
    ) -> List<'w> {
        let mut found = List::default();
        if let Some(entrance) = entrance {
            found.is_taken = self.point(entrance);
        }
        // What is known of the statement before, and the `NULL`s behind it.
        let (mut before, mut nulls) = (None, Vec::new());
        for statement in statements {
            let is_hit = self.point(PointKind::Statement);
            if self.is_null(statement) {
                self.explained(Rule::Null);
                nulls.push(is_hit);
                continue;
            }
            let Some(theirs) = self.theirs.get(self.at).copied() else {
                self.differs("they have no further statement");
                return found;
            };
            let line = self.ours[self.at_point - 1].0.line;
            let is_same = theirs.line == line
                && theirs.parent == parent.number
                && theirs.list == list
                && is_called(&theirs.name, &statement.kind);
            if !is_same {
                let text = self.body.get(statement.place.clone()).unwrap_or_default();
                let text: String = text.chars().take(60).collect();
                self.differs(&format!("{text:?} at line {line} in {list} is {theirs:?}"));
            }
            self.into.statements.count(is_hit);
            if is_hit != (theirs.ends > 0) {
                self.differs(&format!("executed {is_hit}, for them {}", theirs.ends));
            }
            self.at += 1;
            // One `NULL` follows the other, and what stands behind it them all.
            for is_null_hit in nulls.drain(..) {
                self.own("NULL", is_null_hit, theirs.ends > 0);
            }
            let is_plain = matches!(statement.kind, Kind::Plain) && theirs.may_end_only_here();
            before = is_plain.then_some(theirs.ends > theirs.errors);
            found.first.get_or_insert(theirs);
            found.last = Some(theirs);
            match &statement.kind {
                Kind::Block(block) => self.block(block, theirs),
                Kind::If(arms) => self.condition(arms, theirs),
                Kind::Case(arms) => self.case(arms, theirs),
                Kind::Loop(of) => self.looping(of, theirs),
                Kind::Leaves | Kind::Plain => {}
            }
        }
        for is_null_hit in nulls {
            match before {
                Some(is_reached) => self.own("NULL", is_null_hit, is_reached),
                None => self.into.untold += 1,
            }
        }
        found
    }

    fn is_null(&self, statement: &Statement) -> bool {
        let text = self.body.get(statement.place.clone()).unwrap_or_default();
        text.trim_end_matches(';')
            .trim_end()
            .eq_ignore_ascii_case("null")
    }

    fn condition(&mut self, arms: &[Arm], theirs: &'w Profiled) {
        // How often an arm's first statement ran, and whether we saw an arm taken that has none.
        let (mut taken, mut is_empty_taken) = (0, false);
        for (at, arm) in arms.iter().enumerate() {
            let (list, kind) = match (at, arm.is_else) {
                (_, true) => ("else body".to_owned(), PointKind::Else),
                (0, _) => ("then body".to_owned(), PointKind::Then),
                (at, _) => (format!("elsif {at}"), PointKind::Then),
            };
            let statements = self.list(&arm.statements, theirs, &list, Some(kind));
            if arm.is_else && statements.first.is_none() {
                // The server has no trace of it: for them, it is not written.
                self.branches.count(theirs.ends > taken);
                self.explained(Rule::EmptyList);
                self.nothing_else(theirs, taken, statements.is_taken || is_empty_taken);
                return;
            }
            self.branch(&statements, kind);
            if !arm.is_else {
                taken += statements.ends();
                is_empty_taken |= statements.first.is_none() && statements.is_taken;
            }
        }
        if arms.last().is_none_or(|it| !it.is_else) {
            let is_taken = self.point(PointKind::NoThen);
            self.branches.count(theirs.ends > taken);
            self.nothing_else(theirs, taken, is_taken || is_empty_taken);
        }
    }

    /// Whether an `IF` came to nothing that their numbers could tell, and whether we saw something of that.
    fn nothing_else(&mut self, theirs: &Profiled, taken: u64, is_taken: bool) {
        self.into.branches.count(is_taken);
        let told = theirs.ends - taken;
        if is_taken != (told > 0) {
            self.explained(Rule::NotElse);
            if is_taken != (told > theirs.errors) {
                self.differs(&format!(
                    "NoThen {is_taken}, for them {told}, {} raised",
                    theirs.errors
                ));
            }
        }
    }

    fn case(&mut self, arms: &[Arm], theirs: &'w Profiled) {
        for (at, arm) in arms.iter().enumerate() {
            let (list, kind) = if arm.is_else {
                ("case else".to_owned(), PointKind::Else)
            } else {
                (format!("case when {}", at + 1), PointKind::Then)
            };
            let statements = self.list(&arm.statements, theirs, &list, Some(kind));
            self.branch(&statements, kind);
        }
        if arms.last().is_none_or(|it| !it.is_else) {
            self.branches.count(false);
            self.explained(Rule::NoCaseElse);
        }
    }

    fn looping(&mut self, of: &Loop, theirs: &'w Profiled) {
        let body = self.list(&of.statements, theirs, "loop body", Some(PointKind::Turn));
        self.branch(&body, PointKind::Turn);
        if of.kind == LoopKind::Endless {
            return;
        }
        let is_taken = self.point(PointKind::NoTurn);
        self.explained(Rule::NoTurn);
        match (body.first, body.ends()) {
            (Some(_), 0) => self.own("NoTurn", is_taken, theirs.ends > theirs.errors),
            (Some(_), _) if theirs.ends == 1 => self.own("NoTurn", is_taken, false),
            _ => self.into.untold += 1,
        }
    }
}

/// Whether errors call a statement of this kind so.
fn is_called(name: &str, kind: &Kind) -> bool {
    const LEAVING: [&str; 4] = ["RETURN", "RAISE", "EXIT", "CONTINUE"];
    let is_compound = |name: &str| {
        matches!(name, "statement block" | "IF" | "CASE" | "LOOP" | "WHILE")
            || name.starts_with("FOR")
    };
    match kind {
        Kind::Block(_) => name == "statement block",
        Kind::If(_) => name == "IF",
        Kind::Case(_) => name == "CASE",
        Kind::Loop(of) => match of.kind {
            LoopKind::Endless => name == "LOOP",
            LoopKind::While => name == "WHILE",
            LoopKind::Each => name.starts_with("FOR"),
        },
        Kind::Leaves => LEAVING.contains(&name),
        Kind::Plain => !is_compound(name),
    }
}
