//! Texts of files with several parts.

use std::ops::Range;

use super::Transaction;
use crate::script::{TokenKind, Tokens};

/// A text with blanks for all but these parts of it, which are in order and at ends of characters: every character that is
/// left stands in the line and column where it stood.
pub(super) fn only(text: &str, parts: &[Range<usize>]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for part in parts {
        blank(&text[at..part.start], &mut kept);
        kept.push_str(&text[part.clone()]);
        at = part.end;
    }
    blank(&text[at..], &mut kept);
    kept
}

/// Blanks in the place of a text.
pub(super) fn blank(text: &str, into: &mut String) {
    into.extend(text.chars().map(|c| match c {
        '\n' | '\r' | '\t' => c,
        _ => ' ',
    }));
}

/// A text with words in it replaced, in one pass: a word counts where no letter, digit or `_` goes on behind it. Of two
/// that could stand at one place, the first counts.
pub(super) fn replaced(text: &str, words: &[(&str, &str)]) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let goes_on =
            |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let mut found = words.iter().filter_map(|(word, value)| {
            let behind = rest.strip_prefix(word).filter(|_| !word.is_empty())?;
            (!goes_on(behind)).then_some((*value, behind))
        });
        if let Some((value, behind)) = found.next() {
            done.push_str(value);
            rest = behind;
        } else {
            done.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    done
}

/// A text in a part of which statements end with another delimiter, with semicolons for it there. What stands in quotes is
/// left alone. A delimiter that is a word or `/` counts only where it has a line to itself.
pub(super) fn with_semicolons(text: &str, part: Range<usize>, delimiter: &str) -> String {
    let is_word = delimiter == "/" || delimiter.bytes().all(|c| c.is_ascii_alphabetic());
    let has_line = |at: usize| {
        let before = text[..at].rsplit('\n').next().unwrap_or_default();
        let behind = text[at + delimiter.len()..]
            .split('\n')
            .next()
            .unwrap_or_default();
        before.trim().is_empty() && behind.trim().is_empty()
    };
    let quoted: Vec<_> = Tokens::of(text)
        .filter(|token| {
            matches!(
                token.kind,
                TokenKind::Text(..) | TokenKind::Dollar(_) | TokenKind::Quoted(_)
            )
        })
        .map(|token| token.start..token.end)
        .collect();
    let mut done = text[..part.start].to_owned();
    let mut at = part.start;
    for (found, _) in text.match_indices(delimiter) {
        let is_other = found < at || found >= part.end || is_word && !has_line(found);
        if is_other || delimiter.is_empty() || quoted.iter().any(|range| range.contains(&found)) {
            continue;
        }
        done.push_str(&text[at..found]);
        let statement = text[at..found].trim();
        if !statement.is_empty() && !statement.ends_with(';') {
            done.push(';');
        }
        blank(delimiter, &mut done);
        at = found + delimiter.len();
    }
    done.push_str(&text[at..]);
    done
}

/// The lines of a text, each with the bytes that it takes, its line end apart.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |whole| {
        let line = whole.strip_suffix('\n').unwrap_or(whole);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let range = at..at + line.len();
        at += whole.len();
        (range, line)
    })
}

/// What is one transaction where a tool sends a script as one request without a transaction around it: the server makes
/// one of it (PostgreSQL's documentation, "Multiple Statements in a Simple Query"), but for a single statement, and where
/// the script itself begins and ends one.
pub(super) fn as_one_request(text: &str) -> Transaction {
    let tokens: Vec<_> = Tokens::of(text).collect();
    let statements = tokens.split(|token| token.kind == TokenKind::Sign(';'));
    let mut statements = statements.filter(|statement| !statement.is_empty());
    let first = statements.next();
    let begins = |statement: &[crate::script::Token<'_>]| match statement {
        [first, second, ..] if first.is("start") => second.is("transaction"),
        [first, ..] => ["begin", "commit", "rollback"]
            .iter()
            .any(|word| first.is(word)),
        [] => false,
    };
    let mut rest = statements.peekable();
    if rest.peek().is_none() || first.is_some_and(begins) || rest.any(begins) {
        Transaction::Apart
    } else {
        Transaction::Whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_text_stays_where_it_was() {
        let text = "-- ä up\r\nSELECT 1;\n\t-- down\nx";
        let parts = [0..1, 10..20];
        assert_eq!(only(text, &parts), "-      \r\nSELECT 1;\n\t       \n ");
        assert_eq!(only(text, &[]).trim(), "");
        assert_eq!(only(text, &[0..2, 2..text.len()]), text);
    }

    #[test]
    fn other_delimiters_become_semicolons_outside_of_quotes() {
        let told = |text: &str, delimiter| with_semicolons(text, 0..text.len(), delimiter);
        assert_eq!(
            told("SELECT '-- end'\n-- end\nSELECT 2;\n-- end\n", "-- end"),
            "SELECT '-- end'\n;      \nSELECT 2;\n      \n"
        );
        assert_eq!(
            told("SELECT\n\n1\n\n\nSELECT 2", "\n\n\n"),
            "SELECT\n\n1;\n\n\nSELECT 2"
        );
        assert_eq!(
            told("SELECT 4/2\n/\nSELECT 2\n/", "/"),
            "SELECT 4/2\n; \nSELECT 2\n; "
        );
    }

    #[test]
    fn words_are_replaced_where_they_end() {
        let words = [(":A", "1"), (":A_B", ":A")];
        assert_eq!(replaced("':A' :A_B :AB ä:A", &words), "'1' :A :AB ä1");
        assert_eq!(replaced("x", &[("", "y")]), "x");
    }

    #[test]
    fn lines_are_counted_without_their_ends() {
        let text = "a\r\n\nbc";
        let all: Vec<_> = lines(text).collect();
        assert_eq!(all, [(0..1, "a"), (3..3, ""), (4..6, "bc")]);
    }

    #[test]
    fn one_request_is_one_transaction_unless_it_is_one_statement_or_brings_its_own() {
        for (text, transaction) in [
            (
                "CREATE INDEX CONCURRENTLY i ON t (a);\n-- that is all; really\n",
                Transaction::Apart,
            ),
            ("CREATE TABLE t (); CREATE TABLE u ();", Transaction::Whole),
            ("BEGIN; CREATE TABLE t (); COMMIT;", Transaction::Apart),
            (
                "CREATE TABLE t (); START TRANSACTION; SELECT 1; COMMIT",
                Transaction::Apart,
            ),
            (
                "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN; END $$",
                Transaction::Apart,
            ),
            ("", Transaction::Apart),
        ] {
            assert_eq!(as_one_request(text), transaction, "{text}");
        }
    }
}
