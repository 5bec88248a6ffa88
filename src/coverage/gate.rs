//! Gates: what coverage must come to. Each takes an account and returns complaints, none where all is well. What to do
//! about them is the caller's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::exclusion::Selector;
use super::totals::{Account, Counted, Figures, Gauge};
use super::{CoveredObject, Level, PointKind};
use crate::catalog::Place;

/// What the form of a stored baseline is called.
pub const BASELINE_FORMAT: u32 = 1;

/// Something that a gate found wanting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Complaint {
    /// What it is, and how far it is from what is asked for: `asserted: 61.3 % of functions of schema app, and 80 % are
    /// asked for (12 more)`.
    pub what: String,
    /// The objects that it is about.
    pub objects: Vec<Blamed>,
}

/// An object that a complaint is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blamed {
    /// The object, with its kind.
    pub object: String,
    /// How far it is covered.
    pub level: Level,
    /// What is missed of its logic first, or the statement that made or last changed it, where that was followed.
    pub place: Option<Place>,
}

impl Blamed {
    pub(super) fn new(counted: &Counted<'_>) -> Self {
        Self {
            object: counted.object.object.name.to_string(),
            level: counted.level,
            place: counted.object.object.last_touched_at().cloned(),
        }
    }

    /// What a gauge finds missing of an object.
    fn by(gauge: Gauge, counted: &Counted<'_>) -> Self {
        let logic = counted.object.logic.as_ref();
        let missed = match gauge {
            Gauge::Asserted | Gauge::Exercised => None,
            Gauge::Statements => logic.and_then(|it| it.first_missed(|kind| !kind.is_branch())),
            Gauge::Branches => logic.and_then(|it| it.first_missed(PointKind::is_branch)),
        };
        let blamed = Self::new(counted);
        Self {
            place: missed.or(blamed.place),
            ..blamed
        }
    }
}

/// So much of some objects must be covered.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// What is measured.
    pub gauge: Gauge,
    /// Of which objects.
    pub objects: Selector,
    /// The least that will do, in percent of the objects: 0 to 100.
    pub least: f64,
}

/// What falls short of a threshold. One that there is nothing to measure for is complained of too: its kind or schema
/// is misspelt, or all of it is left out.
pub fn thresholds(account: &Account<'_>, thresholds: &[Threshold]) -> Vec<Complaint> {
    let all = thresholds.iter();
    all.filter_map(|threshold| fall_short(account, threshold))
        .collect()
}

fn fall_short(account: &Account<'_>, threshold: &Threshold) -> Option<Complaint> {
    let Threshold {
        gauge,
        objects,
        least,
    } = threshold;
    let word = gauge.word();
    let of = of(*gauge, objects);
    let meant: Vec<&Counted<'_>> = account
        .counting()
        .filter(|counted| objects.selects(&counted.object.object.name))
        .filter(|counted| gauge.is_about(counted.object))
        .collect();
    let share = Figures::of(meant.iter().copied()).share(*gauge);
    if share.whole == 0 {
        let hint = match gauge {
            Gauge::Asserted | Gauge::Exercised => "",
            Gauge::Statements | Gauge::Branches => " (functions and procedures have such)",
        };
        return Some(Complaint {
            what: format!(
                "{word}: {least} % are asked for {of}, and there is nothing of them to measure{hint}"
            ),
            objects: Vec::new(),
        });
    }
    let needed = needed(*least, share.whole);
    if share.part >= needed {
        return None;
    }
    Some(Complaint {
        what: format!(
            "{word}: {share} {of} ({} of {}), and {least} % are asked for: {} more",
            share.part,
            share.whole,
            needed - share.part
        ),
        objects: meant
            .into_iter()
            .filter(|counted| !gauge.is_met(counted.object))
            .map(|counted| Blamed::by(*gauge, counted))
            .collect(),
    })
}

/// Of what a gauge is a share, for these objects.
fn of(gauge: Gauge, objects: &Selector) -> String {
    match gauge {
        Gauge::Asserted => format!("of {objects}"),
        Gauge::Exercised => format!("of {objects} that can do something"),
        Gauge::Statements | Gauge::Branches if *objects == Selector::default() => {
            format!("of all {}", gauge.word())
        }
        Gauge::Statements | Gauge::Branches => {
            format!("of the {} of {objects}", gauge.word())
        }
    }
}

/// The least number of `whole` that is so much percent of it.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of schema objects are far below 2^52"
)]
fn needed(percent: f64, whole: usize) -> usize {
    // What rounding adds to 70 % of 10 must not ask for an eighth.
    (percent.clamp(0.0, 100.0) * whole as f64 / 100.0 - 1e-9).ceil() as usize
}

/// What an earlier run came to, kept so that it does not get worse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// [`BASELINE_FORMAT`].
    pub format: u32,
    /// Its figures.
    pub figures: Figures,
    /// The level of each object that counted, by its name with its kind.
    pub levels: BTreeMap<String, Level>,
    /// Of each that has logic, how many statements were reached and how many branches taken.
    #[serde(default)]
    pub logic: BTreeMap<String, [usize; 2]>,
}

/// A baseline that cannot be compared with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it has format {0}, and this pgassay reads format {BASELINE_FORMAT}: write it again")]
pub struct BaselineError(pub u32);

impl Baseline {
    /// What an account comes to.
    pub fn of(account: &Account<'_>) -> Self {
        Self {
            format: BASELINE_FORMAT,
            figures: account.figures,
            levels: account
                .counting()
                .map(|it| (it.object.object.name.to_string(), it.level))
                .collect(),
            logic: account
                .counting()
                .filter_map(|it| {
                    let logic = it.object.logic.as_ref()?;
                    let reached = [logic.statements().part, logic.branches().part];
                    Some((it.object.object.name.to_string(), reached))
                })
                .collect(),
        }
    }

    /// What has got worse: objects that were asserted or exercised and are not any more, and shares of all that fell.
    /// Objects that are gone, or left out since, are no fault.
    ///
    /// # Errors
    /// When it is of another form.
    pub fn complaints(&self, account: &Account<'_>) -> Result<Vec<Complaint>, BaselineError> {
        if self.format != BASELINE_FORMAT {
            return Err(BaselineError(self.format));
        }
        let mut complaints = Vec::new();
        for gauge in Gauge::ALL {
            complaints.extend(self.lost(account, gauge));
            complaints.extend(self.fallen(account, gauge));
        }
        Ok(complaints)
    }

    /// Whether less of a routine's logic was reached than then.
    fn has_less(&self, object: &CoveredObject, gauge: Gauge) -> bool {
        let (Some([statements, branches]), Some(logic)) = (
            self.logic.get(&object.object.name.to_string()),
            &object.logic,
        ) else {
            return false;
        };
        match gauge {
            Gauge::Asserted | Gauge::Exercised => false,
            Gauge::Statements => logic.statements().part < *statements,
            Gauge::Branches => logic.branches().part < *branches,
        }
    }

    fn level(&self, counted: &Counted<'_>) -> Option<Level> {
        let name = counted.object.object.name.to_string();
        self.levels.get(&name).copied()
    }

    fn lost(&self, account: &Account<'_>, gauge: Gauge) -> Option<Complaint> {
        let was = |counted: &Counted<'_>| self.level(counted).is_some_and(|it| gauge.counts(it));
        let lost: Vec<Blamed> = account
            .counting()
            .filter(|counted| !gauge.counts(counted.level) && was(counted))
            .map(Blamed::new)
            .collect();
        let (word, number) = (gauge.word(), lost.len());
        let objects = if number == 1 {
            "object was"
        } else {
            "objects were"
        };
        (number > 0).then(|| Complaint {
            what: format!("{word}: {number} {objects} {word} in the baseline and no longer"),
            objects: lost,
        })
    }

    fn fallen(&self, account: &Account<'_>, gauge: Gauge) -> Option<Complaint> {
        let (was, is) = (self.figures.share(gauge), account.figures.share(gauge));
        is.is_less_than(was).then(|| {
            let is_new = |counted: &&Counted<'_>| self.level(counted).is_none();
            let of = of(gauge, &Selector::default());
            let all = account.counting();
            let objects: Vec<Blamed> = all
                .filter(|counted| is_new(counted) || self.has_less(counted.object, gauge))
                .filter(|counted| gauge.is_about(counted.object) && !gauge.is_met(counted.object))
                .map(|counted| Blamed::by(gauge, counted))
                .collect();
            let since = match (gauge, objects.len()) {
                (_, 0) => String::new(),
                (Gauge::Asserted | Gauge::Exercised, 1) => {
                    "; of what is new, 1 object is not".to_owned()
                }
                (Gauge::Asserted | Gauge::Exercised, number) => {
                    format!("; of what is new, {number} objects are not")
                }
                (Gauge::Statements | Gauge::Branches, _) => {
                    "; these have less than then, or are new".to_owned()
                }
            };
            Complaint {
                what: format!(
                    "{}: {is} {of} ({} of {}), and it was {was} ({} of {}) in the baseline{since}",
                    gauge.word(),
                    is.part,
                    is.whole,
                    was.part,
                    was.whole
                ),
                objects,
            }
        })
    }
}
