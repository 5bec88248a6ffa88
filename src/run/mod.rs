//! A run: workers that take tasks (mostly one test file each) one after the other, each in a scratch database of its
//! own, and say what happened as events. Nothing is printed here.

mod admin;
mod attempt;
mod bug;
mod conditions;
mod crossing;
mod earlier;
mod file_session;
mod functions;
mod ground;
mod guard;
mod interrupt;
mod judgement;
mod last_words;
mod minimal;
mod plot;
mod pool;
mod probe;
mod proof;
mod queue;
mod recorder;
mod reuse;
mod sighting;
mod steps;
mod supply;
mod task;
mod walk;
mod warnings;
mod worker;

pub use bug::catch as catch_bug;
pub use conditions::Conditions;
pub use earlier::{Bases, Earlier, WORTH_KEEPING};
pub use functions::{NoFunction, find_functions};
pub use ground::{Ground, OwnClusters, admin_of, writable_directories};
pub use guard::Guard;
pub use interrupt::listen as listen_for_interruption;
pub use interrupt::signal_name;
pub use judgement::{Evidence, Judgement, judge};
pub use minimal::minimal;
pub use pool::{Limits, Pool};
pub use probe::Probe;
pub use recorder::Recorder;
pub use steps::{StepOptions, Steps};
pub use task::{SchemaVersion, Task};
