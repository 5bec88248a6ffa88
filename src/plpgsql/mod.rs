//! PL/pgSQL: the text of a function's body to its statements and branches, each with its place.
//!
//! It reads what `PostgreSQL`'s own parser reads (`pl_gram.y`, `pl_scanner.c`), as far as statements go; expressions and SQL
//! are passed over as the server's scanner does, up to the word that ends them. It judges nothing: what the server refuses
//! may be taken here, and is then refused by the server.

mod parse;
mod tree;

pub use parse::{BodyError, LineStarts, line_of, parse};
pub use tree::{Arm, Block, Body, Handler, Kind, Loop, LoopKind, Statement, falls_through};
