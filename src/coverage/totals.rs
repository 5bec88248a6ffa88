//! The account of a report: how many objects are on which level, how many of their properties are asserted and how much
//! of what they can do was seen; of everything, and by kind, schema and group.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::exclusion::{Exclusion, schema_of};
use super::group::{Group, is_type};
use super::{CoverageReport, CoveredLogic, CoveredObject, Level};
use crate::catalog::Kind;

/// Figures of some objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// How many objects count.
    pub objects: usize,
    /// Of these, those that nothing was seen of.
    pub uncovered: usize,
    /// Those of which a part of what they can do was seen, and that are not asserted.
    pub partly_exercised: usize,
    /// Those of which all that they can do was seen, and that are not asserted.
    pub exercised: usize,
    /// Those that are asserted, and of which not all was seen.
    pub asserted: usize,
    /// Those that are asserted and of which all was seen.
    pub asserted_and_exercised: usize,
    /// How many of the objects can do something that could be seen.
    pub exercisable: usize,
    /// How many properties they have, existence among them.
    pub properties: usize,
    /// How many of these assertions pin down.
    pub asserted_properties: usize,
    /// How many behaviours they have.
    pub behaviours: usize,
    /// How many of these were seen.
    pub seen_behaviours: usize,
    /// How many statements their logic has.
    #[serde(default)]
    pub statements: usize,
    /// How many of these were reached.
    #[serde(default)]
    pub reached_statements: usize,
    /// How many branches their logic has.
    #[serde(default)]
    pub branches: usize,
    /// How many of these were taken.
    #[serde(default)]
    pub taken_branches: usize,
    /// How many routines have logic that is not measured.
    #[serde(default)]
    pub unmeasured: usize,
    /// How many more objects are left out.
    pub excluded: usize,
}

impl Figures {
    /// How many objects are on a level.
    pub fn on(&self, level: Level) -> usize {
        match level {
            Level::Uncovered => self.uncovered,
            Level::PartlyExercised => self.partly_exercised,
            Level::Exercised => self.exercised,
            Level::Asserted => self.asserted,
            Level::AssertedAndExercised => self.asserted_and_exercised,
        }
    }

    /// How much a measure counts, of how much: objects, statements or branches. Exercised can only be what can do something.
    pub fn share(&self, gauge: Gauge) -> Share {
        let (part, whole) = match gauge {
            Gauge::Asserted => (self.asserted + self.asserted_and_exercised, self.objects),
            Gauge::Exercised => (
                self.exercised + self.asserted_and_exercised,
                self.exercisable,
            ),
            Gauge::Statements => (self.reached_statements, self.statements),
            Gauge::Branches => (self.taken_branches, self.branches),
        };
        Share { part, whole }
    }

    /// How many objects are asserted or wholly exercised.
    pub fn covered(&self) -> Share {
        Share {
            part: self.objects - self.uncovered - self.partly_exercised,
            whole: self.objects,
        }
    }

    /// Those of some objects.
    pub(super) fn of<'c>(objects: impl IntoIterator<Item = &'c Counted<'c>>) -> Self {
        let mut figures = Self::default();
        objects.into_iter().for_each(|counted| figures.add(counted));
        figures
    }

    fn add(&mut self, counted: &Counted<'_>) {
        if counted.reason.is_some() {
            self.excluded += 1;
            return;
        }
        let object = counted.object;
        self.objects += 1;
        *match counted.level {
            Level::Uncovered => &mut self.uncovered,
            Level::PartlyExercised => &mut self.partly_exercised,
            Level::Exercised => &mut self.exercised,
            Level::Asserted => &mut self.asserted,
            Level::AssertedAndExercised => &mut self.asserted_and_exercised,
        } += 1;
        self.exercisable += usize::from(!object.behaviours.is_empty());
        self.properties += object.object.statable().count();
        self.asserted_properties += object.asserted_properties().count();
        self.behaviours += object.behaviours.len();
        self.seen_behaviours += object.seen_behaviours().count();
        if let Some(logic) = &object.logic {
            let (statements, branches) = (logic.statements(), logic.branches());
            self.statements += statements.whole;
            self.reached_statements += statements.part;
            self.branches += branches.whole;
            self.taken_branches += branches.part;
            self.unmeasured += usize::from(logic.logic.unmeasured.is_some());
        }
    }
}

/// One of the things that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gauge {
    /// Of all objects: a passing assertion is about it.
    Asserted,
    /// Of objects that can do something: all that it can do was seen.
    Exercised,
    /// Of the statements of routines: it was reached.
    Statements,
    /// Of the branches of routines: it was taken.
    Branches,
}

impl Gauge {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Asserted,
        Self::Exercised,
        Self::Statements,
        Self::Branches,
    ];
    /// Those that count objects.
    pub const OF_OBJECTS: [Self; 2] = [Self::Asserted, Self::Exercised];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Asserted => "asserted",
            Self::Exercised => "exercised",
            Self::Statements => "statements",
            Self::Branches => "branches",
        }
    }

    /// Whether there is anything to measure of an object.
    pub fn is_about(self, object: &CoveredObject) -> bool {
        let share = |of: fn(&CoveredLogic) -> Share| {
            object.logic.as_ref().is_some_and(|it| of(it).whole > 0)
        };
        match self {
            Self::Asserted => true,
            Self::Exercised => !object.behaviours.is_empty(),
            Self::Statements => share(CoveredLogic::statements),
            Self::Branches => share(CoveredLogic::branches),
        }
    }

    /// Whether an object lacks nothing by this measure.
    pub fn is_met(self, object: &CoveredObject) -> bool {
        let is_whole = |of: fn(&CoveredLogic) -> Share| {
            object.logic.as_ref().is_none_or(|it| of(it).is_whole())
        };
        match self {
            Self::Asserted | Self::Exercised => self.counts(object.level()),
            Self::Statements => is_whole(CoveredLogic::statements),
            Self::Branches => is_whole(CoveredLogic::branches),
        }
    }

    /// Whether it counts an object on this level, where it counts objects.
    pub fn counts(self, level: Level) -> bool {
        match self {
            Self::Asserted => matches!(level, Level::Asserted | Level::AssertedAndExercised),
            Self::Exercised => matches!(level, Level::Exercised | Level::AssertedAndExercised),
            Self::Statements | Self::Branches => false,
        }
    }
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// So many.
    pub part: usize,
    /// Of so many.
    pub whole: usize,
}

impl Share {
    /// In tenths of a percent, rounded down, so that 100 % is all; none of nothing.
    pub fn tenths(self) -> Option<u32> {
        let tenths = (self.part as u128 * 1000).checked_div(self.whole as u128)?;
        u32::try_from(tenths).ok()
    }

    /// Whether it is all of it.
    pub fn is_whole(self) -> bool {
        self.part == self.whole
    }

    /// Whether it is less than another share. Nothing of nothing is neither less nor more.
    pub fn is_less_than(self, other: Self) -> bool {
        (self.part as u128) * (other.whole as u128) < (other.part as u128) * (self.whole as u128)
    }
}

impl std::fmt::Display for Share {
    /// `61.3 %`, `100 %`, `–` of nothing.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.tenths() {
            None => f.pad("–"),
            Some(1000) => f.pad("100 %"),
            Some(tenths) => f.pad(&format!("{}.{} %", tenths / 10, tenths % 10)),
        }
    }
}

/// The figures of one run or several together: what is kept to show how they grow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// When the run began, in seconds since 1970.
    pub began: u64,
    /// What was tested, where that is known: a commit of git.
    pub commit: Option<String>,
    /// The figures of all objects.
    pub figures: Figures,
}

/// An object of a report, as it counts.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'r> {
    /// The object.
    pub object: &'r CoveredObject,
    /// How far it is covered.
    pub level: Level,
    /// Why it does not count, where it is left out.
    pub reason: Option<&'r str>,
    /// Its group, as a place in [`Account::groups`].
    pub group: usize,
}

/// A report with what is left out of its figures, and the figures.
#[derive(Debug, Clone)]
pub struct Account<'r> {
    /// The report.
    pub report: &'r CoverageReport,
    /// Its objects, in the same order.
    pub objects: Vec<Counted<'r>>,
    /// The figures of all.
    pub figures: Figures,
    /// Those of each kind.
    pub kinds: BTreeMap<Kind, Figures>,
    /// Those of each schema; of what lies in none, first.
    pub schemas: BTreeMap<Option<&'r str>, Figures>,
    /// Those of each kind in each schema.
    pub parts: BTreeMap<(Option<&'r str>, Kind), Figures>,
    /// Those of each group.
    pub groups: Vec<(Group, Figures)>,
    /// What was to be left out, and how many objects each of these takes.
    pub exclusions: Vec<(&'r Exclusion, usize)>,
}

/// Why what [`is_given`] does not count.
const GIVEN: &str = "every database has it";

/// Whether an object was there before the project, which neither changed it nor asserts anything of it.
fn is_given(object: &CoveredObject) -> bool {
    object.object.is_native()
        && !Gauge::Asserted.counts(object.level())
        && object.object.last_touched_at().is_none()
}

impl<'r> Account<'r> {
    /// Counts a report. Of several exclusions that mean an object, the first one gives the reason.
    pub fn new(report: &'r CoverageReport, exclusions: &'r [Exclusion]) -> Self {
        let names = report.objects.iter().map(|object| &object.object.name);
        let types: BTreeSet<(&str, &str)> = names
            .clone()
            .filter(|name| is_type(name.kind))
            .filter_map(|name| Some((name.schema.as_deref()?, name.name.as_str())))
            .collect();
        let mut groups: BTreeMap<Group, Figures> = BTreeMap::new();
        let of_objects: Vec<Group> = names.map(|name| Group::of(name, &types)).collect();
        groups.extend(
            of_objects
                .iter()
                .map(|group| (group.clone(), Figures::default())),
        );
        let mut groups: Vec<(Group, Figures)> = groups.into_iter().collect();
        let mut account = Self {
            report,
            objects: Vec::with_capacity(report.objects.len()),
            figures: Figures::default(),
            kinds: BTreeMap::new(),
            schemas: BTreeMap::new(),
            parts: BTreeMap::new(),
            groups: Vec::new(),
            exclusions: exclusions.iter().map(|exclusion| (exclusion, 0)).collect(),
        };
        for (object, group) in report.objects.iter().zip(of_objects) {
            let name = &object.object.name;
            let mut excluded = account.exclusions.iter_mut();
            let excluded = excluded.find(|(exclusion, _)| exclusion.objects.selects(name));
            let place = groups.binary_search_by(|(other, _)| other.cmp(&group));
            let counted = Counted {
                object,
                level: object.level(),
                reason: excluded
                    .map(|(exclusion, objects)| {
                        *objects += 1;
                        exclusion.reason.as_str()
                    })
                    .or_else(|| is_given(object).then_some(GIVEN)),
                group: place.unwrap_or_else(|missing| missing),
            };
            account.figures.add(&counted);
            account.kinds.entry(name.kind).or_default().add(&counted);
            let schema = schema_of(name);
            account.schemas.entry(schema).or_default().add(&counted);
            let part = account.parts.entry((schema, name.kind)).or_default();
            part.add(&counted);
            groups[counted.group].1.add(&counted);
            account.objects.push(counted);
        }
        account.groups = groups;
        account
    }

    /// What is kept of it to show how the figures grow.
    pub fn totals(&self, commit: Option<String>) -> Totals {
        Totals {
            began: self.report.began,
            commit,
            figures: self.figures,
        }
    }

    /// The objects that count.
    pub fn counting(&self) -> impl Iterator<Item = &Counted<'r>> {
        self.objects
            .iter()
            .filter(|counted| counted.reason.is_none())
    }
}
