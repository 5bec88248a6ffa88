use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Logic, Point};
use crate::catalog::Place;
use crate::coverage::routine::statements;
use crate::plpgsql::line_of;
use crate::script::{Token, TokenKind, Tokens};

/// The logic of a routine with what was seen of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredLogic {
    /// What there is to see.
    #[serde(flatten)]
    pub logic: Logic,
    /// The probes that were reached, each with the steps of tests that did so.
    pub hits: BTreeMap<usize, BTreeSet<Place>>,
    /// Where its body stands, where that is known.
    pub located: Option<Located>,
}

/// Where a body stands in a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Located {
    /// The script, as places name it.
    pub file: String,
    /// The line of the statement that made it, from 1.
    pub statement: u32,
    /// The line of each point, in the order of these.
    pub lines: Vec<u32>,
}

impl CoveredLogic {
    /// Each point, and the steps that reached it, if any did.
    pub fn points(&self) -> impl Iterator<Item = (&Point, Option<&BTreeSet<Place>>)> {
        let points = self.logic.points.iter();
        points.map(|point| (point, self.hits.get(&point.probe)))
    }

    /// Notes that a step reached a probe. What it cannot know is passed over.
    pub(in crate::coverage) fn hit(&mut self, probe: usize, place: &Place) {
        let is_known = |probe: usize| self.logic.points.iter().any(|it| it.probe == probe);
        if !is_known(probe) {
            return;
        }
        let first = if self.logic.is_in_a_row { 0 } else { probe };
        for probe in first..=probe {
            self.hits.entry(probe).or_default().insert(place.clone());
        }
    }
}

/// The body of a routine, as the server has it.
#[derive(Debug, Clone, Copy)]
pub struct Body<'b> {
    /// Its text.
    pub text: &'b str,
    /// Whether the server keeps it analysed (`BEGIN ATOMIC`, `RETURN`), and has written this text anew.
    pub is_analysed: bool,
}

impl Body<'_> {
    /// Where it and its points stand in a script, if the statement at that line made it.
    pub fn locate(self, points: &[Point], script: &str, place: &Place) -> Option<Located> {
        let begin = usize::try_from(place.line).ok()?.checked_sub(1)?;
        let offset: usize = script.split_inclusive('\n').take(begin).map(str::len).sum();
        let rest = &script[offset..];
        let lines = if self.is_analysed {
            analysed(points, rest)
        } else {
            self.quoted(points, rest)
        };
        let lines = lines?.into_iter().map(|line| u32::try_from(begin + line));
        Some(Located {
            file: place.file.clone(),
            statement: place.line,
            lines: lines.collect::<Result<_, _>>().ok()?,
        })
    }

    /// The lines of points, from 1 for the first of `rest`, of a body that is a string there, or stands in one.
    fn quoted(self, points: &[Point], rest: &str) -> Option<Vec<usize>> {
        let first = self.first_line(rest)?;
        Some(points.iter().map(|it| first + it.line - 1).collect())
    }

    fn first_line(self, rest: &str) -> Option<usize> {
        let mut depth = 0_usize;
        for token in Tokens::of(rest) {
            let (inside, is_same) = match token.kind {
                TokenKind::Sign('(') => {
                    depth += 1;
                    continue;
                }
                TokenKind::Sign(')') => {
                    depth = depth.saturating_sub(1);
                    continue;
                }
                TokenKind::Sign(';') if depth == 0 => return None,
                TokenKind::Dollar(inside) => (inside, inside == self.text),
                TokenKind::Text(inside, _) => (inside, unquoted(inside) == self.text),
                _ => continue,
            };
            let quote = rest[token.start..token.end].find(inside)?;
            let start = token.start + quote;
            // A body that a `DO` makes stands in another.
            let within = inside.find(self.text).filter(|_| !is_same);
            if is_same || within.is_some() {
                return Some(line_of(rest, start + within.unwrap_or(0)));
            }
        }
        None
    }
}

/// The lines of points, from 1 for the first of `rest`, of a body that is no string: its statements are counted.
fn analysed(points: &[Point], rest: &str) -> Option<Vec<usize>> {
    let tokens: Vec<Token<'_>> = Tokens::of(rest).collect();
    let is_begin = |at: usize| {
        let next = tokens.get(at + 1);
        tokens[at].is("return") || tokens[at].is("begin") && next.is_some_and(|it| it.is("atomic"))
    };
    let begin = (0..tokens.len()).find(|at| is_begin(*at))?;
    let is_one = tokens[begin].is("return");
    let end = tokens[begin..].iter().enumerate().position(|(at, token)| {
        let is_end = token.is("end") && tokens[begin + at - 1].kind == TokenKind::Sign(';');
        if is_one {
            token.kind == TokenKind::Sign(';')
        } else {
            at > 0 && is_end
        }
    });
    let end = end.map_or(tokens.len(), |end| begin + end + usize::from(!is_one));
    let statements = statements(&tokens[begin..end]);
    let mut lines = statements.iter().map(|it| line_of(rest, it[0].start));
    // One for each point, since each is a statement.
    points.iter().map(|_| lines.next()).collect()
}

/// What a string between quotes stands for, as far as quotes are doubled.
fn unquoted(inside: &str) -> String {
    inside.replace("''", "'")
}
