//! Sessions: the only place where SQL runs, and the only one that speaks to a server.
//!
//! From the bytes up: `conninfo` says where the server is, `stream` opens it, `startup` introduces us, and
//! [`Connection`] exchanges messages. On top, [`Interpreter`] runs scripts with psql's meaning and hands
//! what they bring to a [`Sink`], in order.

mod aligned;
mod backticks;
mod commands;
mod condition;
pub mod conninfo;
mod copy;
mod doubt;
mod exchange;
mod extension;
mod frame;
mod interpreter;
mod message;
mod metacommand;
mod print;
mod pset;
mod redirect;
mod rows;
mod send_command;
mod sink;
mod startup;
mod statement;
pub mod stream;
mod tls;
mod variables;
mod watch;
mod wire;

pub use commands::{COMMANDS, Support};
pub use extension::Pgtap;
pub use interpreter::{Failure, FailureKind, Interpreter, ScriptText, Surroundings};
pub use rows::{QueryError, Row};
pub use sink::Sink;
pub use variables::VariableStore;
pub use watch::{Ended, Interruption, Watch};
pub use wire::{Connection, TransactionStatus, WireError};
