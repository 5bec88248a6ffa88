//! The trend: how the shares of all objects grew over earlier runs, as lines in a small drawing.

use crate::coverage::{Gauge, Totals};
use crate::report::coverage::moment;

/// The shares that are drawn.
const GAUGES: [Gauge; 3] = [Gauge::Asserted, Gauge::Exercised, Gauge::Branches];
/// So many of the latest runs are drawn.
const RUNS: usize = 40;
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 88.0;
const MARGIN: f64 = 6.0;

/// A drawing, and its figures for those who do not see it.
pub(super) struct Trend {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) lines: Vec<Line>,
    pub(super) runs: Vec<Run>,
    /// What it shows, in a sentence.
    pub(super) label: String,
}

/// A share over time.
pub(super) struct Line {
    pub(super) key: &'static str,
    /// The points of the line, as SVG has them.
    pub(super) points: String,
    /// The last one.
    pub(super) x: String,
    pub(super) y: String,
}

/// A run in the table that stands for the drawing.
pub(super) struct Run {
    pub(super) moment: String,
    pub(super) commit: String,
    pub(super) asserted: String,
    pub(super) exercised: String,
    pub(super) branches: String,
    pub(super) uncovered: usize,
}

impl Trend {
    /// Draws earlier runs and this one; nothing where there are none earlier.
    pub(super) fn new(earlier: &[Totals], now: &Totals) -> Option<Self> {
        if earlier.is_empty() {
            return None;
        }
        let skipped = (earlier.len() + 1).saturating_sub(RUNS);
        let runs: Vec<&Totals> = earlier.iter().chain([now]).skip(skipped).collect();
        let changes: Vec<String> = GAUGES
            .iter()
            .filter_map(|gauge| change(&runs, *gauge))
            .collect();
        let label = format!("Trend over {} runs: {}", runs.len(), changes.join(", "));
        Some(Self {
            width: WIDTH,
            height: HEIGHT,
            lines: GAUGES
                .iter()
                .filter_map(|gauge| line(&runs, *gauge))
                .collect(),
            runs: runs.iter().map(|totals| Run::new(totals)).collect(),
            label,
        })
    }
}

impl Run {
    fn new(totals: &Totals) -> Self {
        let commit = totals.commit.as_deref().unwrap_or_default();
        Self {
            moment: moment(totals.began),
            commit: commit.chars().take(10).collect(),
            asserted: totals.figures.share(Gauge::Asserted).to_string(),
            exercised: totals.figures.share(Gauge::Exercised).to_string(),
            branches: totals.figures.share(Gauge::Branches).to_string(),
            uncovered: totals.figures.uncovered,
        }
    }
}

/// How a share changed, in words, from the first run that measured it.
fn change(runs: &[&Totals], gauge: Gauge) -> Option<String> {
    let mut shares = runs.iter().map(|it| it.figures.share(gauge));
    let first = shares.find(|it| it.whole > 0)?;
    let last = shares.rfind(|it| it.whole > 0).unwrap_or(first);
    Some(format!("{} from {first} to {last}", gauge.word()))
}

/// The line of one share: 0 % is at the bottom, 100 % at the top. Runs with nothing to measure are passed over.
#[expect(clippy::cast_precision_loss, reason = "there are at most 40 runs")]
fn line(runs: &[&Totals], gauge: Gauge) -> Option<Line> {
    let step = (WIDTH - 2.0 * MARGIN) / (runs.len() - 1).max(1) as f64;
    let points: Vec<(String, String)> = runs
        .iter()
        .enumerate()
        .filter_map(|(at, totals)| {
            let tenths = totals.figures.share(gauge).tenths()?;
            let y = HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * f64::from(tenths) / 1000.0;
            Some((
                format!("{:.1}", MARGIN + step * at as f64),
                format!("{y:.1}"),
            ))
        })
        .collect();
    let (x, y) = points.last()?.clone();
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    Some(Line {
        key: gauge.word(),
        points: points.join(" "),
        x,
        y,
    })
}
