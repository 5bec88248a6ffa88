//! Test lines: `ok` or `not ok`, perhaps a number, a description and a directive.

use std::borrow::Cow;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{anychar, char};
use nom::combinator::{map, opt, recognize, rest, value};
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::super::report::Directive;
use super::{Dialect, blanks, end_of_word, is_blank, keyword, number, trimmed};

/// A test line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tap) struct TestLine<'a> {
    /// `ok` rather than `not ok`.
    pub(in crate::tap) ok: bool,
    /// Its number, where it bears one.
    pub(in crate::tap) number: Option<u64>,
    /// Its description, without number, dash and directive.
    pub(in crate::tap) description: Cow<'a, str>,
    /// TODO or SKIP.
    pub(in crate::tap) directive: Option<Directive>,
}

/// `ok` or `not ok`.
pub(super) fn status(input: &str) -> IResult<&str, bool> {
    terminated(
        alt((value(true, tag("ok")), value(false, tag("not ok")))),
        end_of_word,
    )
    .parse(input)
}

/// A whole test line.
pub(super) fn test(input: &str, dialect: Dialect) -> IResult<&str, TestLine<'_>> {
    let (input, ok) = status(input)?;
    let (input, number) = delimited(blanks, opt(number), blanks).parse(input)?;
    let (input, (text, directive)) =
        alt((described, map(rest, |text| (text, None)))).parse(input)?;
    let description = without_dash(trimmed(text));
    let description = match dialect {
        Dialect::Fourteen => unescaped(description),
        Dialect::Twelve | Dialect::Thirteen => description.into(),
    };
    Ok((
        input,
        TestLine {
            ok,
            number,
            description,
            directive,
        },
    ))
}

/// A description with a directive: what follows the first `#` that no backslash escapes. When that is not
/// TODO or SKIP there is no directive, not even behind a later `#`.
fn described(input: &str) -> IResult<&str, (&str, Option<Directive>)> {
    let plain = alt((
        take_while1(|c| !matches!(c, '\\' | '#')),
        recognize(preceded(char('\\'), anychar)),
    ));
    let (input, text) = terminated(recognize(many0_count(plain)), char('#')).parse(input)?;
    let (input, directive) = preceded(
        blanks,
        alt((
            map(keyword("TODO"), |reason| Directive::Todo(reason.to_owned())),
            map(keyword("SKIP"), |reason| Directive::Skip(reason.to_owned())),
        )),
    )
    .parse(input)?;
    Ok((input, (text, Some(directive))))
}

fn without_dash(text: &str) -> &str {
    match text.strip_prefix('-') {
        Some("") => "",
        Some(after) if after.starts_with(is_blank) => trimmed(after),
        _ => text,
    }
}

/// TAP 14: `\#` is `#` and `\\` is `\`; another backslash stays.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let escaped = if c == '\\' {
            characters.next_if(|next| matches!(next, '\\' | '#'))
        } else {
            None
        };
        plain.push(escaped.unwrap_or(c));
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::super::{Token, token};
    use super::*;

    fn test_line(line: &str) -> TestLine<'_> {
        match token(line, Dialect::Twelve) {
            Token::Test(test) => test,
            other => panic!("{line:?} is {other:?}"),
        }
    }

    #[test]
    fn a_test_line_is_ok_or_not_ok_and_then_anything() {
        for line in [
            "ok",
            "ok 1",
            "ok:",
            "ok-",
            "not ok",
            "not ok 7 x",
            "ok  3",
            "ok\t4",
            "ok.",
        ] {
            assert!(
                matches!(token(line, Dialect::Twelve), Token::Test(_)),
                "{line}"
            );
        }
        for line in [
            "okay", "ok1", "ok_1", "not  ok", "notok", "Ok 1", "NOT ok 1", " ok 1", "",
        ] {
            assert_eq!(token(line, Dialect::Twelve), Token::Unknown, "{line}");
        }
    }

    #[test]
    fn a_description_loses_its_number_and_dash_only() {
        let described = |line| {
            (
                test_line(line).number,
                test_line(line).description.into_owned(),
            )
        };
        assert_eq!(described("ok 1 - a"), (Some(1), "a".into()));
        assert_eq!(described("ok 1 a - b "), (Some(1), "a - b".into()));
        assert_eq!(described("ok - a"), (None, "a".into()));
        assert_eq!(described("ok 2 -1 is less"), (Some(2), "-1 is less".into()));
        assert_eq!(described("ok 2 - - a"), (Some(2), "- a".into()));
        assert_eq!(described("ok 2 -"), (Some(2), String::new()));
        assert_eq!(described("ok 12abc"), (Some(12), "abc".into()));
        assert_eq!(described(r"ok 1 - a\#b\\"), (Some(1), r"a\#b\\".into()));
    }

    #[test]
    fn the_escapes_of_tap_14_are_read_in_tap_14_only() {
        let Token::Test(test) = token(r"ok 1 - a\#b\\\n # skip \# c", Dialect::Fourteen) else {
            panic!("not a test line")
        };
        assert_eq!(test.description, r"a#b\\n");
        assert_eq!(test.directive, Some(Directive::Skip(r"\# c".into())));
    }

    #[test]
    fn only_the_first_unescaped_hash_can_begin_a_directive() {
        let directive = |line| test_line(line).directive;
        let todo = |reason: &str| Some(Directive::Todo(reason.into()));
        assert_eq!(directive("ok 1 - a # TODO b"), todo("b"));
        assert_eq!(directive("ok 1 - a #todo"), todo(""));
        assert_eq!(directive("ok 1 - a # todo: b"), todo(": b"));
        assert_eq!(
            directive("ok 1 # SKIP"),
            Some(Directive::Skip(String::new()))
        );
        assert_eq!(directive(r"ok 1 - a \# b # TODO c"), todo("c"));
        assert_eq!(directive("ok 1 - bug #7 # TODO c"), None);
        assert_eq!(directive("ok 1 # TODOS"), None);
        assert_eq!(directive("ok 1 # SKIPPED"), None);
        assert_eq!(directive(r"ok 1 \# TODO c"), None);
        assert_eq!(directive(r"ok 1 a\"), None);
    }
}
