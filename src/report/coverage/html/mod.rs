//! Coverage as one page of HTML that opens from disk and asks for nothing: the frame, the figures and the tables are
//! written here from a template; views of single objects are drawn by the page's own script from the JSON that the page
//! holds, as they are asked for.

mod trend;

use askama::Template;

use super::{Contents, json, moment, timestamp};
use crate::catalog::Kind;
use crate::coverage::{Account, Behaviour, CoveredObject, Figures, Gauge, Level};
use crate::report::figures::grouped;
use crate::report::visible::visible;
use trend::Trend;

/// A page that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum HtmlError {
    /// The data.
    #[error("the report's data cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The frame.
    #[error("the report's page cannot be written")]
    Page(#[from] askama::Error),
}

/// The page. Whatever is text in it is escaped by the template engine; these are not:
#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    style: &'static str,
    scripts: &'static str,
    /// The JSON, in which nothing can end the element that it stands in.
    data: String,
    project: String,
    server: String,
    commit: Option<String>,
    moment: String,
    timestamp: Option<String>,
    files: String,
    figures: &'a Figures,
    routines: Routines,
    levels: Vec<LevelRow>,
    trend: Option<Trend>,
    schemas: Vec<Row<'a>>,
    kinds: Vec<Row<'a>>,
    complaints: Vec<Complained>,
    notes: Vec<String>,
    unseen: Vec<String>,
    exclusions: Vec<LeftOut>,
    excluded: usize,
}

/// A level in the legend.
struct LevelRow {
    key: &'static str,
    word: &'static str,
    meaning: &'static str,
    objects: usize,
    share: String,
}

/// The functions and procedures that count.
#[derive(Default)]
struct Routines {
    number: usize,
    /// Those of which the tests missed something, or nobody knows.
    gaps: usize,
}

/// A row of the table by schema or kind.
struct Row<'a> {
    name: String,
    target: String,
    figures: &'a Figures,
}

struct Complained {
    what: String,
    objects: Vec<(String, String)>,
    more: usize,
}

struct LeftOut {
    objects: String,
    reason: String,
    number: usize,
}

/// So many objects of a complaint are shown.
const BLAMED: usize = 30;

/// A coverage report as a page of HTML.
///
/// # Errors
/// None that is known: whatever a report holds can be written.
pub fn html(contents: &Contents<'_>) -> Result<String, HtmlError> {
    let account = contents.account;
    let report = account.report;
    let schemas = account.schemas.iter().map(|(schema, figures)| Row {
        name: schema.map_or("cluster-wide".to_owned(), |it| visible(it).into_owned()),
        target: format!("#/{}", encoded(schema.unwrap_or_default())),
        figures,
    });
    let kinds = account.kinds.iter().map(|(kind, figures)| Row {
        name: kind.plural().to_owned(),
        target: format!("#?kind={}", encoded(kind.singular())),
        figures,
    });
    let exclusions = account
        .exclusions
        .iter()
        .map(|(exclusion, number)| LeftOut {
            objects: visible(&exclusion.objects.to_string()).into_owned(),
            reason: visible(&exclusion.reason).into_owned(),
            number: *number,
        });
    let page = Page {
        style: include_str!("style.css"),
        scripts: concat!(
            "(() => {\n\"use strict\";\n",
            include_str!("model.js"),
            include_str!("element.js"),
            include_str!("treemap.js"),
            include_str!("list.js"),
            include_str!("logic.js"),
            include_str!("source.js"),
            include_str!("view.js"),
            include_str!("functions.js"),
            include_str!("page.js"),
            "})();\n",
        ),
        data: inert(&json(contents)?),
        project: visible(contents.project).into_owned(),
        server: visible(&report.server).into_owned(),
        commit: contents.commit.map(|it| visible(it).into_owned()),
        moment: moment(report.began),
        timestamp: timestamp(report.began),
        files: crate::report::figures::count_of(report.files, "test file"),
        figures: &account.figures,
        routines: Routines::of(account),
        levels: levels(&account.figures),
        trend: Trend::new(
            contents.earlier,
            &account.totals(contents.commit.map(str::to_owned)),
        ),
        schemas: schemas.collect(),
        kinds: kinds.collect(),
        complaints: complaints(contents),
        notes: contents
            .notes
            .iter()
            .map(|it| visible(it).into_owned())
            .collect(),
        unseen: report
            .unseen
            .iter()
            .map(|it| visible(it).into_owned())
            .collect(),
        exclusions: exclusions.collect(),
        excluded: account.figures.excluded,
    };
    Ok(page.render()?)
}

impl Routines {
    fn of(account: &Account<'_>) -> Self {
        let mut routines = Self::default();
        for counted in account.counting() {
            let object = counted.object;
            let is_one = matches!(object.object.name.kind, Kind::Function | Kind::Procedure);
            if is_one || object.logic.is_some() {
                routines.number += 1;
                routines.gaps += usize::from(has_gap(object));
            }
        }
        routines
    }
}

/// Whether tests missed some of a routine; where nothing can be seen inside of it, whether they never called it.
fn has_gap(object: &CoveredObject) -> bool {
    match &object.logic {
        Some(logic) if !logic.logic.points.is_empty() => {
            !logic.statements().is_whole() || !logic.branches().is_whole()
        }
        Some(logic) if logic.logic.unmeasured.is_some() => true,
        _ => !object.exercised.contains_key(&Behaviour::Runs),
    }
}

fn levels(figures: &Figures) -> Vec<LevelRow> {
    let all = Level::ALL.into_iter().rev();
    all.map(|level| {
        let (key, meaning) = match level {
            Level::AssertedAndExercised => (
                "asserted-and-exercised",
                "an assertion is about it, and all that it can do was seen",
            ),
            Level::Asserted => ("asserted", "a passing assertion is about it"),
            Level::Exercised => ("exercised", "all that it can do was seen"),
            Level::PartlyExercised => ("partly-exercised", "some of what it can do was seen"),
            Level::Uncovered => ("uncovered", "nothing about it was asserted or seen"),
        };
        let objects = figures.on(level);
        let share = crate::coverage::Share {
            part: objects,
            whole: figures.objects,
        };
        LevelRow {
            key,
            word: level.word(),
            meaning,
            objects,
            share: share.to_string(),
        }
    })
    .collect()
}

fn complaints(contents: &Contents<'_>) -> Vec<Complained> {
    let all = contents.complaints.iter();
    all.map(|complaint| Complained {
        what: visible(&complaint.what).into_owned(),
        objects: complaint
            .objects
            .iter()
            .take(BLAMED)
            .map(|blamed| {
                let place = blamed.place.as_ref().map(ToString::to_string);
                let place = visible(&place.unwrap_or_default()).into_owned();
                (visible(&blamed.object).into_owned(), place)
            })
            .collect(),
        more: complaint.objects.len().saturating_sub(BLAMED),
    })
    .collect()
}

/// JSON in which nothing can end a `<script>` or begin a comment, and that still means the same.
fn inert(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + json.len() / 16);
    for character in json.chars() {
        match character {
            // Outside of strings JSON has none of these.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => text.push(other),
        }
    }
    text
}

/// A text as a part of the page's own addresses, as `encodeURIComponent` writes it.
fn encoded(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02X}"));
        }
    }
    safe
}

/// What the template asks for.
#[expect(
    clippy::unused_self,
    clippy::trivially_copy_pass_by_ref,
    reason = "a template calls methods of its page, and hands over references"
)]
impl Page<'_> {
    fn number(&self, number: &usize) -> String {
        grouped(*number as u64)
    }

    fn asserted(&self, figures: &Figures) -> String {
        figures.share(Gauge::Asserted).to_string()
    }

    fn exercised(&self, figures: &Figures) -> String {
        figures.share(Gauge::Exercised).to_string()
    }

    fn statements(&self, figures: &Figures) -> String {
        figures.share(Gauge::Statements).to_string()
    }

    fn branches(&self, figures: &Figures) -> String {
        figures.share(Gauge::Branches).to_string()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use std::collections::BTreeMap;

    /// The colours of one look, by name.
    fn colours(block: &str) -> BTreeMap<&str, [u8; 3]> {
        let declarations = block
            .split(';')
            .filter_map(|it| it.trim().strip_prefix("--"));
        declarations
            .filter_map(|it| {
                let (name, value) = it.split_once(": #")?;
                let digits = match value.len() {
                    3 => value.chars().flat_map(|it| [it, it]).collect(),
                    _ => value.to_owned(),
                };
                let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
                Some((name, [channel(0), channel(2), channel(4)]))
            })
            .collect()
    }

    /// The contrast of two colours as WCAG has it: 1 to 21.
    fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
        let light = |colour: [u8; 3]| {
            let [r, g, b] = colour.map(|channel| {
                let share = f64::from(channel) / 255.0;
                if share <= 0.04045 {
                    share / 12.92
                } else {
                    ((share + 0.055) / 1.055).powf(2.4)
                }
            });
            0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
        };
        let (one, other) = (light(one), light(other));
        one.max(other) / one.min(other)
    }

    #[test]
    fn text_and_signs_have_the_contrast_that_wcag_asks_for_in_every_look() {
        let style = include_str!("style.css");
        let looks: Vec<BTreeMap<&str, [u8; 3]>> = style
            .split(":root")
            .skip(1)
            .filter_map(|it| Some(it.split_once('{')?.1.split_once('}')?.0))
            .map(colours)
            .filter(|look| look.contains_key("c0-ink"))
            .collect();
        assert_eq!(looks.len(), 3, "light, dark and print");
        for look in &looks {
            let mut pairs = Vec::new();
            for ground in ["paper", "sheet"] {
                pairs.extend(["ink", "soft", "link", "open"].map(|text| (text, ground, 4.5)));
                let signs = ["both", "asserted", "uncovered", "partly-sign"];
                pairs.extend(signs.map(|sign| (sign, ground, 3.0)));
            }
            for ground in ["missed-ground", "partly-ground"] {
                pairs.extend(["ink", "soft", "link", "open"].map(|text| (text, ground, 4.5)));
                pairs.extend(["uncovered", "partly-sign"].map(|sign| (sign, ground, 3.0)));
            }
            pairs.extend([("ink", "frame", 4.5), ("c0-ink", "hatch", 4.5)]);
            pairs.extend([
                ("c0-ink", "c0", 4.5),
                ("c1-ink", "c1", 4.5),
                ("c2-ink", "c2", 4.5),
                ("c3-ink", "c3", 4.5),
                ("c4-ink", "c4", 4.5),
            ]);
            for (front, back, least) in pairs {
                let found = contrast(look[front], look[back]);
                assert!(found >= least, "{front} on {back}: {found:.2} in {look:?}");
            }
        }
    }

    #[test]
    fn no_script_or_style_can_end_its_element() {
        for text in [
            include_str!("model.js"),
            include_str!("element.js"),
            include_str!("treemap.js"),
            include_str!("list.js"),
            include_str!("logic.js"),
            include_str!("source.js"),
            include_str!("view.js"),
            include_str!("functions.js"),
            include_str!("page.js"),
            include_str!("style.css"),
        ] {
            assert!(!text.contains("</") && !text.contains("<!--"));
        }
    }
}
