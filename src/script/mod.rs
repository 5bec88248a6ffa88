//! A script is a text in psql's language: SQL statements and backslash commands. This module is pure: it
//! turns text into steps and never touches a file, a process or a server.
//!
//! A [`Scanner`] is lazy, since what a text means depends on what ran before: variables are put in when
//! they are met, and `\if` decides what is read at all. Whoever runs a script holds one scanner per file,
//! asks for the next step, runs it, and tells the scanner what it must know.

mod argument;
mod calls;
mod control;
mod copy_data;
mod decode;
mod delimiter;
mod dependence;
mod duration;
mod error;
mod fragment;
mod header;
mod lexer;
mod location;
mod number;
mod quote;
mod scanner;
mod source;
mod token;
mod trace;
mod variable;

pub use argument::{Argument, ArgumentKind};
pub use calls::{Call, Calls, calls};
pub use control::Control;
pub use copy_data::CopyData;
pub use decode::{decode, line};
pub use dependence::{Dependence, Mention, dependence};
pub use duration::parse_duration;
pub use error::{Open, ScriptError, ScriptWarning, Unfinished};
pub use fragment::{Fragment, Mark};
pub use header::{At, Header, HeaderProblem, Refused, RunTests, header, is_blank};
pub use location::{Location, Position};
pub use quote::{quote_identifier, quote_literal};
pub use scanner::{Command, Scan, Scanner};
pub(crate) use token::{Kind as TokenKind, Token, Tokens, leading_words};
pub use trace::{Include, Traces, includes, traces};
pub(crate) use variable::NO_SHELL;
pub use variable::Variables;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
