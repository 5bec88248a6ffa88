//! `pgassay snapshot` with real servers: what is saved is what is loaded, and what is not whole is refused.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod damage;
mod examples;
mod forward;
mod inherited;
mod keeping;
mod listing;
mod loading;
mod masked;
mod rows;
mod ruled;
mod sampled;
mod selecting;
mod silenced;
mod site;
#[path = "../tool/mod.rs"]
mod tool;
mod types;
mod versions;
