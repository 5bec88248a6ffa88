use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::{Behaviour, CoveredLogic, Exercised, Hit, Logic, Touch, Unseen, kin};
use crate::catalog::{Catalog, Class, Kind, Object, ObjectName, Place, Property};

/// What the form of a stored report is called; reports of another form are not read.
pub const REPORT_FORMAT: u32 = 3;

/// What one run, or several together, asserted and exercised of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageReport {
    /// [`REPORT_FORMAT`].
    pub format: u32,
    /// The runs that it is of, each by a name that no other run has.
    pub runs: BTreeSet<String>,
    /// The server: `PostgreSQL 15.18`.
    pub server: String,
    /// When the run began, in seconds since 1970.
    pub began: u64,
    /// What was tested, where that is known: a commit of git.
    pub commit: Option<String>,
    /// How many test files ran.
    pub files: usize,
    /// How many of these failed or were broken.
    pub failed: usize,
    /// Whether only a part of the project's test files was to run.
    pub is_part: bool,
    /// The scripts that made the schema.
    pub sources: Sources,
    /// Every schema object, in the order of their names.
    pub objects: Vec<CoveredObject>,
    /// What coverage could not see, for people to read: functions of pgTAP that it does not know, objects without a probe,
    /// keys that the probe could not work out.
    pub unseen: Vec<String>,
}

/// The scripts that made a schema, as they were when it was measured: the lines of objects are lines of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    /// Where migrations were looked for, as shown; nowhere where no files migrated.
    pub migrations: Vec<String>,
    /// How they were laid out, as it is typed, where that was said.
    pub layout: Option<String>,
    /// Where the other scripts, of roles and fixtures, were looked for.
    pub others: Vec<String>,
    /// Each file that was read, as shown, with the SHA-256 of its contents in hexadecimal.
    pub files: BTreeMap<String, String>,
}

/// A schema object, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredObject {
    /// The object.
    #[serde(flatten)]
    pub object: Object,
    /// The properties that passing assertions pinned down, with these. Properties that the object has and that are not
    /// here were not asserted.
    pub asserted: BTreeMap<Property, BTreeSet<Assertion>>,
    /// What it was seen to do, with the steps that brought it about.
    pub exercised: BTreeMap<Behaviour, BTreeSet<Place>>,
    /// All that it can do, whether it was seen or not.
    pub behaviours: Vec<Behaviour>,
    /// Of a routine, its statements and branches; none where it has nothing of the kind: in C, or an aggregate.
    pub logic: Option<CoveredLogic>,
}

/// A passing assertion.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Assertion {
    /// The step that made it.
    pub place: Place,
    /// The function of pgTAP: `has_table(name,name)`.
    pub function: String,
    /// Whether it is about the object. Otherwise it could only pass because the object is there.
    pub is_direct: bool,
}

/// How far an object is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Nothing about it was asserted, and nothing that it can do was seen.
    Uncovered,
    /// Something that it can do was seen, not all of it, and no assertion is about it.
    PartlyExercised,
    /// All that it can do was seen, and no assertion is about it.
    Exercised,
    /// A passing assertion is about it.
    Asserted,
    /// A passing assertion is about it, and all that it can do was seen.
    AssertedAndExercised,
}

impl Level {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [
        Self::Uncovered,
        Self::PartlyExercised,
        Self::Exercised,
        Self::Asserted,
        Self::AssertedAndExercised,
    ];

    /// Its word, for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Uncovered => "uncovered",
            Self::PartlyExercised => "partly exercised",
            Self::Exercised => "exercised",
            Self::Asserted => "asserted",
            Self::AssertedAndExercised => "asserted and exercised",
        }
    }

    /// Whether a test would miss the object: it is asserted, or all that it can do was seen.
    pub fn is_covered(self) -> bool {
        self >= Self::Exercised
    }
}

impl CoveredObject {
    /// How far it is covered. An object that can do nothing that could be seen is asserted at most.
    pub fn level(&self) -> Level {
        let seen = self.seen_behaviours().count();
        let is_exercised = seen > 0 && seen == self.behaviours.len();
        match (self.is_asserted(), is_exercised) {
            (true, true) => Level::AssertedAndExercised,
            (true, false) => Level::Asserted,
            (false, true) => Level::Exercised,
            (false, false) if seen > 0 => Level::PartlyExercised,
            (false, false) => Level::Uncovered,
        }
    }

    /// Whether a passing assertion is about it. That one could only pass because the object is there is not enough.
    pub fn is_asserted(&self) -> bool {
        self.asserted
            .values()
            .flatten()
            .any(|assertion| assertion.is_direct)
    }

    /// What it can do and was seen to do.
    pub fn seen_behaviours(&self) -> impl Iterator<Item = &Behaviour> {
        self.behaviours
            .iter()
            .filter(|behaviour| self.exercised.contains_key(behaviour))
    }

    /// The properties that assertions about it pinned down.
    pub fn asserted_properties(&self) -> impl Iterator<Item = &Property> {
        self.object.statable().filter(|property| {
            let assertions = self.asserted.get(property).into_iter().flatten();
            assertions.into_iter().any(|assertion| assertion.is_direct)
        })
    }
}

/// Gathers what probes told, for a report.
#[derive(Debug)]
pub struct Measure<'c> {
    catalog: &'c Catalog,
    /// By the number of the routine.
    logic: BTreeMap<u32, CoveredLogic>,
    touched: HashMap<ObjectName, Touched>,
    /// Whose accepting could not be seen, and why.
    unseen: BTreeSet<(ObjectName, String)>,
    /// Steps outside of transactions.
    outside: BTreeSet<Place>,
}

#[derive(Debug, Default)]
struct Touched {
    asserted: BTreeMap<Property, BTreeSet<Assertion>>,
    exercised: BTreeMap<Behaviour, BTreeSet<Place>>,
}

impl<'c> Measure<'c> {
    /// Begins with nothing, for the objects of a catalog and the logic of its routines, by their rows in `pg_proc`.
    pub fn new(catalog: &'c Catalog, logic: &BTreeMap<u32, Logic>) -> Self {
        let unseen = |logic: &Logic| CoveredLogic {
            logic: logic.clone(),
            ..CoveredLogic::default()
        };
        Self {
            catalog,
            logic: logic.iter().map(|(oid, it)| (*oid, unseen(it))).collect(),
            touched: HashMap::new(),
            unseen: BTreeSet::new(),
            outside: BTreeSet::new(),
        }
    }

    /// Takes what a probe told while a step ran.
    pub fn take(&mut self, touch: &Touch, place: &Place) {
        match touch {
            Touch::Asserted(asserted) => {
                for claim in asserted.claims(self.catalog) {
                    let touched = self.touched.entry(claim.object).or_default();
                    let found = touched.asserted.entry(claim.property).or_default();
                    found.insert(Assertion {
                        place: place.clone(),
                        function: asserted.overload.clone(),
                        is_direct: claim.is_direct,
                    });
                }
            }
            Touch::Caught(caught) => {
                for (object, behaviour) in caught.refusals(self.catalog) {
                    self.see(object, behaviour, place);
                }
            }
            Touch::Exercised(Exercised { objects, behaviour }) => {
                let catalog = self.catalog;
                for object in objects.iter().filter_map(|it| catalog.at(*it)) {
                    match behaviour {
                        Behaviour::Allows(privilege, role) => {
                            for allowed in kin::grantees(catalog, object, privilege, role) {
                                self.exercise(&object.name, allowed, place);
                            }
                        }
                        behaviour => self.see(object, behaviour.clone(), place),
                    }
                }
            }
            Touch::Unseen(Unseen { objects, why }) => {
                let names = objects.iter().filter_map(|it| self.catalog.at(*it));
                let names = names.map(|object| (object.name.clone(), why.clone()));
                self.unseen.extend(names);
            }
            Touch::Hit(Hit { routine, probe }) => {
                if let Some(logic) = self.logic.get_mut(routine) {
                    logic.hit(*probe, place);
                }
            }
            Touch::Outside => {
                self.outside.insert(place.clone());
            }
        }
    }

    /// Notes it of an object and of all for which it does the same.
    fn see(&mut self, object: &'c Object, behaviour: Behaviour, place: &Place) {
        if behaviour == Behaviour::Denies {
            self.exercise(&object.name, behaviour, place);
            return;
        }
        let is_of_rows = matches!(behaviour, Behaviour::Accepts | Behaviour::Rejects);
        for object in kin::with_kin(self.catalog, object) {
            // A column makes values too.
            if is_of_rows || object.name.kind != Kind::NotNull {
                self.exercise(&object.name, behaviour.clone(), place);
            }
        }
    }

    /// Notes that an object was seen to do something. What the catalog does not have is passed over.
    pub fn exercise(&mut self, object: &ObjectName, behaviour: Behaviour, place: &Place) {
        if self.catalog.get(object).is_none() {
            return;
        }
        let touched = self.touched.entry(object.clone()).or_default();
        let places = touched.exercised.entry(behaviour).or_default();
        places.insert(place.clone());
    }

    /// What of the objects could not be seen in this run and was not seen otherwise either, in words.
    pub fn unseen(&self) -> Vec<String> {
        let accepts = |name| {
            let touched = self.touched.get(name);
            touched.is_some_and(|it| it.exercised.contains_key(&Behaviour::Accepts))
        };
        let unseen = self.unseen.iter().filter(|(name, _)| !accepts(name));
        let unseen = unseen.map(|(name, why)| format!("{name}: {why}"));
        let outside = self.outside.first().map(|first| {
            let steps = match self.outside.len() {
                1 => "a statement".to_owned(),
                number => format!("{number} statements, the first"),
            };
            format!(
                "the views that were read, indexes that were scanned and privileges that served outside of transactions, \
                 in {steps} at {first}: BEGIN and ROLLBACK around them would show these"
            )
        });
        unseen.chain(outside).collect()
    }

    /// Every object of the catalog, with what became of it.
    pub fn objects(mut self) -> Vec<CoveredObject> {
        let objects = self.catalog.objects().iter();
        objects
            .map(|object| {
                let touched = self.touched.remove(&object.name).unwrap_or_default();
                let is_routine = object.address.class == Class::Routine;
                let logic = is_routine.then(|| self.logic.remove(&object.address.oid));
                CoveredObject {
                    logic: logic.flatten(),
                    behaviours: Behaviour::of(object),
                    object: object.clone(),
                    asserted: touched.asserted,
                    exercised: touched.exercised,
                }
            })
            .collect()
    }
}

/// Why a text is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableReport {
    /// A report of another form.
    #[error("it has format {0}, and this pgassay knows format {REPORT_FORMAT}")]
    Format(u32),
    /// Something else.
    #[error("it is no coverage report: {0}")]
    Other(String),
}

impl CoverageReport {
    /// Reads a report that was stored as JSON.
    ///
    /// # Errors
    /// When it is none, or one of another form.
    pub fn parse(text: &[u8]) -> Result<Self, UnreadableReport> {
        /// All that the forms have in common.
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let other = |error: serde_json::Error| UnreadableReport::Other(error.to_string());
        match serde_json::from_slice(text).map_err(other)? {
            Form {
                format: REPORT_FORMAT,
            } => serde_json::from_slice(text).map_err(other),
            Form { format } => Err(UnreadableReport::Format(format)),
        }
    }
}
