use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a server may take to answer a cancel request before the connection is given up.
pub(crate) const CANCEL_GRACE: Duration = Duration::from_secs(3);

/// What may end a wait for the server: a deadline, or an interruption of the whole run.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// When the work at hand must be over.
    pub deadline: Option<Instant>,
    /// The run's interruption, if it can be interrupted.
    pub interruption: Option<Interruption>,
}

/// Why a wait ended before the server was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The deadline passed.
    Timeout,
    /// The run was interrupted.
    Interrupted,
}

impl Watch {
    /// Whether nothing can end a wait.
    pub(crate) fn is_blind(&self) -> bool {
        self.deadline.is_none() && self.interruption.is_none()
    }

    /// Whether the wait must end now.
    pub(crate) fn ended(&self) -> Option<Ended> {
        if self.interruption.as_ref().is_some_and(Interruption::is_set) {
            return Some(Ended::Interrupted);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Some(Ended::Timeout),
            _ => None,
        }
    }
}

/// The signal that interrupted the run, shared by everything that waits; zero while there was none.
#[derive(Debug, Clone, Default)]
pub struct Interruption(Arc<AtomicUsize>);

impl Interruption {
    /// The cell itself, for a signal handler to store the signal's number in.
    pub fn cell(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.0)
    }

    /// Whether a signal came.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// The signal's number, if one came.
    pub fn signal(&self) -> Option<usize> {
        Some(self.0.load(Ordering::Relaxed)).filter(|&signal| signal != 0)
    }
}
