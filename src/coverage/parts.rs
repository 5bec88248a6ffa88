//! Parts of one measurement: reports of several runs of one commit, such as the jobs of a pipeline, and whether they can be
//! put together. What differs by more than what the tests did is no part: of two schemas there is no one coverage.

use std::collections::BTreeMap;

use super::{CoverageReport, CoveredObject};
use crate::catalog::{Object, ObjectName};

/// Why two reports are no parts of one measurement. The one is that which was asked, the other what it was asked about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Discord {
    /// What was seen in it would count twice.
    #[error("both hold the same run")]
    SameRun,
    /// They are of two commits of git.
    #[error("the first is of commit {0}, the second of {1}")]
    Commit(String, String),
    /// They are of two major versions of the server.
    #[error("the first is of {0}, the second of {1}")]
    Server(String, String),
    /// A script that made the schema is not the same in both.
    #[error("{0} was not the same when they were measured")]
    Script(String),
    /// A schema object that only the first one has.
    #[error("only the first has {0}")]
    OnlyFirst(String),
    /// A schema object that only the second one has.
    #[error("only the second has {0}")]
    OnlySecond(String),
    /// A schema object that is not the same in both.
    #[error("{object} is not the same in both: {what}")]
    Object {
        /// Its name, with its kind.
        object: String,
        /// What of it.
        what: String,
    },
}

impl CoverageReport {
    /// Why this report and another one cannot be put together; none where they can.
    pub fn discord(&self, other: &Self) -> Option<Discord> {
        if !self.runs.is_disjoint(&other.runs) {
            return Some(Discord::SameRun);
        }
        if let (Some(ours), Some(theirs)) = (&self.commit, &other.commit)
            // A clone may need more digits than another to tell its commits apart.
            && !ours.starts_with(theirs.as_str())
            && !theirs.starts_with(ours.as_str())
        {
            return Some(Discord::Commit(ours.clone(), theirs.clone()));
        }
        if major(&self.server) != major(&other.server) {
            return Some(Discord::Server(self.server.clone(), other.server.clone()));
        }
        let (ours, theirs) = (&self.sources.files, &other.sources.files);
        let mut scripts = ours.keys().chain(theirs.keys());
        if let Some(script) = scripts.find(|it| ours.get(*it) != theirs.get(*it)) {
            return Some(Discord::Script(script.clone()));
        }
        self.discord_of_objects(other)
    }

    fn discord_of_objects(&self, other: &Self) -> Option<Discord> {
        let mut theirs: BTreeMap<&ObjectName, &CoveredObject> = by_name(other).collect();
        for (name, ours) in by_name(self) {
            let Some(theirs) = theirs.remove(name) else {
                return Some(Discord::OnlyFirst(name.to_string()));
            };
            let what = difference(&ours.object, &theirs.object).or_else(|| {
                let logic = |object: &CoveredObject| object.logic.clone().map(|it| it.logic);
                let is_same = ours.behaviours == theirs.behaviours && logic(ours) == logic(theirs);
                (!is_same).then(|| "what it can do, for two versions of pgassay".to_owned())
            });
            if let Some(what) = what {
                let object = name.to_string();
                return Some(Discord::Object { object, what });
            }
        }
        let more = theirs.into_keys().next()?;
        Some(Discord::OnlySecond(more.to_string()))
    }

    /// Adds what another run saw, which is a part of the same measurement. Parts that were put together count as the whole.
    ///
    /// # Errors
    /// Why it is none; then nothing is added.
    pub fn merge(&mut self, other: Self) -> Result<(), Discord> {
        if let Some(discord) = self.discord(&other) {
            return Err(discord);
        }
        let mut theirs: BTreeMap<ObjectName, CoveredObject> = other
            .objects
            .into_iter()
            .map(|object| (object.object.name.clone(), object))
            .collect();
        for ours in &mut self.objects {
            let Some(theirs) = theirs.remove(&ours.object.name) else {
                continue;
            };
            for (property, assertions) in theirs.asserted {
                ours.asserted
                    .entry(property)
                    .or_default()
                    .extend(assertions);
            }
            for (behaviour, places) in theirs.exercised {
                ours.exercised.entry(behaviour).or_default().extend(places);
            }
            if let (Some(ours), Some(theirs)) = (&mut ours.logic, theirs.logic) {
                for (probe, places) in theirs.hits {
                    ours.hits.entry(probe).or_default().extend(places);
                }
            }
        }
        self.runs.extend(other.runs);
        self.files += other.files;
        self.failed += other.failed;
        self.is_part = false;
        self.began = self.began.max(other.began);
        self.commit = self.commit.take().or(other.commit);
        self.unseen.extend(other.unseen);
        self.unseen.sort_unstable();
        self.unseen.dedup();
        Ok(())
    }
}

fn by_name(report: &CoverageReport) -> impl Iterator<Item = (&ObjectName, &CoveredObject)> {
    let objects = report.objects.iter();
    objects.map(|object| (&object.object.name, object))
}

/// What of an object is another in another report. Where the server keeps it may differ.
fn difference(ours: &Object, theirs: &Object) -> Option<String> {
    let mut properties = ours.properties.keys().chain(theirs.properties.keys());
    if let Some(property) = properties.find(|it| ours.value(it) != theirs.value(it)) {
        return Some(property.to_string());
    }
    if ours.definition != theirs.definition {
        return Some("definition".to_owned());
    }
    let places = |object: &Object| (object.made_at.clone(), object.changed_at.clone());
    (places(ours) != places(theirs)).then(|| "the line that made it".to_owned())
}

/// `PostgreSQL 15` of `PostgreSQL 15.18`.
fn major(server: &str) -> &str {
    server.split('.').next().unwrap_or(server)
}
