//! TAP, the Test Anything Protocol: lines in, assertions and problems out. Pure and total: any bytes
//! give a report and a list of problems, never an error.
//!
//! The way of a byte: [`Parser`] cuts the stream into lines, finds the subtest that a line belongs to, has the
//! grammar make a token of it, and lets the level (the stream itself or one subtest) judge the token where it
//! stands. What a file comes to equals what Perl's `Test::Harness` says; subtests, the escapes of TAP 14 and the
//! diagnostics of an assertion are read besides and change no verdict.

mod grammar;
mod level;
mod lines;
mod parser;
mod report;
mod room;

#[cfg(test)]
mod properties;

pub use parser::{Parser, parse};
pub use report::{
    Assertion, BailOut, Directive, Line, Origin, Plan, Problem, ProblemKind, Report, Subtest,
};
