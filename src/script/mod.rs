//! A script is a text in psql's language: SQL statements and backslash commands. This module is pure: it
//! turns text into steps and never touches a file, a process or a server.

mod location;

pub use location::{Location, Position};
