//! The gate before a deploy: whether a history says that the schema is at least what the code needs, and that no migration
//! is under way or has failed. A function from values to a value.

use crate::migration::{Applied, AppliedState, VersionOrder};

/// What a history says at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// What was applied, in the order in which it was.
    pub applied: &'a [Applied],
    /// Whether the tool is at work; none where it does not show.
    pub at_work: Option<bool>,
    /// How versions compare.
    pub order: VersionOrder,
    /// Whether the history holds only the last version.
    pub is_single: bool,
}

/// How the gate stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateState {
    /// The schema is at least what is needed.
    Satisfied {
        /// The newest version.
        version: Option<String>,
    },
    /// It is not, or cannot be told to be.
    Behind {
        /// The newest version.
        version: Option<String>,
        /// Why.
        reason: String,
    },
    /// A migration is under way.
    Running {
        /// Which, where that shows.
        version: Option<String>,
        /// Whether it is known that somebody is at work on it.
        certain: bool,
    },
    /// A migration failed, and nobody is at work.
    Failed {
        /// Which.
        version: Option<String>,
    },
}

impl GateState {
    /// Judges a history by the version that is needed.
    pub fn of(sight: Sight<'_>, needed: &str) -> Self {
        let newest_of = newest_of_each(sight.applied);
        let in_state = |state: AppliedState| {
            let found = newest_of.iter().find(|it| it.state == state);
            found.map(|it| it.version.clone().or_else(|| it.description.clone()))
        };
        let begun = in_state(AppliedState::Begun);
        if sight.at_work == Some(true) {
            return Self::Running {
                version: begun.flatten(),
                certain: true,
            };
        }
        if let Some(version) = in_state(AppliedState::Failed) {
            return Self::Failed { version };
        }
        match (begun, sight.at_work) {
            (Some(version), Some(_)) => return Self::Failed { version },
            (Some(version), None) => {
                return Self::Running {
                    version,
                    certain: false,
                };
            }
            (None, _) => {}
        }
        let versions: Vec<&str> = newest_of
            .iter()
            .filter(|it| it.state == AppliedState::Applied)
            .filter_map(|it| it.version.as_deref())
            .collect();
        judge(&versions, sight, needed)
    }
}

fn judge(versions: &[&str], sight: Sight<'_>, needed: &str) -> GateState {
    let compare = |version: &str| sight.order.compare(version, needed);
    let newest = versions.iter().copied().reduce(|newest, version| {
        match sight.order.compare(version, newest) {
            Some(order) if order.is_lt() => newest,
            _ => version,
        }
    });
    let version = newest.map(str::to_owned);
    let behind = |reason: String| GateState::Behind {
        version: version.clone(),
        reason,
    };
    let Some(newest) = newest else {
        return behind("no migration is applied".to_owned());
    };
    if versions
        .iter()
        .any(|it| compare(it).is_some_and(std::cmp::Ordering::is_eq))
    {
        return GateState::Satisfied { version };
    }
    let is_above = |version: &str| compare(version).is_some_and(std::cmp::Ordering::is_gt);
    if !is_above(newest) {
        return behind(match sight.order {
            VersionOrder::None => format!("{needed} is not applied"),
            _ => format!("the newest version is {newest}, and {needed} is needed"),
        });
    }
    // A history that begins behind the version was begun on a schema that had it.
    if sight.is_single || versions.iter().all(|version| is_above(version)) {
        return GateState::Satisfied { version };
    }
    behind(format!(
        "{needed} is not applied, though {newest} is: it was left out, or has to be applied out of order"
    ))
}

/// The newest thing that is said of each version.
fn newest_of_each(applied: &[Applied]) -> Vec<&Applied> {
    let mut newest: Vec<&Applied> = Vec::new();
    for it in applied {
        newest.retain(|earlier| {
            (&earlier.version, &earlier.description) != (&it.version, &it.description)
                && (earlier.version.is_none() || earlier.version != it.version)
        });
        newest.push(it);
    }
    newest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(
        versions: &[(&str, AppliedState)],
        at_work: Option<bool>,
        needed: &str,
    ) -> &'static str {
        let applied: Vec<_> = versions
            .iter()
            .map(|(version, state)| Applied::of_version(version, *state))
            .collect();
        let sight = Sight {
            applied: &applied,
            at_work,
            order: VersionOrder::Numbers,
            is_single: false,
        };
        match GateState::of(sight, needed) {
            GateState::Satisfied { .. } => "satisfied",
            GateState::Behind { .. } => "behind",
            GateState::Running { certain: true, .. } => "running",
            GateState::Running { certain: false, .. } => "running or failed",
            GateState::Failed { .. } => "failed",
        }
    }

    #[test]
    fn a_schema_is_judged_by_all_that_its_history_says() {
        use AppliedState::{Applied, Begun, Failed, Undone};
        for (versions, at_work, needed, verdict) in [
            (&[][..], None, "1", "behind"),
            (&[("1", Applied), ("2", Applied)], None, "2", "satisfied"),
            (
                &[("1", Applied), ("2", Applied)],
                Some(false),
                "02",
                "satisfied",
            ),
            (&[("1", Applied), ("2", Applied)], None, "3", "behind"),
            (&[("1", Applied), ("10", Applied)], None, "1", "satisfied"),
            // It was left out.
            (&[("1", Applied), ("3", Applied)], None, "2", "behind"),
            // The history begins with a baseline.
            (&[("5", Applied)], None, "2", "satisfied"),
            (&[("1", Applied), ("2", Begun)], Some(true), "1", "running"),
            (&[("1", Applied), ("2", Begun)], Some(false), "1", "failed"),
            (
                &[("1", Applied), ("2", Begun)],
                None,
                "1",
                "running or failed",
            ),
            (&[("1", Applied), ("2", Failed)], None, "1", "failed"),
            (
                &[("1", Applied), ("2", Failed), ("2", Applied)],
                None,
                "2",
                "satisfied",
            ),
            (
                &[("1", Applied), ("2", Applied), ("2", Undone)],
                None,
                "2",
                "behind",
            ),
            // It is in a transaction, and its row is not to be seen yet.
            (&[("1", Applied)], Some(true), "1", "running"),
        ] {
            assert_eq!(
                judged(versions, at_work, needed),
                verdict,
                "{versions:?} {at_work:?} {needed}"
            );
        }
    }
}
