//! (to come)

pub mod conninfo;
pub mod stream;
mod tls;
