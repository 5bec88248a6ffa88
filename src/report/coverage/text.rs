//! Coverage for people at a terminal: a table by schema and kind, then what is not covered, with the migration line that
//! made it.

use super::open::{open_objects, place, remark, title};
use super::{Contents, gaps, moment};
use crate::coverage::{Figures, Gauge};
use crate::report::figures::{count_of, grouped};
use crate::report::page::{Ink, Page};
use crate::report::visible::{cells, clip, visible};

/// How the table looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOptions {
    /// Whether to colour.
    pub color: bool,
    /// How many cells the terminal is wide.
    pub width: usize,
    /// So many of the objects that are not covered are listed.
    pub listed: usize,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self {
            color: false,
            width: 100,
            listed: 20,
        }
    }
}

/// A column of figures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Objects,
    Asserted,
    Exercised,
    Uncovered,
    Bar,
}

impl Column {
    /// Those that a terminal of so many cells has room for.
    fn fitting(width: usize) -> &'static [Self] {
        match width {
            0..44 => &[Self::Asserted, Self::Uncovered],
            44..60 => &[Self::Asserted, Self::Exercised, Self::Uncovered],
            60..76 => &[
                Self::Objects,
                Self::Asserted,
                Self::Exercised,
                Self::Uncovered,
            ],
            _ => &[
                Self::Objects,
                Self::Asserted,
                Self::Exercised,
                Self::Uncovered,
                Self::Bar,
            ],
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Asserted => "asserted",
            Self::Exercised => "exercised",
            Self::Uncovered => "uncovered",
            Self::Bar => "  covered",
        }
    }

    fn width(self) -> usize {
        match self {
            Self::Bar => BAR + 2,
            other => other.title().len().max(8) + 1,
        }
    }

    fn cell(self, page: &Page, figures: &Figures) -> String {
        let width = self.width();
        match self {
            Self::Objects => format!("{:>width$}", grouped(figures.objects as u64)),
            Self::Asserted => format!("{:>width$}", figures.share(Gauge::Asserted)),
            Self::Exercised => format!("{:>width$}", figures.share(Gauge::Exercised)),
            Self::Uncovered => {
                let ink = match figures.uncovered {
                    0 => Ink::Good,
                    _ => Ink::Odd,
                };
                let number = grouped(figures.uncovered as u64);
                page.ink(ink, format!("{number:>width$}")).to_string()
            }
            Self::Bar => bar(page, figures),
        }
    }
}

/// The length of the bar that shows what is covered.
const BAR: usize = 12;

/// A coverage report as lines for a terminal.
pub fn text(contents: &Contents<'_>, options: TextOptions) -> String {
    let mut page = Page::new(options.color);
    head(&mut page, contents);
    table(&mut page, contents, options.width);
    open(&mut page, contents, options);
    logic(&mut page, contents, options);
    foot(&mut page, contents, options);
    page.into_text()
}

fn head(page: &mut Page, contents: &Contents<'_>) {
    let report = contents.account.report;
    let title = page
        .ink(
            Ink::Strong,
            format!("Schema coverage of {}", visible(contents.project)),
        )
        .to_string();
    page.line(0, format_args!("{title}"));
    let about = format!(
        "{} · {} · {}",
        count_of(report.files, "test file"),
        visible(&report.server),
        moment(report.began)
    );
    let about = page.ink(Ink::Faint, about).to_string();
    page.line(0, format_args!("{about}"));
    page.gap();
}

fn table(page: &mut Page, contents: &Contents<'_>, width: usize) {
    let account = contents.account;
    let columns = Column::fitting(width);
    let taken: usize = columns.iter().map(|column| column.width()).sum();
    let names = account
        .schemas
        .keys()
        .map(|schema| cells(&schema_name(*schema)));
    let kinds = account.kinds.keys().map(|kind| cells(kind.plural()) + 2);
    let longest = names
        .chain(kinds)
        .max()
        .unwrap_or(0)
        .max("all objects".len());
    let room = width.saturating_sub(taken + 1).clamp(10, longest.max(10));
    let titles: String = columns
        .iter()
        .map(|column| match column {
            Column::Bar => column.title().to_owned(),
            _ => format!("{:>1$}", column.title(), column.width()),
        })
        .collect();
    let titles = page.ink(Ink::Faint, titles).to_string();
    page.line(room, format_args!("{titles}"));
    for (schema, figures) in &account.schemas {
        row(
            page,
            &schema_name(*schema),
            room,
            Ink::Strong,
            columns,
            figures,
        );
        let parts = account.parts.iter().filter(|((of, _), _)| of == schema);
        for ((_, kind), figures) in parts.filter(|(_, figures)| figures.objects > 0) {
            row(
                page,
                &format!("  {}", kind.plural()),
                room,
                Ink::Faint,
                columns,
                figures,
            );
        }
        // Where nothing of a schema counts, its own row says so.
        if figures.excluded > 0 && figures.objects > 0 {
            let left_out = format!("{} left out", grouped(figures.excluded as u64));
            let left_out = page.ink(Ink::Faint, left_out).to_string();
            page.line(2, format_args!("{left_out}"));
        }
    }
    page.gap();
    row(
        page,
        "all objects",
        room,
        Ink::Strong,
        columns,
        &account.figures,
    );
}

fn schema_name(schema: Option<&str>) -> String {
    schema.map_or_else(
        || "(cluster-wide)".to_owned(),
        |schema| visible(schema).into_owned(),
    )
}

fn row(page: &mut Page, name: &str, room: usize, ink: Ink, columns: &[Column], figures: &Figures) {
    let name = fitted(name, room);
    let blanks = room.saturating_sub(cells(&name));
    let name = page.ink(ink, name).to_string();
    let cells: String = if figures.objects == 0 {
        let left_out = format!("  left out ({})", grouped(figures.excluded as u64));
        page.ink(Ink::Faint, left_out).to_string()
    } else {
        let cells = columns.iter();
        cells.map(|column| column.cell(page, figures)).collect()
    };
    page.line(0, format_args!("{name}{:blanks$}{cells}", ""));
}

/// A text that takes at most so many cells, with `…` where some of it is missing.
fn fitted(text: &str, room: usize) -> String {
    let mut length = text.chars().count();
    let mut shown = text.to_owned();
    while cells(&shown) > room && length > 0 {
        length -= 1;
        shown = clip(text, length).into_owned();
    }
    shown
}

fn bar(page: &Page, figures: &Figures) -> String {
    let covered = figures.covered();
    let full = (covered.part * BAR).checked_div(covered.whole).unwrap_or(0);
    // A bar is full only when all is covered, and empty only when nothing is.
    let full = full.max(usize::from(covered.part > 0));
    let done = page.ink(Ink::Good, "█".repeat(full));
    let rest = page.ink(Ink::Faint, "░".repeat(BAR - full));
    format!("  {done}{rest}")
}

fn open(page: &mut Page, contents: &Contents<'_>, options: TextOptions) {
    let open = open_objects(contents.account);
    if open.is_empty() {
        return;
    }
    page.gap();
    let title = title(&open);
    let title = match title.split_once(", ") {
        Some((uncovered, partly)) if cells(&title) > options.width => {
            format!("{uncovered},\n{partly}")
        }
        _ => title,
    };
    for line in title.lines() {
        let line = page.ink(Ink::Strong, line).to_string();
        page.line(0, format_args!("{line}"));
    }
    let shown = &open[..open.len().min(options.listed)];
    let places: Vec<String> = shown
        .iter()
        .map(|counted| {
            place(counted).map_or_else(
                || "(not followed)".to_owned(),
                |place| visible(&place.to_string()).into_owned(),
            )
        })
        .collect();
    let longest = places.iter().map(|place| cells(place)).max().unwrap_or(0);
    let names: Vec<String> = shown
        .iter()
        .map(|counted| visible(&counted.object.object.name.to_string()).into_owned())
        .collect();
    let widest = names.iter().map(|name| cells(name)).max().unwrap_or(0);
    let is_beside = 2 + longest + 2 + widest.min(48) <= options.width;
    for ((counted, place), name) in shown.iter().zip(places).zip(names) {
        let blanks = if is_beside {
            longest - cells(&place)
        } else {
            0
        };
        let indent = if is_beside { 2 + longest + 2 } else { 4 };
        let remark = remark(counted);
        let room = options.width.saturating_sub(indent);
        let fits = cells(&name) + remark.len() <= room;
        let name = fitted(
            &name,
            if is_beside {
                room.saturating_sub(remark.len())
            } else {
                room
            },
        );
        let remark = page.ink(Ink::Faint, remark).to_string();
        let place = page.ink(Ink::Frame, place).to_string();
        if is_beside {
            page.line(2, format_args!("{place}{:blanks$}  {name}{remark}", ""));
        } else {
            page.line(2, format_args!("{place}"));
            page.line(4, format_args!("{name}{}", if fits { &remark } else { "" }));
            if !fits && !remark.is_empty() {
                page.line(3, format_args!("{remark}"));
            }
        }
    }
    let more = open.len() - shown.len();
    if more > 0 {
        let more = format!("… and {} more", grouped(more as u64));
        let more = page.ink(Ink::Faint, more).to_string();
        page.line(2, format_args!("{more}"));
    }
}

fn logic(page: &mut Page, contents: &Contents<'_>, options: TextOptions) {
    let Some(summary) = gaps::summary(&contents.account.figures) else {
        return;
    };
    page.gap();
    for line in wrapped(&format!("Logic: {summary}"), options.width) {
        let line = page.ink(Ink::Strong, line).to_string();
        page.line(0, format_args!("{line}"));
    }
    let gaps = gaps::gaps(contents.account);
    for gap in gaps.iter().take(options.listed) {
        let room = options.width.saturating_sub(4);
        let place = visible(gap.place.as_deref().unwrap_or("(not followed)"));
        let name = visible(&gap.name);
        let is_beside = cells(&place) + cells(&name) <= room;
        let place = page.ink(Ink::Frame, place).to_string();
        if is_beside {
            page.line(2, format_args!("{place}  {name}"));
        } else {
            page.line(2, format_args!("{place}"));
            page.line(4, format_args!("{}", fitted(&name, room)));
        }
        let lines = filled(&gap.what, room);
        for line in lines.iter().flat_map(|line| wrapped(line, room)) {
            let line = page.ink(Ink::Faint, line).to_string();
            page.line(4, format_args!("{line}"));
        }
    }
    let more = gaps.len().saturating_sub(options.listed);
    if more > 0 {
        let more = format!("… and {} more", grouped(more as u64));
        let more = page.ink(Ink::Faint, more).to_string();
        page.line(2, format_args!("{more}"));
    }
}

/// Texts behind one another, in lines of so many cells. One that is longer has a line for itself.
fn filled(texts: &[String], room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for text in texts {
        match lines.last_mut() {
            Some(line) if cells(line) + 2 + cells(text) <= room => *line += &format!("; {text}"),
            _ => lines.push(text.clone()),
        }
    }
    lines
}

/// A text in lines of so many cells, broken between words.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if cells(line) + 1 + cells(word) <= room => *line += &format!(" {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn foot(page: &mut Page, contents: &Contents<'_>, options: TextOptions) {
    let account = contents.account;
    page.gap();
    for note in contents.notes {
        let word = page.ink(Ink::Odd, "note:").to_string();
        page.line(0, format_args!("{word} {}", visible(note)));
    }
    for complaint in contents.complaints {
        let word = page.ink(Ink::Bad, "short:").to_string();
        page.line(0, format_args!("{word} {}", visible(&complaint.what)));
        for blamed in complaint.objects.iter().take(options.listed) {
            let place = blamed.place.as_ref();
            let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
            page.line(
                7,
                format_args!("{}{}", visible(&blamed.object), visible(&place)),
            );
        }
        let more = complaint.objects.len().saturating_sub(options.listed);
        if more > 0 {
            page.line(7, format_args!("… and {} more", grouped(more as u64)));
        }
    }
    for unseen in &account.report.unseen {
        let word = page.ink(Ink::Odd, "unseen:").to_string();
        page.line(0, format_args!("{word} {}", visible(unseen)));
    }
    for (exclusion, objects) in &account.exclusions {
        let word = page.ink(Ink::Faint, "left out:").to_string();
        let meant = exclusion.objects.to_string();
        let number = match objects {
            0 => page.ink(Ink::Odd, "matches no object").to_string(),
            number => count_of(*number, "object"),
        };
        page.line(
            0,
            format_args!(
                "{word} {} ({number}): {}",
                visible(&meant),
                visible(&exclusion.reason)
            ),
        );
    }
    let figures = &account.figures;
    let line = format!(
        "{} of {} properties asserted · {} of {} behaviours seen",
        grouped(figures.asserted_properties as u64),
        grouped(figures.properties as u64),
        grouped(figures.seen_behaviours as u64),
        grouped(figures.behaviours as u64),
    );
    page.line(0, format_args!("{line}"));
}
