//! The tokens of a text in SQL, one after the other, each with its place. Comments are passed over. Total: of a text
//! that is no SQL it makes what it can.

/// A token's kind, and what stands in it as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'t> {
    /// A name or a keyword without quotes.
    Word(&'t str),
    /// What stands between the quotes of a quoted name.
    Quoted(&'t str),
    /// What stands between the quotes of a string, and whether backslashes mean something in it.
    Text(&'t str, bool),
    /// What stands between the delimiters of a dollar-quoted string.
    Dollar(&'t str),
    /// Anything else, a character at a time.
    Sign(char),
}

/// A token and where it stands, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind<'t>,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token<'_> {
    /// Whether it is this word, in whatever case.
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(self.kind, Kind::Word(text) if text.eq_ignore_ascii_case(word))
    }
}

/// The words that a statement begins with, up to the first token that is none.
pub(crate) fn leading_words(statement: &str) -> impl Iterator<Item = &str> {
    Tokens::of(statement).map_while(|token| match token.kind {
        Kind::Word(word) => Some(word),
        _ => None,
    })
}

/// Goes through the tokens of a text.
pub(crate) struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Tokens<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        Self { text, at: 0 }
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        loop {
            let rest = &self.text[self.at..];
            let first = rest.chars().next()?;
            if first.is_whitespace() {
                self.at += first.len_utf8();
            } else if rest.starts_with("--") {
                self.at += rest.find(['\n', '\r']).map_or(rest.len(), |at| at + 1);
            } else if rest.starts_with("/*") {
                self.at += length_of_comment(rest);
            } else {
                let (kind, length) = token(rest, first);
                let start = self.at;
                self.at += length;
                return Some(Token {
                    kind,
                    start,
                    end: self.at,
                });
            }
        }
    }
}

/// The token at the beginning of `rest`, whose first character is `first`, and its length.
fn token(rest: &str, first: char) -> (Kind<'_>, usize) {
    match first {
        '\'' => {
            let (inside, length) = quoted(&rest[1..], '\'', false);
            (Kind::Text(inside, false), length + 1)
        }
        'e' | 'E' if rest[1..].starts_with('\'') => {
            let (inside, length) = quoted(&rest[2..], '\'', true);
            let length = length + 2;
            (
                Kind::Text(inside, true),
                length + continued(&rest[length..]),
            )
        }
        '"' => {
            let (inside, length) = quoted(&rest[1..], '"', false);
            (Kind::Quoted(inside), length + 1)
        }
        _ => {
            if let Some((inside, length)) = dollar_quoted(rest) {
                (Kind::Dollar(inside), length)
            } else if is_word(first) && !first.is_ascii_digit() {
                let end = rest
                    .find(|c: char| !is_word(c) && c != '$')
                    .unwrap_or(rest.len());
                (Kind::Word(&rest[..end]), end)
            } else {
                (Kind::Sign(first), first.len_utf8())
            }
        }
    }
}

/// The length of what goes on with a string with escapes, behind an end of a line: backslashes mean something there too.
fn continued(rest: &str) -> usize {
    let mut length = 0;
    loop {
        let behind = &rest[length..];
        let string = behind.trim_start();
        let blanks = &behind[..behind.len() - string.len()];
        let Some(string) = string
            .strip_prefix('\'')
            .filter(|_| blanks.contains(['\n', '\r']))
        else {
            return length;
        };
        length += blanks.len() + 1 + quoted(string, '\'', true).1;
    }
}

pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || !character.is_ascii()
}

/// The length of a comment, in which others may stand.
fn length_of_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut rest = text;
    loop {
        if let Some(after) = rest.strip_prefix("/*") {
            depth += 1;
            rest = after;
        } else if let Some(after) = rest.strip_prefix("*/") {
            depth -= 1;
            rest = after;
            if depth == 0 {
                return text.len() - rest.len();
            }
        } else {
            let mut characters = rest.chars();
            if characters.next().is_none() {
                return text.len();
            }
            rest = characters.as_str();
        }
    }
}

/// What stands before the closing quote of a text whose opening quote was read, and the length of both.
fn quoted(text: &str, quote: char, escapes: bool) -> (&str, usize) {
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == quote {
            if !text[at + 1..].starts_with(quote) {
                return (&text[..at], at + 1);
            }
            characters.next();
        } else if escapes && character == '\\' {
            characters.next();
        }
    }
    (text, text.len())
}

/// What stands between quotes, read as the server does.
pub(super) fn unquoted(inside: &str, quote: char, escapes: bool) -> String {
    let mut value = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        value.push(character);
        if character == quote {
            // The other one of a pair.
            characters.next();
        } else if escapes && character == '\\' {
            value.pop();
            value.extend(match characters.next() {
                Some('n') => Some('\n'),
                Some('t') => Some('\t'),
                other => other,
            });
        }
    }
    value
}

/// What stands in `$tag$…$tag$`, and the length of all.
fn dollar_quoted(text: &str) -> Option<(&str, usize)> {
    let tag_end = text.strip_prefix('$')?.find('$')? + 1;
    let tag = &text[1..tag_end];
    if tag.starts_with(|c: char| c.is_ascii_digit()) || !tag.chars().all(is_word) {
        return None;
    }
    let delimiter = &text[..=tag_end];
    let body = &text[delimiter.len()..];
    let end = body.find(delimiter)?;
    Some((&body[..end], end + 2 * delimiter.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tokens_of_any_text_follow_one_another(text in "['\"$a(/*\\-\nEé:\\\\]{0,40}") {
            let mut before = 0;
            for token in Tokens::of(&text) {
                prop_assert!(before <= token.start && token.start < token.end);
                prop_assert!(text.get(token.start..token.end).is_some());
                before = token.end;
            }
        }
    }
}
