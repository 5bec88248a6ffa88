//! The settings of coverage: what is measured, what counts, and what it must come to.

use std::path::PathBuf;

use super::document::Entry;
use super::error::SettingsError;
use super::nearest::nearest;
use crate::catalog::Kind;
use crate::coverage::{Exclusion, Gauge, PathPattern, Selector, Threshold};

/// What holds for coverage.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CoverageSettings {
    /// Whether a test run measures it.
    pub measure: bool,
    /// How much must be covered.
    pub thresholds: Vec<Threshold>,
    /// What is left out of the figures.
    pub exclusions: Vec<Exclusion>,
    /// The file with what an earlier run came to, which must not get worse.
    pub baseline: Option<PathBuf>,
    /// What migrations added or changed since this revision of git must be covered.
    pub since: Option<String>,
}

/// What one source says of it.
#[derive(Debug, Clone, Default)]
pub(super) struct CoverageLayer {
    pub(super) measure: Option<bool>,
    pub(super) thresholds: Option<Vec<Threshold>>,
    pub(super) exclusions: Option<Vec<Exclusion>>,
    pub(super) baseline: Option<PathBuf>,
    pub(super) since: Option<String>,
    /// How much of the branches of all objects, in percent.
    pub(super) least_branches: Option<f64>,
}

impl CoverageLayer {
    /// What is said here, and otherwise in the lower one.
    pub(super) fn over(self, lower: Self) -> Self {
        Self {
            measure: self.measure.or(lower.measure),
            thresholds: self.thresholds.or(lower.thresholds),
            exclusions: self.exclusions.or(lower.exclusions),
            baseline: self.baseline.or(lower.baseline),
            since: self.since.or(lower.since),
            least_branches: self.least_branches.or(lower.least_branches),
        }
    }

    /// With the defaults.
    pub(super) fn resolve(self) -> CoverageSettings {
        let mut settings = CoverageSettings {
            measure: self.measure.unwrap_or(false),
            thresholds: self.thresholds.unwrap_or_default(),
            exclusions: self.exclusions.unwrap_or_default(),
            baseline: self.baseline,
            since: self.since,
        };
        if let Some(least) = self.least_branches {
            settings.demand(Gauge::Branches, least);
        }
        settings
    }
}

impl CoverageSettings {
    /// Asks for so many percent of all that a gauge measures, instead of what is asked of that otherwise. What is asked of
    /// some objects only still is.
    pub fn demand(&mut self, gauge: Gauge, least: f64) {
        let objects = Selector::default();
        self.thresholds
            .retain(|it| it.gauge != gauge || it.objects != objects);
        self.thresholds.push(Threshold {
            gauge,
            objects,
            least,
        });
    }
}

/// The words that say which objects are meant.
const SELECTING: [&str; 3] = ["schema", "kind", "object"];

/// `fail_under`: a table, or several, each with a percentage for a gauge or both, and which objects are meant.
pub(super) fn thresholds(entry: Entry<'_>) -> Result<Vec<Threshold>, SettingsError> {
    const EXPECTED: &str = "a table, such as { asserted = 80 }, or an array of tables";
    let words: Vec<&str> = Gauge::ALL.into_iter().map(Gauge::word).collect();
    let mut thresholds = Vec::new();
    let whole = entry.wrong_type(EXPECTED);
    for table in entry.tables(EXPECTED)? {
        let mut objects = Selector::default();
        let mut asked = Vec::new();
        let Some(place) = table.first().map(Entry::place_in_table) else {
            return Err(whole);
        };
        for entry in table {
            let gauge = Gauge::ALL
                .into_iter()
                .find(|it| it.word() == entry.last_name());
            match gauge {
                Some(gauge) => asked.push((gauge, percentage(&entry)?)),
                None => select(&mut objects, &entry, &words)?,
            }
        }
        if asked.is_empty() {
            return Err(
                place.lacks("a percentage: `asserted`, `exercised`, `statements` or `branches`")
            );
        }
        thresholds.extend(asked.into_iter().map(|(gauge, least)| Threshold {
            gauge,
            objects: objects.clone(),
            least,
        }));
    }
    Ok(thresholds)
}

/// `exclude`: tables that each say which objects are left out, and why.
pub(super) fn exclusions(entry: Entry<'_>) -> Result<Vec<Exclusion>, SettingsError> {
    const EXPECTED: &str = "an array of tables, each with a reason and a schema, kind or object";
    let mut exclusions = Vec::new();
    let whole = entry.wrong_type(EXPECTED);
    for table in entry.tables(EXPECTED)? {
        let mut objects = Selector::default();
        let mut reason = None;
        let Some(place) = table.first().map(Entry::place_in_table) else {
            return Err(whole);
        };
        for entry in table {
            if entry.last_name() == "reason" {
                let said = entry.string()?.value;
                if said.trim().is_empty() {
                    return Err(entry.refused(&said, "it is empty".to_owned()));
                }
                reason = Some(said);
            } else {
                select(&mut objects, &entry, &["reason"])?;
            }
        }
        let Some(reason) = reason else {
            return Err(place.lacks("a `reason`, so that others know why"));
        };
        if objects == Selector::default() {
            return Err(place.lacks("a `schema`, a `kind` or an `object` that it is about"));
        }
        exclusions.push(Exclusion { objects, reason });
    }
    Ok(exclusions)
}

/// Takes up a word that says which objects are meant. `others` are what may stand there besides.
fn select(objects: &mut Selector, entry: &Entry<'_>, others: &[&str]) -> Result<(), SettingsError> {
    match entry.last_name() {
        "schema" => objects.schema = Some(entry.string()?.value),
        "kind" => {
            let word = entry.string()?.value;
            let kind = word.parse::<Kind>().map_err(|unknown| {
                let words = Kind::ALL.iter().map(|kind| kind.singular());
                let meant = nearest(&word, words);
                let meant =
                    meant.map_or_else(String::new, |it| format!("; did you mean \"{it}\"?"));
                entry.refused(&word, format!("{unknown}{meant}"))
            })?;
            objects.kind = Some(kind);
        }
        "object" => {
            let text = entry.string()?.value;
            let pattern = PathPattern::parse(&text)
                .map_err(|error| entry.refused(&text, error.to_string()))?;
            objects.object = Some(pattern);
        }
        word => {
            let words = SELECTING.iter().chain(others).copied();
            let table = entry.name.strip_suffix(word).unwrap_or_default();
            let meant = nearest(word, words).map(|meant| format!("{table}{meant}"));
            return Err(entry.unknown(meant));
        }
    }
    Ok(())
}

/// From 0 to 100.
fn percentage(entry: &Entry<'_>) -> Result<f64, SettingsError> {
    const EXPECTED: &str = "a percentage from 0 to 100";
    let said = entry
        .as_number()
        .ok_or_else(|| entry.wrong_type(EXPECTED))?;
    match said.parse::<f64>() {
        Ok(number) if (0.0..=100.0).contains(&number) => Ok(number),
        _ => Err(entry.refused(&said, format!("it must be {EXPECTED}"))),
    }
}
