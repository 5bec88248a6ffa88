//! What people and machines read of a run, rendered from sample outcomes and compared with accepted snapshots;
//! machine formats are read back as their readers would.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod builder;
mod console;
mod json;
mod junit;
mod samples;
mod tap;
