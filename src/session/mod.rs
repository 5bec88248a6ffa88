//! (to come)

pub mod conninfo;
