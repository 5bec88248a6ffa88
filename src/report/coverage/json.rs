//! Coverage as JSON, in a form of its own (`docs/coverage.md`, `docs/coverage.schema.json`) that changes only with
//! [`VERSION`], whatever becomes of the types inside. The page of HTML reads the same.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Contents, timestamp};
use crate::catalog::{Kind, Place, Property};
use crate::coverage::group::Class;
use crate::coverage::{
    Assertion, Behaviour, Body, Complaint, Counted, CoveredObject, Exclusion, Figures, Group,
    Level, PathPattern, PointKind,
};

/// The version of the format. It rises when a field is renamed, removed or changes its meaning; readers must expect new
/// fields, new kinds, properties and behaviours under the same version.
pub const VERSION: u32 = 1;

/// The JSON schema of the format.
pub const SCHEMA: &str = include_str!("../../../docs/coverage.schema.json");

/// A coverage report as JSON, one line with its end.
///
/// # Errors
/// None that is known: the shapes can all be written.
pub fn json(contents: &Contents<'_>) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string(&Document::new(contents))?;
    text.push('\n');
    Ok(text)
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    version: u32,
    generator: &'static str,
    project: &'a str,
    commit: Option<&'a str>,
    server: &'a str,
    began: Option<String>,
    files: usize,
    failed: usize,
    figures: Figures,
    earlier: Vec<Earlier<'a>>,
    kinds: Vec<OfKind>,
    schemas: Vec<OfSchema<'a>>,
    groups: Vec<OfGroup<'a>>,
    exclusions: Vec<Excluded<'a>>,
    complaints: &'a [Complaint],
    notes: &'a [String],
    objects: Vec<Record<'a>>,
    unseen: &'a [String],
}

#[derive(Serialize)]
struct Earlier<'a> {
    began: Option<String>,
    commit: Option<&'a str>,
    figures: Figures,
}

#[derive(Serialize)]
struct OfKind {
    kind: Kind,
    plural: &'static str,
    figures: Figures,
}

#[derive(Serialize)]
struct OfSchema<'a> {
    schema: Option<&'a str>,
    figures: Figures,
}

#[derive(Serialize)]
struct OfGroup<'a> {
    schema: Option<&'a str>,
    class: Class,
    name: &'a str,
    figures: Figures,
}

#[derive(Serialize)]
struct Excluded<'a> {
    schema: Option<&'a str>,
    kind: Option<Kind>,
    object: Option<&'a str>,
    reason: &'a str,
    objects: usize,
}

#[derive(Serialize)]
struct Record<'a> {
    kind: Kind,
    schema: Option<&'a str>,
    parent: Option<&'a str>,
    name: &'a str,
    signature: Option<&'a str>,
    path: String,
    group: usize,
    level: Level,
    excluded: Option<&'a str>,
    made_at: Option<&'a Place>,
    changed_at: Option<&'a Place>,
    properties: Vec<Stated<'a>>,
    behaviours: Vec<Observed<'a>>,
    logic: Option<OfLogic<'a>>,
}

#[derive(Serialize)]
struct OfLogic<'a> {
    unmeasured: Option<&'a str>,
    file: Option<&'a str>,
    statement_line: Option<u32>,
    first_line: Option<u32>,
    points: Vec<Reached<'a>>,
}

#[derive(Serialize)]
struct Reached<'a> {
    kind: PointKind,
    body_line: usize,
    file_line: Option<u32>,
    test_files: usize,
    places: Vec<&'a Place>,
}

#[derive(Serialize)]
struct Stated<'a> {
    property: &'a Property,
    value: Option<&'a str>,
    is_asserted: bool,
    assertions: Vec<Pinned<'a>>,
}

#[derive(Serialize)]
struct Pinned<'a> {
    file: &'a str,
    line: u32,
    function: &'a str,
    is_direct: bool,
}

#[derive(Serialize)]
struct Observed<'a> {
    behaviour: &'a Behaviour,
    is_seen: bool,
    places: Vec<&'a Place>,
}

impl<'a> Document<'a> {
    fn new(contents: &Contents<'a>) -> Self {
        let account = contents.account;
        let report = account.report;
        Self {
            format: "pgassay-coverage",
            version: VERSION,
            generator: concat!("pgassay ", env!("CARGO_PKG_VERSION")),
            project: contents.project,
            commit: contents.commit,
            server: &report.server,
            began: timestamp(report.began),
            files: report.files,
            failed: report.failed,
            figures: account.figures,
            earlier: contents
                .earlier
                .iter()
                .map(|totals| Earlier {
                    began: timestamp(totals.began),
                    commit: totals.commit.as_deref(),
                    figures: totals.figures,
                })
                .collect(),
            kinds: account
                .kinds
                .iter()
                .map(|(kind, figures)| OfKind {
                    kind: *kind,
                    plural: kind.plural(),
                    figures: *figures,
                })
                .collect(),
            schemas: account
                .schemas
                .iter()
                .map(|(schema, figures)| OfSchema {
                    schema: *schema,
                    figures: *figures,
                })
                .collect(),
            groups: account.groups.iter().map(OfGroup::new).collect(),
            exclusions: account.exclusions.iter().map(Excluded::new).collect(),
            complaints: contents.complaints,
            notes: contents.notes,
            objects: account.objects.iter().map(Record::new).collect(),
            unseen: &report.unseen,
        }
    }
}

impl<'a> OfGroup<'a> {
    fn new((group, figures): &'a (Group, Figures)) -> Self {
        Self {
            schema: group.schema.as_deref(),
            class: group.class,
            name: &group.name,
            figures: *figures,
        }
    }
}

impl<'a> Excluded<'a> {
    fn new((exclusion, objects): &(&'a Exclusion, usize)) -> Self {
        let selector = &exclusion.objects;
        Self {
            schema: selector.schema.as_deref(),
            kind: selector.kind,
            object: selector.object.as_ref().map(PathPattern::text),
            reason: &exclusion.reason,
            objects: *objects,
        }
    }
}

impl<'a> Record<'a> {
    fn new(counted: &Counted<'a>) -> Self {
        let object = &counted.object.object;
        let name = &object.name;
        Self {
            kind: name.kind,
            schema: name.schema.as_deref(),
            parent: name.parent.as_deref(),
            name: &name.name,
            signature: name.signature.as_deref(),
            path: name.path(),
            group: counted.group,
            level: counted.level,
            excluded: counted.reason,
            made_at: object.made_at.as_ref(),
            changed_at: object.changed_at.as_ref(),
            properties: stated(counted.object),
            behaviours: seen(counted.object),
            logic: OfLogic::new(counted.object),
        }
    }
}

impl<'a> OfLogic<'a> {
    fn new(object: &'a CoveredObject) -> Option<Self> {
        let logic = object.logic.as_ref()?;
        let located = logic.located.as_ref();
        let points = logic.points().enumerate();
        Some(Self {
            unmeasured: logic.logic.unmeasured.as_deref(),
            file: located.map(|it| it.file.as_str()),
            statement_line: located.map(|it| it.statement),
            first_line: first_line(object),
            points: points
                .map(|(at, (point, places))| Reached {
                    kind: point.kind,
                    body_line: point.line,
                    file_line: located.and_then(|it| it.lines.get(at).copied()),
                    test_files: logic.test_files(point),
                    places: places.into_iter().flatten().collect(),
                })
                .collect(),
        })
    }
}

/// The line of the script on which a body begins, if it stands there in the words that the server has.
fn first_line(object: &CoveredObject) -> Option<u32> {
    let text = object.object.value(&Property::Body)?;
    if Body::of(text, object.object.value(&Property::Language)).is_analysed {
        return None;
    }
    let logic = object.logic.as_ref()?;
    let lines = &logic.located.as_ref()?.lines;
    let mut begins = logic.logic.points.iter().zip(lines).map(|(point, line)| {
        let before = u32::try_from(point.line.checked_sub(1)?).ok()?;
        line.checked_sub(before)
    });
    let first = begins.next()??;
    // With escapes for ends of lines it has more lines than there are in the script.
    begins.all(|it| it == Some(first)).then_some(first)
}

/// What can be stated of an object, and what assertions stated that it has not (that there is no default).
fn stated(object: &CoveredObject) -> Vec<Stated<'_>> {
    let own: BTreeSet<&Property> = object.object.statable().collect();
    let others = object.asserted.keys().filter(|it| !own.contains(it));
    let all = object.object.statable().chain(others);
    all.map(|property| {
        let assertions = object.asserted.get(property).into_iter().flatten();
        let assertions: Vec<&Assertion> = assertions.collect();
        Stated {
            property,
            value: object.object.value(property),
            is_asserted: assertions.iter().any(|assertion| assertion.is_direct),
            assertions: assertions
                .into_iter()
                .map(|assertion| Pinned {
                    file: &assertion.place.file,
                    line: assertion.place.line,
                    function: &assertion.function,
                    is_direct: assertion.is_direct,
                })
                .collect(),
        }
    })
    .collect()
}

fn seen(object: &CoveredObject) -> Vec<Observed<'_>> {
    let all = object.behaviours.iter();
    all.map(|behaviour| {
        let places = object.exercised.get(behaviour);
        Observed {
            behaviour,
            is_seen: places.is_some(),
            places: places.into_iter().flatten().collect(),
        }
    })
    .collect()
}
