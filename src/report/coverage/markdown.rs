//! Coverage as Markdown, as GitHub and GitLab show it below a pull request. A comment there may hold 65,536 characters;
//! lists are bounded so that the report is one.

use super::open::{open_objects, place, remark, title};
use super::{Contents, gaps, moment};
use crate::coverage::{Complaint, Figures, Gauge, Share};
use crate::report::figures::{count_of, grouped};
use crate::report::visible::{clip, visible};

/// So many objects are listed, of those that are uncovered and for each complaint.
const LISTED: usize = 100;
const BLAMED: usize = 20;
/// So many rows a table may have.
const ROWS: usize = 60;
/// The longest name, in characters.
const NAME: usize = 120;

/// A coverage report as Markdown.
pub fn markdown(contents: &Contents<'_>) -> String {
    let account = contents.account;
    let mut page = String::from("## Schema coverage\n\n");
    page.push_str(&summary(contents));
    for note in contents.notes {
        page.push_str(&format!("\n> {}\n", literal(note)));
    }
    for complaint in contents.complaints {
        page.push_str(&complained(complaint));
    }
    let schemas = account.schemas.iter();
    let schemas = schemas.map(|(schema, figures)| match schema {
        Some(schema) => (code(schema), figures),
        None => ("*cluster-wide*".to_owned(), figures),
    });
    page.push('\n');
    page.push_str(&table("schema", schemas, Some(&account.figures)));
    let kinds = account.kinds.iter();
    let kinds = kinds.map(|(kind, figures)| (kind.plural().to_owned(), figures));
    page.push_str("\n<details><summary>By kind</summary>\n\n");
    page.push_str(&table("kind", kinds, None));
    page.push_str("\n</details>\n");
    page.push_str(&open(contents));
    page.push_str(&logic(contents));
    page.push_str(&excluded(contents));
    page
}

fn summary(contents: &Contents<'_>) -> String {
    let account = contents.account;
    let figures = &account.figures;
    let asserted = figures.share(Gauge::Asserted);
    let exercised = figures.share(Gauge::Exercised);
    let before = contents.earlier.last().map(|totals| &totals.figures);
    let change = |gauge: Gauge| {
        let before = before.and_then(|figures| figures.share(gauge).tenths());
        points(before, figures.share(gauge).tenths())
    };
    let report = account.report;
    let branches = figures.share(Gauge::Branches);
    let taken = format!(
        " · **{branches}** of {} taken{}",
        count_of(branches.whole, "branch"),
        change(Gauge::Branches),
    );
    let statements = figures.share(Gauge::Statements);
    let reached = format!(
        ", {} of {} reached",
        grouped(statements.part as u64),
        count_of(statements.whole, "statement"),
    );
    let unmeasured = match figures.unmeasured {
        0 => String::new(),
        number => format!(", {} not wholly measured", count_of(number, "function")),
    };
    format!(
        "**{asserted}** of {} asserted{} · **{exercised}** of {} that can be seen in use exercised{}{} · **{}** uncovered\n\n\
         {} of {} properties asserted, {} of {} behaviours seen{}{} · {} · {} · {}\n",
        count_of(asserted.whole, "object"),
        change(Gauge::Asserted),
        grouped(exercised.whole as u64),
        change(Gauge::Exercised),
        if branches.whole > 0 { &taken } else { "" },
        grouped(figures.uncovered as u64),
        grouped(figures.asserted_properties as u64),
        grouped(figures.properties as u64),
        grouped(figures.seen_behaviours as u64),
        grouped(figures.behaviours as u64),
        if statements.whole > 0 { &reached } else { "" },
        unmeasured,
        count_of(report.files, "test file"),
        literal(&report.server),
        moment(report.began),
    )
}

/// By how much a share has changed: ` (+1.2)`; nothing where it has not.
fn points(before: Option<u32>, now: Option<u32>) -> String {
    let (Some(before), Some(now)) = (before, now) else {
        return String::new();
    };
    let sign = if now < before { '−' } else { '+' };
    match now.abs_diff(before) {
        0 => String::new(),
        tenths => format!(" ({sign}{}.{} points)", tenths / 10, tenths % 10),
    }
}

fn complained(complaint: &Complaint) -> String {
    let mut text = format!("\n> ✗ {}\n", literal(&complaint.what));
    for blamed in complaint.objects.iter().take(BLAMED) {
        let place = blamed.place.as_ref();
        let place = place.map(|place| format!(", {}", code(&place.to_string())));
        let object = code(&blamed.object);
        text.push_str(&format!("> - {object}{}\n", place.unwrap_or_default()));
    }
    let more = complaint.objects.len().saturating_sub(BLAMED);
    if more > 0 {
        text.push_str(&format!("> - and {} more\n", grouped(more as u64)));
    }
    text
}

fn table<'f>(
    what: &str,
    rows: impl ExactSizeIterator<Item = (String, &'f Figures)>,
    all: Option<&'f Figures>,
) -> String {
    let mut text = format!(
        "| {what} | objects | asserted | exercised | uncovered |\n| :-- | --: | --: | --: | --: |\n"
    );
    let more = rows.len().saturating_sub(ROWS);
    let all = all.map(|figures| ("**all**".to_owned(), figures));
    for (name, figures) in rows.take(ROWS).chain(all) {
        let share = |gauge| share(figures.share(gauge));
        text.push_str(&format!(
            "| {name} | {} | {} | {} | {} |\n",
            grouped(figures.objects as u64),
            share(Gauge::Asserted),
            share(Gauge::Exercised),
            grouped(figures.uncovered as u64),
        ));
    }
    if more > 0 {
        text.push_str(&format!("\nand {} more\n", grouped(more as u64)));
    }
    text
}

fn share(share: Share) -> String {
    // A blank at which no line is broken.
    share.to_string().replace(' ', "\u{a0}")
}

fn open(contents: &Contents<'_>) -> String {
    let open = open_objects(contents.account);
    if open.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n<details><summary>{}</summary>\n\n| object | made or changed at |\n| :-- | :-- |\n",
        title(&open)
    );
    for counted in open.iter().take(LISTED) {
        let place = place(counted).map(|place| code(&place.to_string()));
        text.push_str(&format!(
            "| {} {}{} | {} |\n",
            counted.object.object.name.kind,
            code(&counted.object.object.name.path()),
            remark(counted),
            place.unwrap_or_default()
        ));
    }
    let more = open.len().saturating_sub(LISTED);
    if more > 0 {
        text.push_str(&format!("\nand {} more\n", grouped(more as u64)));
    }
    text.push_str("\n</details>\n");
    text
}

/// What tests leave out of functions.
fn logic(contents: &Contents<'_>) -> String {
    let gaps = gaps::gaps(contents.account);
    if gaps.is_empty() {
        return String::new();
    }
    let number = match gaps.len() {
        1 => "1 function or procedure has".to_owned(),
        number => format!("{} functions and procedures have", grouped(number as u64)),
    };
    let mut text = format!(
        "\n<details><summary>{number} statements or branches that no test reached</summary>\n\n"
    );
    for gap in gaps.iter().take(LISTED) {
        let place = gap
            .place
            .as_deref()
            .map(|place| format!(", {}", code(place)));
        text.push_str(&format!(
            "- {}{}: {}\n",
            code(&gap.name),
            place.unwrap_or_default(),
            literal(&gap.what.join("; "))
        ));
    }
    let more = gaps.len().saturating_sub(LISTED);
    if more > 0 {
        text.push_str(&format!("\nand {} more\n", grouped(more as u64)));
    }
    text.push_str("\n</details>\n");
    text
}

fn excluded(contents: &Contents<'_>) -> String {
    let mut exclusions = contents.account.exclusions.iter().peekable();
    if exclusions.peek().is_none() {
        return String::new();
    }
    let number = count_of(contents.account.figures.excluded, "object");
    let mut text = format!("\n<details><summary>{number} left out</summary>\n\n");
    for (exclusion, objects) in exclusions.take(ROWS) {
        text.push_str(&format!(
            "- {}: {} ({})\n",
            literal(&exclusion.objects.to_string()),
            literal(&exclusion.reason),
            grouped(*objects as u64)
        ));
    }
    text.push_str("\n</details>\n");
    text
}

/// A foreign text as code. Between these tags GitHub finds no people and no issues in it.
fn code(text: &str) -> String {
    format!("<code>{}</code>", literal(text))
}

/// A foreign text that stands for itself: what Markdown and HTML could take for theirs is a numeric reference, which
/// is text wherever it stands.
fn literal(text: &str) -> String {
    let clipped = clip(text, NAME * 2);
    let shown = visible(&clipped);
    let mut safe = String::with_capacity(shown.len());
    let mut characters = shown.chars().peekable();
    let mut before = None;
    while let Some(character) = characters.next() {
        let is_letter = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
        let is_plain = match character {
            // Inside a word it is no emphasis.
            '_' => is_letter(before) && is_letter(characters.peek().copied()),
            // Before a line's number and behind a word; an address has a stroke there.
            ':' => {
                is_letter(before)
                    && characters
                        .peek()
                        .is_some_and(|it| it.is_ascii_digit() || *it == ' ')
            }
            '.' => before != Some('w'),
            ',' | '(' | ')' | '/' | '-' | '%' => before.is_some(),
            other => !other.is_ascii_punctuation(),
        };
        if is_plain {
            safe.push(character);
        } else {
            safe.push_str(&format!("&#{};", u32::from(character)));
        }
        before = Some(character);
    }
    safe
}
