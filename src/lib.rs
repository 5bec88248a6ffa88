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
//! The modules, in reading order, are listed below; `docs/architecture.md` tells what each may import.

pub mod cli;
pub mod cluster;
pub mod command;
pub mod database;
pub mod event;
pub mod migration;
pub mod project;
pub mod report;
pub mod run;
pub mod script;
pub mod session;
pub mod settings;
pub mod tap;
