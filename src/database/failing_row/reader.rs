//! Reads the tokens of one statement from the left to the right. Pure and total.

use crate::script::{Token, TokenKind, Tokens};

/// The name of an object as a statement writes it: its parts, folded as the server does.
pub(super) type Name = Vec<String>;

/// Tokens of a statement, and how far they were read.
#[derive(Debug, Clone)]
pub(super) struct Reader<'s> {
    text: &'s str,
    tokens: Vec<Token<'s>>,
    at: usize,
}

impl<'s> Reader<'s> {
    /// Of a text that is one statement; none where it is several, or nothing.
    pub(super) fn of(text: &'s str) -> Option<Self> {
        let mut tokens: Vec<_> = Tokens::of(text).collect();
        while (tokens.last()).is_some_and(|token| token.kind == TokenKind::Sign(';')) {
            tokens.pop();
        }
        let reader = Self {
            text,
            tokens,
            at: 0,
        };
        let mut depth = 0_usize;
        for token in &reader.tokens {
            depth = deeper(depth, token);
            if depth == 0 && token.kind == TokenKind::Sign(';') {
                return None;
            }
        }
        (!reader.tokens.is_empty()).then_some(reader)
    }

    pub(super) fn peek(&self) -> Option<Token<'s>> {
        self.tokens.get(self.at).copied()
    }

    /// Passes over a word, where it is the next token.
    pub(super) fn takes(&mut self, word: &str) -> bool {
        let is_it = self.peek().is_some_and(|token| token.is(word));
        self.at += usize::from(is_it);
        is_it
    }

    /// Passes over words, where they are the next tokens, all of them.
    pub(super) fn takes_all(&mut self, words: &[&str]) -> bool {
        let before = self.at;
        let all = words.iter().all(|word| self.takes(word));
        if !all {
            self.at = before;
        }
        all
    }

    /// Passes over a sign, where it is the next token.
    pub(super) fn takes_sign(&mut self, sign: char) -> bool {
        let is_it = self
            .peek()
            .is_some_and(|token| token.kind == TokenKind::Sign(sign));
        self.at += usize::from(is_it);
        is_it
    }

    /// Reads an identifier.
    pub(super) fn identifier(&mut self) -> Option<String> {
        let name = identifier(self.peek()?)?;
        self.at += 1;
        Some(name)
    }

    /// Reads a name, which may have a schema.
    pub(super) fn name(&mut self) -> Option<Name> {
        let mut name = vec![self.identifier()?];
        while self.takes_sign('.') {
            name.push(self.identifier()?);
        }
        Some(name)
    }

    /// Reads on to one of these words outside parentheses, which is left to be read. Returns whether there is one.
    pub(super) fn seek(&mut self, words: &[&str]) -> bool {
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            if depth == 0 && words.iter().any(|word| token.is(word)) {
                return true;
            }
            depth = deeper(depth, &token);
            self.at += 1;
        }
        false
    }

    /// Reads what stands in parentheses, where the next token opens one.
    pub(super) fn parenthesised(&mut self) -> Option<&'s str> {
        let open = self
            .peek()
            .filter(|token| token.kind == TokenKind::Sign('('))?;
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            depth = deeper(depth, &token);
            self.at += 1;
            if depth == 0 {
                return self.text.get(open.end..token.start);
            }
        }
        None
    }

    /// The token before the next one.
    pub(super) fn previous(&self) -> Option<Token<'s>> {
        self.tokens.get(self.at.checked_sub(1)?).copied()
    }

    /// Passes over a token.
    pub(super) fn pass(&mut self) {
        self.at += 1;
    }

    /// What stands before the next token.
    pub(super) fn before(&self) -> &'s str {
        let end = self.peek().map_or(self.text.len(), |token| token.start);
        &self.text[..end]
    }

    /// What is still to be read.
    pub(super) fn rest(&self) -> &'s str {
        match (self.peek(), self.tokens.last()) {
            (Some(first), Some(last)) => &self.text[first.start..last.end],
            _ => "",
        }
    }

    /// What is still to be read, split at the commas outside parentheses.
    pub(super) fn items(&self) -> Vec<Self> {
        let mut items = Vec::new();
        let mut depth = 0_usize;
        let mut begin = self.at;
        let item = |range: std::ops::Range<usize>| Self {
            text: self.text,
            tokens: self.tokens.get(range).unwrap_or_default().to_vec(),
            at: 0,
        };
        for (at, token) in self.tokens.iter().enumerate().skip(self.at) {
            depth = deeper(depth, token);
            if depth == 0 && token.kind == TokenKind::Sign(',') {
                items.push(item(begin..at));
                begin = at + 1;
            }
        }
        items.push(item(begin..self.tokens.len()));
        items
    }

    /// The part before what another reader of the same statement has still to read.
    pub(super) fn until(&self, other: &Self) -> Self {
        Self {
            text: self.text,
            tokens: self
                .tokens
                .get(self.at..other.at)
                .unwrap_or_default()
                .to_vec(),
            at: 0,
        }
    }
}

/// The depth of parentheses behind a token.
fn deeper(depth: usize, token: &Token<'_>) -> usize {
    match token.kind {
        TokenKind::Sign('(' | '[') => depth + 1,
        TokenKind::Sign(')' | ']') => depth.saturating_sub(1),
        _ => depth,
    }
}

fn identifier(token: Token<'_>) -> Option<String> {
    match token.kind {
        TokenKind::Word(word) => Some(word.to_ascii_lowercase()),
        TokenKind::Quoted(inside) => Some(inside.replace("\"\"", "\"")),
        _ => None,
    }
}

/// Which of these columns an expression mentions, in the order in which it does.
pub(super) fn mentioned(expression: &str, columns: &[String]) -> Vec<String> {
    let tokens: Vec<_> = Tokens::of(expression).collect();
    let mut found: Vec<String> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map(|next| next.kind);
        // The name of a function, or what a name is qualified by.
        if matches!(next, Some(TokenKind::Sign('(' | '.'))) {
            continue;
        }
        if let Some(name) = identifier(*token)
            && columns.contains(&name)
            && !found.contains(&name)
        {
            found.push(name);
        }
    }
    found
}
