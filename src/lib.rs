//! pgassay runs pgTAP `.sql` tests against PostgreSQL, each file in a pristine database of its own.
//!
//! The way of the data, which only goes forward:
//!
//! ```text
//! files on disk ─ project ─▶ Script, MigrationSet
//!                  migration+cluster ─▶ golden data directory ─▶ one cluster per worker ─▶ scratch database
//! Script + scratch database ─ session ─▶ output text, notices, SQL errors (each with its step)
//!                  tap ─▶ assertions ─ outcome ─▶ FileOutcome ─ event ─▶ reporters ─▶ console, JUnit, JSON, TAP
//! ```
//!
//! The modules in reading order (`docs/architecture.md` tells what each may import):
//!
//! - [`cli`]: what was typed
//! - [`settings`]: what was typed, the environment and `pgassay.toml`, resolved
//! - [`project`]: what is on disk
//! - [`migration`]: migrations, by their tool's layout
//! - [`script`]: psql's language, as text
//! - [`plpgsql`]: bodies of functions into statements and branches
//! - [`tap`]: TAP lines into assertions
//! - [`event`]: what happens in a run, as values
//! - [`session`]: connections, and scripts run on them
//! - [`catalog`]: schema objects and their properties
//! - [`coverage`]: what a run asserted of the schema, told by probes
//! - [`cluster`]: servers of the tool's own
//! - [`database`]: the template database and its copies
//! - [`deployment`]: migrations on databases that live on
//! - [`snapshot`]: rows of a database, in a file that knows the version of their schema
//! - [`run`]: workers and verdicts
//! - [`report`]: events into text
//! - [`command`]: the subcommands, which put all of this together

pub mod catalog;
pub mod cli;
pub mod cluster;
pub mod command;
pub mod coverage;
pub mod database;
pub mod deployment;
pub mod event;
pub mod migration;
pub mod plpgsql;
pub mod project;
pub mod report;
pub mod run;
pub mod script;
pub mod session;
pub mod settings;
pub mod snapshot;
pub mod tap;
