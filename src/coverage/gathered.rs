use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use super::Touch;
use crate::catalog::Place;
use crate::event::Notice;
use crate::script::Location;

/// What probes told while one test file ran: each touch once for each step.
#[derive(Debug, Default)]
pub struct Touches(HashSet<(Touch, Place)>);

/// What the files of a run touched, from all of its workers.
#[derive(Debug, Default)]
pub struct Gathered(Mutex<Vec<(Touch, Place)>>);

impl Touches {
    /// Takes a notice in, where it is a probe's; else gives it back.
    pub fn take(&mut self, notice: Notice) -> Option<Notice> {
        let Some(touch) = Touch::parse(&notice.message) else {
            return Some(notice);
        };
        self.add(touch, &notice.location);
        None
    }

    /// Notes that a step touched something.
    pub fn add(&mut self, touch: Touch, location: &Location) {
        let place = Place {
            file: location.file.to_string(),
            line: location.line(),
        };
        self.0.insert((touch, place));
    }
}

impl Gathered {
    /// Takes in what a file touched.
    pub fn add(&self, touches: Touches) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(touches.0);
    }

    /// All that was gathered so far; nothing of it is left.
    pub fn take(&self) -> Vec<(Touch, Place)> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *all)
    }
}
