//! Plan lines: `1..N`, and what each TAP allows behind it.

use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_while};
use nom::character::complete::char;
use nom::combinator::{eof, map, rest, success, value, verify};
use nom::multi::many1;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::{Dialect, blanks, blanks1, is_blank, keyword, number, trimmed};

/// A plan line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tap) struct PlanLine<'a> {
    /// N.
    pub(in crate::tap) count: u64,
    /// The reason why all is skipped (may be empty), when it is.
    pub(in crate::tap) skip_all: Option<&'a str>,
    /// The numbers of an old-fashioned `1..N todo 2 3`: these assertions are expected to fail.
    pub(in crate::tap) todo: Vec<u64>,
}

/// A whole plan line.
pub(super) fn plan(input: &str, dialect: Dialect) -> IResult<&str, PlanLine<'_>> {
    let (input, count) = delimited(tag("1.."), number, blanks).parse(input)?;
    match dialect {
        Dialect::Twelve => plan_tail_12(input, count),
        Dialect::Thirteen => plan_tail_13(input, count),
        Dialect::Fourteen => {
            let reason = map(preceded((char('#'), blanks), rest), |reason: &str| {
                PlanLine {
                    count,
                    skip_all: (count == 0).then_some(trimmed(reason)),
                    todo: Vec::new(),
                }
            });
            alt((|input| plan_tail_13(input, count), reason)).parse(input)
        }
    }
}

/// TAP 12: a list of TODO numbers, or any text behind `1..0`, else nothing.
fn plan_tail_12(input: &str, count: u64) -> IResult<&str, PlanLine<'_>> {
    let todo = terminated(
        preceded(tag("todo"), many1(preceded(blanks1, number))),
        rest,
    );
    let skip = preceded(
        (
            char('#'),
            blanks,
            tag_no_case("SKIP"),
            take_while(|c| !is_blank(c)),
            blanks1,
        ),
        rest,
    );
    alt((
        map(todo, |todo| PlanLine {
            count,
            skip_all: None,
            todo,
        }),
        map(
            (skipping(count), alt((skip, value("", rest)))),
            |((), reason)| PlanLine {
                count,
                skip_all: Some(trimmed(reason)),
                todo: Vec::new(),
            },
        ),
        value(
            PlanLine {
                count,
                skip_all: None,
                todo: Vec::new(),
            },
            (blanks, eof),
        ),
    ))
    .parse(input)
}

/// TAP 13: `# SKIP` behind any plan, else nothing.
fn plan_tail_13(input: &str, count: u64) -> IResult<&str, PlanLine<'_>> {
    alt((
        map(preceded((char('#'), blanks), keyword("SKIP")), |reason| {
            PlanLine {
                count,
                skip_all: Some(reason),
                todo: Vec::new(),
            }
        }),
        value(
            PlanLine {
                count,
                skip_all: (count == 0).then_some(""),
                todo: Vec::new(),
            },
            (blanks, eof),
        ),
    ))
    .parse(input)
}

/// Succeeds when the plan is of no assertion.
fn skipping<'a>(
    count: u64,
) -> impl Parser<&'a str, Output = (), Error = nom::error::Error<&'a str>> {
    verify(success(()), move |()| count == 0)
}

#[cfg(test)]
mod tests {
    use super::super::{Token, token};
    use super::*;

    #[test]
    fn a_plan_may_skip_all_but_bears_no_other_text() {
        let plan = |line, dialect| match token(line, dialect) {
            Token::Plan(plan) => Some((plan.count, plan.skip_all, plan.todo)),
            _ => None,
        };
        let (twelve, thirteen, fourteen) = (Dialect::Twelve, Dialect::Thirteen, Dialect::Fourteen);
        assert_eq!(plan("1..3", twelve), Some((3, None, vec![])));
        assert_eq!(plan("1..3 \r", thirteen), Some((3, None, vec![])));
        assert_eq!(plan("1..0", twelve), Some((0, Some(""), vec![])));
        assert_eq!(
            plan("1..0 # Skipped: why", twelve),
            Some((0, Some("why"), vec![]))
        );
        assert_eq!(plan("1..0 because", twelve), Some((0, Some(""), vec![])));
        assert_eq!(plan("1..3 # SKIP why", twelve), None);
        assert_eq!(
            plan("1..3 # SKIP why", thirteen),
            Some((3, Some("why"), vec![]))
        );
        assert_eq!(plan("1..0 because", thirteen), None);
        assert_eq!(plan("1..3 # so many", thirteen), None);
        assert_eq!(plan("1..3 # so many", fourteen), Some((3, None, vec![])));
        assert_eq!(
            plan("1..0 # none", fourteen),
            Some((0, Some("none"), vec![]))
        );
        assert_eq!(plan("1..3 todo 2 3 x", twelve), Some((3, None, vec![2, 3])));
        assert_eq!(plan("1..", twelve), None);
        assert_eq!(plan("2..3", twelve), None);
        assert_eq!(
            plan("1..99999999999999999999999", twelve),
            Some((u64::MAX, None, vec![]))
        );
    }
}
