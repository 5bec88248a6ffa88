//! The console is a run for people: a line for each finished file, then all that went wrong, then the sum. What
//! it writes holds no control character but line ends and, where wanted, colours; what the tests printed cannot
//! change that. It keeps nothing of a file but the text that it will print at the end.

mod assertions;
mod details;
mod line;
mod progress;
mod summary;
mod trial;

use std::io::{self, Write};

use crate::event::{Event, FileOutcome, RunStart, Stage, Summary, Unit, Verdict};
use crate::report::Verbosity;

use super::Reporter;
use super::figures::{count_of, time};
use super::page::{Ink, Page};
use super::visible::one_line;
use progress::Progress;

pub use details::details;
pub use line::file_line;
pub use summary::{Closing, summary};

/// How the console looks.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch that is independent of the others"
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConsoleOptions {
    /// Whether to colour.
    pub color: bool,
    /// How much to say.
    pub verbosity: Verbosity,
    /// Whether comments of files that passed are shown.
    pub comments: bool,
    /// Whether assertions with a directive are shown.
    pub directives: bool,
    /// Whether to draw a progress bar on standard error while files run. It hides itself where standard error is
    /// no terminal.
    pub progress: bool,
}

/// The reporter for people.
pub struct Console<W: Write> {
    writer: W,
    options: ConsoleOptions,
    progress: Progress,
    /// The details of files that did not pass, to be printed at the end.
    kept: String,
    warnings: usize,
    seed: Option<u64>,
    unit: Unit,
}

impl<W: Write> Console<W> {
    /// A console that writes to `writer`, each event with one write and a flush.
    pub fn new(writer: W, options: ConsoleOptions) -> Self {
        Self {
            writer,
            options,
            progress: Progress::new(options.progress, options.color),
            kept: String::new(),
            warnings: 0,
            seed: None,
            unit: Unit::File,
        }
    }

    /// The writer, with all that was written.
    pub fn into_writer(self) -> W {
        self.writer
    }

    /// Writes while the progress bar is out of the way.
    fn write(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let writer = &mut self.writer;
        self.progress.step_aside(|| {
            writer.write_all(text.as_bytes())?;
            writer.flush()
        })
    }

    fn is_quiet(&self) -> bool {
        self.options.verbosity == Verbosity::Quiet
    }

    fn file_finished(&mut self, outcome: &FileOutcome) -> io::Result<()> {
        self.progress.file_finished(outcome.worker);
        self.warnings += outcome.warnings.len();
        match outcome.verdict {
            Verdict::Failed | Verdict::Broken => {
                self.kept.push_str(&details(outcome, self.options));
            }
            Verdict::Passed | Verdict::Skipped => {}
        }
        if self.is_quiet() {
            return Ok(());
        }
        self.write(&file_line(outcome, self.options))
    }

    fn run_finished(&mut self, figures: &Summary) -> io::Result<()> {
        self.progress.clear();
        let kept = std::mem::take(&mut self.kept);
        let mut page = Page::new(self.options.color);
        if !self.is_quiet() {
            page.paste("\n");
        }
        page.paste(&kept);
        let closing = Closing {
            warnings: self.warnings,
            seed: self.seed,
            unit: self.unit,
        };
        page.paste(&summary(figures, closing, self.options));
        self.write(&page.into_text())
    }
}

impl<W: Write> Reporter for Console<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Prepared(stage) if !self.is_quiet() => {
                self.write(&prepared(stage, self.options))
            }
            Event::RunStarted(start) => {
                self.seed = start.seed;
                self.unit = start.unit;
                self.progress.start(start.files);
                if self.is_quiet() {
                    Ok(())
                } else {
                    self.write(&started(start, self.options))
                }
            }
            Event::FileStarted { file, worker } => {
                self.progress.file_started(*worker, file);
                Ok(())
            }
            Event::FileFinished(outcome) => self.file_finished(outcome),
            Event::Remark(text) if !self.is_quiet() => self.write(&remark(text, self.options)),
            Event::Prepared(_) | Event::Remark(_) => Ok(()),
            Event::RunFinished(figures) => self.run_finished(figures),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.progress.clear();
        // Where the run ended without a word, what went wrong until then is still worth telling.
        let kept = std::mem::take(&mut self.kept);
        self.write(&kept)?;
        self.writer.flush()
    }
}

/// The width of the column with the first word of a line.
const WORD: usize = 9;

fn worded(page: &mut Page, ink: Ink, word: &str, rest: &str) {
    let word = page.ink(ink, format_args!("{word:>WORD$}")).to_string();
    page.line(0, format_args!("{word}  {rest}"));
}

/// A stage of the preparation, as a line.
fn prepared(stage: &Stage, options: ConsoleOptions) -> String {
    let mut page = Page::new(options.color);
    let took = page
        .ink(Ink::Faint, format_args!("({})", time(stage.elapsed)))
        .to_string();
    worded(
        &mut page,
        Ink::Work,
        "prepared",
        &format!("{}  {took}", one_line(&stage.what)),
    );
    page.into_text()
}

/// What is about to run, as a line and an empty one.
fn started(start: &RunStart, options: ConsoleOptions) -> String {
    let mut page = Page::new(options.color);
    let files = count_of(start.files, start.unit.word());
    let side_by_side = if start.workers > 1 {
        format!(", {} at a time", start.workers)
    } else {
        String::new()
    };
    let seed = start
        .seed
        .map(|seed| format!(", shuffled with seed {seed}"))
        .unwrap_or_default();
    let server = format!("{}, {}", one_line(&start.server), one_line(&start.pgtap));
    let server = page.ink(Ink::Faint, format_args!("({server})")).to_string();
    worded(
        &mut page,
        Ink::Work,
        "running",
        &format!("{files}{side_by_side}{seed}  {server}"),
    );
    page.gap();
    page.into_text()
}

/// Something that people should know, as a line.
fn remark(text: &str, options: ConsoleOptions) -> String {
    let mut page = Page::new(options.color);
    worded(&mut page, Ink::Odd, "note", &one_line(text));
    page.into_text()
}
