//! The parser. Where it says "as the server", that is `read_sql_construct`, `make_execsql_stmt` and `plpgsql_yylex` of
//! `PostgreSQL`'s `pl_gram.y` and `pl_scanner.c`.

use super::tree::{Arm, Block, Body, Handler, Kind, Loop, LoopKind, Statement};
use crate::script::{Token, TokenKind, Tokens};

/// How deep statements may stand in one another.
const DEPTH: usize = 200;

/// Why a body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Something is missing.
    #[error("line {line}: there is no {expected}")]
    Missing {
        /// What.
        expected: &'static str,
        /// From which line of the body on, 1 for the first.
        line: usize,
    },
    /// Statements stand in one another beyond all measure.
    #[error("line {line}: more than {DEPTH} statements stand in one another")]
    TooDeep {
        /// The line of the body, 1 for the first.
        line: usize,
    },
}

/// Reads the body of a function, a procedure, a trigger function, or a `DO`.
///
/// # Errors
/// When the statements cannot be told apart.
pub fn parse(text: &str) -> Result<Body, BodyError> {
    let tokens: Vec<Token<'_>> = Tokens::of(text).collect();
    let mut parser = Parser {
        text,
        tokens: &tokens,
        at: 0,
        depth: 0,
        exits: 0,
    };
    parser.options();
    parser.label()?;
    let block = parser.block()?;
    parser.sign(';');
    if parser.at < tokens.len() {
        return Err(parser.missing("end of the body behind END"));
    }
    Ok(Body { block })
}

/// The line of a body in which a place of it stands, 1 for the first.
pub fn line_of(text: &str, at: usize) -> usize {
    1 + text.get(..at).unwrap_or(text).matches('\n').count()
}

/// Where the lines of a text begin, for many places of it.
#[derive(Debug, Clone)]
pub struct LineStarts(Vec<usize>);

impl LineStarts {
    /// Those of a text.
    pub fn of(text: &str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(ends).collect())
    }

    /// The line in which a place stands, 1 for the first, as [`line_of`] tells it.
    pub fn line_of(&self, at: usize) -> usize {
        self.0.partition_point(|start| *start <= at)
    }

    /// Where a line begins, 1 for the first; none behind the last one.
    pub fn start_of(&self, line: usize) -> Option<usize> {
        self.0.get(line.checked_sub(1)?).copied()
    }
}

struct Parser<'p> {
    text: &'p str,
    tokens: &'p [Token<'p>],
    at: usize,
    depth: usize,
    /// How many `EXIT` there were so far.
    exits: usize,
}

impl<'p> Parser<'p> {
    fn peek(&self) -> Option<&'p Token<'p>> {
        self.tokens.get(self.at)
    }

    fn is(&self, word: &str) -> bool {
        self.peek().is_some_and(|token| token.is(word))
    }

    fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    fn is_sign_at(&self, at: usize, sign: char) -> bool {
        let token = self.tokens.get(at);
        token.is_some_and(|token| token.kind == TokenKind::Sign(sign))
    }

    /// Where the token at hand stands, or the text ends.
    fn place(&self) -> usize {
        self.peek().map_or(self.text.len(), |token| token.start)
    }

    /// Where the token before ended.
    fn behind(&self) -> usize {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.map_or(0, |token| token.end)
    }

    fn line(&self) -> usize {
        line_of(self.text, self.place())
    }

    fn missing(&self, expected: &'static str) -> BodyError {
        BodyError::Missing {
            expected,
            line: self.line(),
        }
    }

    /// Passes over this word, where it is there.
    fn word(&mut self, word: &str) -> bool {
        let is_there = self.is(word);
        self.at += usize::from(is_there);
        is_there
    }

    fn sign(&mut self, sign: char) -> bool {
        let is_there = self.is_sign_at(self.at, sign);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect_word(&mut self, word: &str, expected: &'static str) -> Result<(), BodyError> {
        if self.word(word) {
            Ok(())
        } else {
            Err(self.missing(expected))
        }
    }

    fn expect_semicolon(&mut self) -> Result<(), BodyError> {
        if self.sign(';') {
            Ok(())
        } else {
            Err(self.missing("semicolon"))
        }
    }

    /// `#variable_conflict use_column` and its like.
    fn options(&mut self) {
        while self.sign('#') {
            self.at += 2;
        }
    }

    /// `<<label>>`.
    fn label(&mut self) -> Result<(), BodyError> {
        if !(self.is_sign_at(self.at, '<') && self.is_sign_at(self.at + 1, '<')) {
            return Ok(());
        }
        let is_whole = self.is_sign_at(self.at + 3, '>') && self.is_sign_at(self.at + 4, '>');
        if !is_whole {
            return Err(self.missing("end of the label"));
        }
        self.at += 5;
        Ok(())
    }

    /// From `DECLARE` or `BEGIN` on, up to and with `END` and the label behind it.
    fn block(&mut self) -> Result<Block, BodyError> {
        let mut declare = None;
        if self.word("declare") {
            declare = Some(self.behind());
            // The word may stand there again.
            while !self.is("begin") {
                if !self.word("declare") {
                    self.up_to(&[])?;
                    self.expect_semicolon()?;
                }
            }
        }
        let begin = self.place();
        self.expect_word("begin", "BEGIN")?;
        let begin = begin..self.behind();
        let exits = self.exits;
        let statements = self.statements()?;
        let exception = if self.is("exception") {
            let place = self.place();
            self.at += 1;
            Some((place, self.handlers()?))
        } else {
            None
        };
        let end = self.place();
        self.expect_word("end", "END of the block")?;
        self.end_label();
        Ok(Block {
            declare,
            begin,
            statements,
            exception,
            end,
            has_exit: self.exits > exits,
        })
    }

    fn end_label(&mut self) {
        let is_name = self
            .peek()
            .is_some_and(|it| matches!(it.kind, TokenKind::Word(_) | TokenKind::Quoted(_)));
        self.at += usize::from(is_name);
    }

    fn handlers(&mut self) -> Result<Vec<Handler>, BodyError> {
        let mut handlers = Vec::new();
        while self.is("when") {
            let when = self.place();
            self.at += 1;
            self.up_to(&["then"])?;
            self.expect_word("then", "THEN")?;
            handlers.push(Handler {
                when,
                then: self.behind(),
                statements: self.statements()?,
            });
        }
        if handlers.is_empty() {
            return Err(self.missing("WHEN behind EXCEPTION"));
        }
        Ok(handlers)
    }

    /// All statements up to a word that ends them.
    fn statements(&mut self) -> Result<Vec<Statement>, BodyError> {
        const ENDS: [&str; 6] = ["end", "else", "elsif", "elseif", "when", "exception"];
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(BodyError::TooDeep { line: self.line() });
        }
        let mut statements = Vec::new();
        while self.peek().is_some() && (self.names_variable() || !self.is_any(&ENDS)) {
            statements.push(self.statement()?);
        }
        self.depth -= 1;
        Ok(statements)
    }

    /// Whether the word at hand is a variable and no keyword, since something is assigned to it. So says the server of
    /// words that it does not reserve.
    fn names_variable(&self) -> bool {
        const RESERVED: [&str; 24] = [
            "all", "begin", "by", "case", "declare", "else", "end", "execute", "for", "foreach",
            "from", "if", "in", "into", "loop", "not", "null", "or", "strict", "then", "to",
            "using", "when", "while",
        ];
        if self.is_any(&RESERVED)
            || self
                .peek()
                .is_some_and(|it| matches!(it.kind, TokenKind::Sign(_)))
        {
            return false;
        }
        let next = self.at + 1;
        let assigns = self.is_sign_at(next, ':') && self.is_sign_at(next + 1, '=');
        let is_name = |at: usize| {
            let token = self.tokens.get(at).map(|it| it.kind);
            matches!(token, Some(TokenKind::Word(_) | TokenKind::Quoted(_)))
        };
        assigns
            || self.is_sign_at(next, '=')
            || self.is_sign_at(next, '[')
            || (self.is_sign_at(next, '.') && is_name(next + 1))
    }

    fn statement(&mut self) -> Result<Statement, BodyError> {
        let start = self.place();
        self.label()?;
        let word = self.place();
        let kind = self.kind()?;
        self.expect_semicolon()?;
        let word = match &kind {
            Kind::Block(block) => block.begin.start,
            _ => word,
        };
        Ok(Statement {
            place: start..self.behind(),
            word,
            kind,
        })
    }

    /// A statement up to its semicolon.
    fn kind(&mut self) -> Result<Kind, BodyError> {
        if self.names_variable() {
            self.up_to(&[])?;
            return Ok(Kind::Plain);
        }
        if self.is_any(&["declare", "begin"]) {
            return Ok(Kind::Block(self.block()?));
        }
        if self.is("if") {
            let arms = self.arms(&["elsif", "elseif"])?;
            self.expect_word("if", "IF behind END")?;
            return Ok(Kind::If(arms));
        }
        if self.word("case") {
            self.up_to(&["when"])?;
            let arms = self.arms(&["when"])?;
            self.expect_word("case", "CASE behind END")?;
            return Ok(Kind::Case(arms));
        }
        if self.is_any(&["loop", "while", "for", "foreach"]) {
            return Ok(Kind::Loop(self.looping()?));
        }
        self.exits += usize::from(self.is("exit"));
        let leaves = self.leaves();
        self.sql()?;
        Ok(if leaves { Kind::Leaves } else { Kind::Plain })
    }

    /// `[IF|WHEN] … THEN …`, further ones that begin with one of these words, `ELSE …`, up to and with `END`.
    fn arms(&mut self, further: &[&str]) -> Result<Vec<Arm>, BodyError> {
        let mut arms: Vec<Arm> = Vec::new();
        loop {
            let word = self.place();
            let is_else = self.word("else");
            if !is_else {
                if !arms.is_empty() && !self.is_any(further) {
                    break;
                }
                self.at += 1;
                self.up_to(&["then"])?;
                self.expect_word("then", "THEN")?;
            }
            let then = self.behind();
            let statements = self.statements()?;
            arms.push(Arm {
                word,
                is_else,
                then,
                statements,
                end: self.place(),
            });
            if is_else {
                break;
            }
        }
        self.expect_word("end", "END")?;
        Ok(arms)
    }

    fn looping(&mut self) -> Result<Loop, BodyError> {
        let kind = if self.is("loop") {
            LoopKind::Endless
        } else if self.is("while") {
            LoopKind::While
        } else {
            LoopKind::Each
        };
        self.up_to(&["loop"])?;
        self.expect_word("loop", "LOOP")?;
        let body = self.behind();
        let exits = self.exits;
        let statements = self.statements()?;
        self.expect_word("end", "END LOOP")?;
        self.expect_word("loop", "LOOP behind END")?;
        self.end_label();
        Ok(Loop {
            kind,
            body,
            statements,
            has_exit: self.exits > exits,
        })
    }

    /// Whether nothing behind the statement at hand is reached.
    fn leaves(&self) -> bool {
        const LEVELS: [&str; 5] = ["debug", "log", "info", "notice", "warning"];
        let next = self.tokens.get(self.at + 1);
        let next_is = |words: &[&str]| next.is_some_and(|it| words.iter().any(|word| it.is(word)));
        if self.is("return") {
            return !next_is(&["next", "query"]);
        }
        if self.is("raise") {
            return !next_is(&LEVELS);
        }
        if self.is_any(&["exit", "continue"]) {
            let rest = &self.tokens[self.at..];
            let end = rest
                .iter()
                .position(|it| it.kind == TokenKind::Sign(';') || it.is("when"));
            return end.is_none_or(|end| !rest[end].is("when"));
        }
        false
    }

    /// Passes over an expression, as the server does: up to one of these reserved words, or a semicolon, outside
    /// parentheses.
    fn up_to(&mut self, ends: &[&str]) -> Result<(), BodyError> {
        let mut open = 0_usize;
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::Sign('(' | '[') => open += 1,
                TokenKind::Sign(')' | ']') if open == 0 => {
                    return Err(self.missing("parenthesis that this one closes"));
                }
                TokenKind::Sign(')' | ']') => open -= 1,
                TokenKind::Sign(';') => return Ok(()),
                _ if open == 0 && self.is_any(ends) => return Ok(()),
                _ => {}
            }
            self.at += 1;
        }
        Err(self.missing("semicolon"))
    }

    /// Passes over a statement in SQL, as the server does: the bodies of functions that it makes have semicolons too.
    fn sql(&mut self) -> Result<(), BodyError> {
        let mut words = self.tokens[self.at..].iter();
        let mut next = words.next();
        let mut next_is = |wanted: &[&str]| {
            let is = next.is_some_and(|it| wanted.iter().any(|word| it.is(word)));
            if is {
                next = words.next();
            }
            is
        };
        let makes_routine = next_is(&["create"])
            && (!next_is(&["or"]) || next_is(&["replace"]))
            && next_is(&["function", "procedure"]);
        let (mut open, mut bodies) = (0_usize, 0_usize);
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::Sign(';') if open == 0 && bodies == 0 => return Ok(()),
                TokenKind::Sign('(' | '[') => open += 1,
                TokenKind::Sign(')' | ']') if open == 0 => {
                    return Err(self.missing("parenthesis that this one closes"));
                }
                TokenKind::Sign(')' | ']') => open -= 1,
                _ if !makes_routine || open > 0 => {}
                _ if token.is("begin") => bodies += 1,
                _ if bodies > 0 && token.is("case") => bodies += 1,
                _ if token.is("end") => bodies = bodies.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
        Err(self.missing("semicolon"))
    }
}
