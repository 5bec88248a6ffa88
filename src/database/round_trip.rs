//! A round trip: a migration is taken back and applied again, and what the database is like is compared each time.

use std::time::Duration;

use super::{DatabaseError, Likeness};
use crate::event::Loss;

/// How long a script ran, or why it did not run to its end.
pub type Ran = Result<Duration, DatabaseError>;

/// Who makes a round trip.
pub trait Traveller {
    /// Why it cannot be said what came of it.
    type Error;

    /// Takes the migration back.
    ///
    /// # Errors
    /// It could not be tried.
    fn back(&mut self) -> Result<Ran, Self::Error>;

    /// Applies it.
    ///
    /// # Errors
    /// It could not be tried.
    fn forth(&mut self) -> Result<Ran, Self::Error>;

    /// What the database is like now.
    ///
    /// # Errors
    /// It could not be looked at.
    fn likeness(&mut self) -> Result<Likeness, Self::Error>;
}

/// Between what a round trip leads.
#[derive(Debug, Clone, Copy)]
pub struct Ends<'a> {
    /// What the database was like before the migration.
    pub before: &'a Likeness,
    /// Whether its rows are to come back, too.
    pub with_rows: bool,
    /// What it is like behind it.
    pub behind: &'a Likeness,
}

/// What came of a round trip.
#[derive(Debug)]
pub struct RoundTrip {
    /// The way back.
    pub back: Ran,
    /// What of the schema is then not as it was before, a line each.
    pub not_as_before: Vec<String>,
    /// The way forth; none where it did not come back.
    pub forth: Option<Ran>,
    /// What of the schema is then not as it was behind the migration, a line each.
    pub not_as_behind: Vec<String>,
    /// The rows and values that are lost.
    pub losses: Vec<Loss>,
}

impl RoundTrip {
    /// Makes it.
    ///
    /// # Errors
    /// The traveller's.
    pub fn make<T: Traveller>(traveller: &mut T, ends: &Ends<'_>) -> Result<Self, T::Error> {
        let mut trip = Self {
            back: traveller.back()?,
            not_as_before: Vec::new(),
            forth: None,
            not_as_behind: Vec::new(),
            losses: Vec::new(),
        };
        if trip.back.is_err() {
            return Ok(trip);
        }
        let now = traveller.likeness()?;
        trip.not_as_before = ends.before.schema_differences(&now);
        if ends.with_rows {
            trip.losses = ends.before.losses(&now);
        }
        let forth = trip.forth.insert(traveller.forth()?);
        if forth.is_ok() {
            let now = traveller.likeness()?;
            trip.not_as_behind = ends.behind.schema_differences(&now);
            for loss in ends.behind.losses(&now) {
                if !trip.losses.contains(&loss) {
                    trip.losses.push(loss);
                }
            }
        }
        Ok(trip)
    }

    /// How long its scripts ran.
    pub fn elapsed(&self) -> Duration {
        let all = [Some(&self.back), self.forth.as_ref()];
        let ran = all.into_iter().flatten().flatten();
        ran.sum()
    }
}
