//! TAP, the Test Anything Protocol: lines in, assertions and problems out. Pure and total: any bytes
//! give a report and a list of problems, never an error.

mod report;

pub use report::{
    Assertion, BailOut, Directive, Line, Origin, Plan, Problem, ProblemKind, Report, Subtest,
};
