//! A run: workers that take test files one after the other, each in a scratch database of its own, and
//! say what happened as events. Nothing is printed here.

mod admin;
mod bug;
mod ground;
mod interrupt;
mod judgement;
mod last_words;
mod pool;
mod recorder;
mod worker;

pub use bug::catch as catch_bug;
pub use ground::{Ground, OwnClusters, admin_of, writable_directories};
pub use interrupt::listen as listen_for_interruption;
pub use interrupt::signal_name;
pub use judgement::{Evidence, Judgement, judge};
pub use pool::{Limits, Pool};
pub use recorder::Recorder;
pub use worker::{Conditions, Task};
