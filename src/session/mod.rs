//! Sessions: the only place where SQL runs, and the only one that speaks to a server.
//!
//! From the bytes up: `conninfo` says where the server is, `stream` opens it, `startup` introduces us, and
//! [`Connection`] exchanges messages. On top, [`Interpreter`] runs scripts with psql's meaning and hands
//! what they bring to a [`Sink`], in order.

mod aligned;
mod arguments;
mod backticks;
mod bulk;
mod commands;
mod condition;
pub mod conninfo;
mod copy;
mod csv;
mod doubt;
mod exchange;
mod extended;
mod extension;
mod frame;
mod inputs;
mod interpreter;
mod large_object;
mod ledger;
mod listing;
mod login;
mod message;
mod metacommand;
mod output;
mod print;
mod pset;
mod redirect;
mod repeat;
mod rows;
mod send_command;
mod shell;
mod sink;
mod startup;
mod statement;
pub mod stream;
mod tls;
mod variables;
mod watch;
mod wire;

pub use bulk::BulkError;
pub use commands::{COMMANDS, Entry, Support};
pub use extension::Pgtap;
pub use inputs::{Inputs, Recorded, content_hash, hash_of, variable_hash};
pub use interpreter::{Failure, FailureKind, Interpreter, ScriptText, Surroundings};
pub use ledger::{Booking, Ledger};
pub use login::{Login, escape_option};
pub use pset::check_printing;
pub use rows::{QueryError, Row};
pub use shell::{Shell, ShellCall, ShellEnd, ShellError, ShellStatus};
pub use sink::Sink;
pub use statement::{is_copy_from_script, is_outside_transactions};
pub use variables::VariableStore;
pub use watch::{Ended, Interruption, Watch};
pub use wire::{Connection, TransactionStatus, WireError};
