//! The last lines of a run: its figures, why it ended early, how to repeat it. Pure.

use crate::event::{Stop, Summary, Unit};
use crate::report::Verbosity;
use crate::report::figures::{count, count_of, grouped, time};
use crate::report::page::{Ink, Page};
use crate::report::visible::one_line;

use super::ConsoleOptions;

/// What is known of a run besides its figures.
#[derive(Debug, Clone, Copy, Default)]
pub struct Closing {
    /// How many warnings its files had.
    pub warnings: usize,
    /// The seed of the order, where it was shuffled.
    pub seed: Option<u64>,
    /// What its files are.
    pub unit: Unit,
}

/// The figures of a run, as lines.
pub fn summary(figures: &Summary, closing: Closing, options: ConsoleOptions) -> String {
    let mut page = Page::new(options.color);
    if let Some(stop) = &figures.stopped {
        let (word, text) = stopped(stop);
        let word = page.ink(Ink::Bad, word).to_string();
        page.line(0, format_args!("{word} {text}"));
    }
    if let Some(seed) = closing.seed {
        let worth_it = !figures.is_green() || options.verbosity != Verbosity::Quiet;
        if worth_it {
            let text = format!("shuffled with seed {seed}; `--shuffle={seed}` repeats this order");
            let text = page.ink(Ink::Faint, text).to_string();
            page.line(0, format_args!("{text}"));
        }
    }
    let line = figures_line(&page, figures, closing, options);
    page.line(0, format_args!("{line}"));
    page.into_text()
}

fn figures_line(
    page: &Page,
    figures: &Summary,
    closing: Closing,
    options: ConsoleOptions,
) -> String {
    let warnings = closing.warnings;
    let verdicts = [
        (figures.passed, "passed", Ink::Good),
        (figures.failed, "failed", Ink::Bad),
        (figures.broken, "broken", Ink::Broken),
        (figures.skipped, "skipped", Ink::Odd),
        (figures.not_run, "not run", Ink::Odd),
    ];
    let verdicts: Vec<String> = verdicts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, word, ink)| {
            page.ink(ink, format_args!("{} {word}", grouped(number as u64)))
                .to_string()
        })
        .collect();
    let files = page
        .ink(
            Ink::Strong,
            count_of(figures.files() + figures.not_run, closing.unit.word()),
        )
        .to_string();
    let files = if verdicts.is_empty() {
        files
    } else {
        format!("{files}: {}", verdicts.join(", "))
    };

    let mut assertions = count(figures.assertions, "assertion");
    if figures.failed_assertions > 0 {
        let failed = format!("{} failed", grouped(figures.failed_assertions));
        assertions = format!("{assertions}, {}", page.ink(Ink::Bad, failed));
    }
    let mut parts = vec![files, assertions];
    if warnings > 0 {
        let aside = match options.verbosity {
            Verbosity::Quiet => " (shown without -q)",
            Verbosity::Normal | Verbosity::Verbose => "",
        };
        let number = page.ink(Ink::Odd, count_of(warnings, "warning"));
        parts.push(format!("{number}{aside}"));
    }
    parts.push(time(figures.elapsed));
    parts.join(" · ")
}

fn stopped(stop: &Stop) -> (&'static str, String) {
    match stop {
        Stop::Interrupted(signal) => ("stopped:", format!("interrupted by {signal}")),
        Stop::BailOut { file, reason } if reason.is_empty() => {
            ("stopped:", format!("{} bailed out", one_line(file)))
        }
        Stop::BailOut { file, reason } => (
            "stopped:",
            format!("{} bailed out: {}", one_line(file), one_line(reason)),
        ),
        Stop::FailFast(limit) => (
            "stopped:",
            format!(
                "after {} that failed or broke, as asked",
                count_of(*limit, "file")
            ),
        ),
        // The error itself, which may have many lines, is told on standard error.
        Stop::NothingFound(_) => ("stopped:", "there is nothing to run".to_owned()),
        Stop::Error(_) => ("stopped:", "the run could not proceed".to_owned()),
    }
}
