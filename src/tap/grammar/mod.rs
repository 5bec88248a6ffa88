//! The grammar of TAP: one line in, one token out; a line that is not TAP is a token too. It never
//! remembers a line: what a token means where it stands is for the level to say.
//!
//! Which lines count as test lines, plans and so on follows `Test::Harness` 3.44 (TAP 12 and 13), down to its
//! oddities, since a file's verdict must be the same; TAP 14 adds escapes and a reason behind any plan.

mod plan;
mod test;

use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_while, take_while1};
use nom::character::complete::{char, digit1, satisfy};
use nom::combinator::{all_consuming, eof, map, not, opt, rest, value};
use nom::multi::separated_list1;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

pub(super) use plan::PlanLine;
pub(super) use test::TestLine;

/// A version of TAP, as far as the grammar differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Dialect {
    /// TAP 12: no version line.
    #[default]
    Twelve,
    /// TAP 13: YAML blocks and pragmas.
    Thirteen,
    /// TAP 14: escapes in descriptions too.
    Fourteen,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `TAP version N`.
    Version(u64),
    /// `1..N`.
    Plan(PlanLine<'a>),
    /// `ok` or `not ok`.
    Test(TestLine<'a>),
    /// `# …`, without the `#` and one space.
    Comment(&'a str),
    /// `Bail out!`, with its reason.
    BailOut(&'a str),
    /// The first line of a YAML block: the width of its indentation, and what follows `---`.
    Yaml { indentation: usize, text: &'a str },
    /// `pragma +a, -b`.
    Pragma(Vec<(bool, &'a str)>),
    /// Anything else.
    Unknown,
}

/// What this line is, in this dialect. The line has no line feed.
pub(super) fn token(line: &str, dialect: Dialect) -> Token<'_> {
    let found = match line.as_bytes().first() {
        Some(b'o' | b'n') => map(|input| test::test(input, dialect), Token::Test).parse(line),
        Some(b'#') => map(comment, Token::Comment).parse(line),
        Some(b'1') => map(|input| plan::plan(input, dialect), Token::Plan).parse(line),
        Some(b'p') if dialect >= Dialect::Thirteen => map(pragma, Token::Pragma).parse(line),
        _ if dialect >= Dialect::Thirteen => alt((special, yaml)).parse(line),
        _ => special(line),
    };
    found.map_or(Token::Unknown, |(_, token)| token)
}

/// Whether a field of this row, columns separated by `|`, is a test line with a number, which is what pgTAP
/// prints. For lines that are not TAP themselves.
pub(super) fn has_test_line_in_a_column(line: &str) -> bool {
    line.contains('|')
        && line.split('|').any(|field| {
            (
                test::status,
                blanks1,
                digit1::<_, nom::error::Error<&str>>,
                alt((eof, tag(" "))),
            )
                .parse(trimmed(field))
                .is_ok()
        })
}

/// The blanks of TAP are ASCII's, with the vertical tab that [`char::is_ascii_whitespace`] leaves out.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0B' | '\x0C')
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(is_blank)
}

fn blanks(input: &str) -> IResult<&str, &str> {
    take_while(is_blank).parse(input)
}

fn blanks1(input: &str) -> IResult<&str, &str> {
    take_while1(is_blank).parse(input)
}

fn end_of_word(input: &str) -> IResult<&str, ()> {
    not(satisfy(is_word)).parse(input)
}

/// Digits; what does not fit becomes the largest number, which is wrong in any sequence.
fn number(input: &str) -> IResult<&str, u64> {
    map(digit1, |digits: &str| digits.parse().unwrap_or(u64::MAX)).parse(input)
}

/// A word in either case, and the text behind it to the end of the line.
fn keyword<'a>(
    word: &'static str,
) -> impl Parser<&'a str, Output = &'a str, Error = nom::error::Error<&'a str>> {
    map(preceded((tag_no_case(word), end_of_word), rest), trimmed)
}

fn comment(input: &str) -> IResult<&str, &str> {
    preceded((char('#'), opt(char(' '))), rest).parse(input)
}

/// The lines that begin in no way of their own.
fn special(input: &str) -> IResult<&str, Token<'_>> {
    let version = delimited(
        (tag_no_case("TAP"), blanks1, tag_no_case("version"), blanks1),
        number,
        (blanks, eof),
    );
    let bail_out = preceded((blanks, tag("Bail out!"), blanks), rest);
    alt((
        map(version, Token::Version),
        map(bail_out, |reason| Token::BailOut(trimmed(reason))),
    ))
    .parse(input)
}

fn yaml(input: &str) -> IResult<&str, Token<'_>> {
    let (input, indentation) = terminated(blanks1, tag("---")).parse(input)?;
    Ok((
        "",
        Token::Yaml {
            indentation: indentation.len(),
            text: trimmed(input),
        },
    ))
}

fn pragma(input: &str) -> IResult<&str, Vec<(bool, &str)>> {
    let switch = alt((value(true, char('+')), value(false, char('-'))));
    let one = terminated((switch, take_while1(is_word)), blanks);
    all_consuming(preceded(
        (tag("pragma"), blanks1),
        separated_list1((char(','), blanks), one),
    ))
    .parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_lines_are_what_they_look_like() {
        assert_eq!(
            token("TAP version 13\r", Dialect::Twelve),
            Token::Version(13)
        );
        assert_eq!(
            token("tap  VERSION 14 ", Dialect::Twelve),
            Token::Version(14)
        );
        assert_eq!(token("TAP version 13 x", Dialect::Twelve), Token::Unknown);
        assert_eq!(token("#", Dialect::Twelve), Token::Comment(""));
        assert_eq!(token("#  a ", Dialect::Twelve), Token::Comment(" a "));
        assert_eq!(token(" # a", Dialect::Twelve), Token::Unknown);
        assert_eq!(token("Bail out!", Dialect::Twelve), Token::BailOut(""));
        assert_eq!(
            token("\t Bail out!  no disk", Dialect::Twelve),
            Token::BailOut("no disk")
        );
        assert_eq!(token("bail out!", Dialect::Twelve), Token::Unknown);
        assert_eq!(token("  ---", Dialect::Twelve), Token::Unknown);
        assert_eq!(
            token("  --- a ", Dialect::Thirteen),
            Token::Yaml {
                indentation: 2,
                text: "a"
            }
        );
        assert_eq!(token("---", Dialect::Thirteen), Token::Unknown);
        assert_eq!(
            token("pragma +strict , -a", Dialect::Thirteen),
            Token::Pragma(vec![(true, "strict"), (false, "a")])
        );
        assert_eq!(token("pragma +strict,", Dialect::Thirteen), Token::Unknown);
        assert_eq!(token("pragma +strict", Dialect::Twelve), Token::Unknown);
    }

    #[test]
    fn a_test_line_is_found_in_a_column() {
        for line in ["1|ok 1 - x|z", "|ok 2", "a | not ok 3 - y"] {
            assert!(has_test_line_in_a_column(line), "{line}");
        }
        for line in ["ok 1 - x", "a|b", "1|ok", "1|okay 2", "1|ok 2x"] {
            assert!(!has_test_line_in_a_column(line), "{line}");
        }
    }
}
