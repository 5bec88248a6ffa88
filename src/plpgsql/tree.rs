//! The statements of a body. All places are bytes in its text.

use std::ops::Range;

/// A function's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Its outermost block.
    pub block: Block,
}

/// `[<<label>>] [DECLARE …] BEGIN … [EXCEPTION …] END`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Right behind the word `DECLARE`, where there is one.
    pub declare: Option<usize>,
    /// The word `BEGIN`.
    pub begin: Range<usize>,
    /// What is between that and `EXCEPTION` or `END`.
    pub statements: Vec<Statement>,
    /// The word `EXCEPTION` and its handlers.
    pub exception: Option<(usize, Vec<Handler>)>,
    /// The word `END`.
    pub end: usize,
    /// Whether an `EXIT` stands in it, of this block or of another statement.
    pub has_exit: bool,
}

/// `WHEN … THEN …` of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// The word `WHEN`.
    pub when: usize,
    /// Right behind `THEN`.
    pub then: usize,
    /// What is behind that.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// From its label, where it has one, up to and with its semicolon.
    pub place: Range<usize>,
    /// The word whose line is the one that the server tells: the first behind the label, and `BEGIN` of a block that
    /// declares.
    pub word: usize,
    /// What it is.
    pub kind: Kind,
}

/// What a statement is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A block in a block.
    Block(Block),
    /// `IF … THEN … [ELSIF … THEN …] [ELSE …] END IF`: the last arm may be an `ELSE`.
    If(Vec<Arm>),
    /// `CASE … WHEN … THEN … [ELSE …] END CASE`, in both forms. Without an `ELSE` it raises an error where nothing fits.
    Case(Vec<Arm>),
    /// A loop.
    Loop(Loop),
    /// Nothing behind it is reached: `RETURN`, `RAISE` of an error, `EXIT` and `CONTINUE` without a condition.
    Leaves,
    /// Anything else: its end is reached, or an error is raised.
    Plain,
}

/// An arm of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm {
    /// The word that it begins with: `IF`, `ELSIF`, `WHEN`, or `ELSE`.
    pub word: usize,
    /// Whether it is the `ELSE`.
    pub is_else: bool,
    /// Right behind `THEN` or `ELSE`.
    pub then: usize,
    /// What is behind that.
    pub statements: Vec<Statement>,
    /// Where what is behind that ends: the next arm, or `END`.
    pub end: usize,
}

/// A loop of any form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    /// Its form.
    pub kind: LoopKind,
    /// Right behind the word `LOOP`.
    pub body: usize,
    /// What it does.
    pub statements: Vec<Statement>,
    /// Whether an `EXIT` stands in it, of this loop or of another one.
    pub has_exit: bool,
}

/// The forms of a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopKind {
    /// `LOOP`: at least one turn.
    Endless,
    /// `WHILE`.
    While,
    /// `FOR` and `FOREACH`, which tell by `FOUND` whether there was a turn.
    Each,
}

impl Body {
    /// The handlers of all of its blocks, in the order of the text.
    pub fn handlers(&self) -> Vec<&Handler> {
        let mut handlers = Vec::new();
        of_block(&self.block, &mut handlers);
        handlers
    }
}

fn of_block<'b>(block: &'b Block, handlers: &mut Vec<&'b Handler>) {
    of_statements(&block.statements, handlers);
    for handler in block.exception.iter().flat_map(|(_, handlers)| handlers) {
        handlers.push(handler);
        of_statements(&handler.statements, handlers);
    }
}

fn of_statements<'b>(statements: &'b [Statement], handlers: &mut Vec<&'b Handler>) {
    for statement in statements {
        match &statement.kind {
            Kind::Block(block) => of_block(block, handlers),
            Kind::If(arms) | Kind::Case(arms) => {
                for arm in arms {
                    of_statements(&arm.statements, handlers);
                }
            }
            Kind::Loop(of) => of_statements(&of.statements, handlers),
            Kind::Leaves | Kind::Plain => {}
        }
    }
}

impl Statement {
    /// Whether what stands behind it can be reached from its end.
    pub fn falls_through(&self) -> bool {
        match &self.kind {
            Kind::Leaves => false,
            // An EXIT with the block's label goes to its end.
            Kind::Block(block) if block.has_exit && self.place.start < self.word => true,
            Kind::Block(block) => {
                let handlers = block.exception.iter().flat_map(|(_, handlers)| handlers);
                falls_through(&block.statements)
                    || handlers.into_iter().any(|it| falls_through(&it.statements))
            }
            Kind::If(arms) => {
                !arms.iter().any(|arm| arm.is_else)
                    || arms.iter().any(|arm| falls_through(&arm.statements))
            }
            Kind::Case(arms) => arms.iter().any(|arm| falls_through(&arm.statements)),
            // Which loop an EXIT leaves is not followed.
            Kind::Loop(of) => of.kind != LoopKind::Endless || of.has_exit,
            Kind::Plain => true,
        }
    }
}

/// Whether the end of these statements can be reached from their beginning.
pub fn falls_through(statements: &[Statement]) -> bool {
    statements.iter().all(Statement::falls_through)
}
