//! The progress bar: how many files are done and which are running. It draws on standard error, only on a terminal,
//! and steps aside whenever something else is written; it never writes a line that stays.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::visible::one_line;

/// How often the clock on the bar moves.
const TICK: Duration = Duration::from_millis(200);

/// The progress bar, or nothing.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    color: bool,
    /// What each worker is running.
    running: BTreeMap<usize, Arc<str>>,
    wanted: bool,
}

impl Progress {
    /// A bar that shows once [`start`](Self::start)ed, if it is wanted at all.
    pub(super) fn new(wanted: bool, color: bool) -> Self {
        Self {
            bar: None,
            color,
            running: BTreeMap::new(),
            wanted,
        }
    }

    /// Begins to count to `files`.
    pub(super) fn start(&mut self, files: usize) {
        if !self.wanted {
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::stderr());
        bar.set_style(style(self.color));
        if !bar.is_hidden() {
            bar.enable_steady_tick(TICK);
        }
        self.bar = Some(bar);
    }

    /// A worker took up a file.
    pub(super) fn file_started(&mut self, worker: usize, file: &Arc<str>) {
        if let Some(bar) = &self.bar {
            self.running.insert(worker, Arc::clone(file));
            bar.set_message(message(&self.running));
        }
    }

    /// A worker is done with its file.
    pub(super) fn file_finished(&mut self, worker: usize) {
        if let Some(bar) = &self.bar {
            self.running.remove(&worker);
            bar.set_message(message(&self.running));
            bar.inc(1);
        }
    }

    /// Takes the bar off the screen while `write` runs.
    pub(super) fn step_aside<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the bar off the screen for good.
    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn style(color: bool) -> ProgressStyle {
    let template = if color {
        "  {pos:>7.cyan.bold}/{len}  {bar:24.cyan/dim}  {elapsed:.dim}  {wide_msg:.dim}"
    } else {
        "  {pos:>7}/{len}  {bar:24}  {elapsed}  {wide_msg}"
    };
    // The templates are checked by a test; a plain bar is what a mistake in them would leave.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}

fn message(running: &BTreeMap<usize, Arc<str>>) -> String {
    running
        .values()
        .map(|file| one_line(file))
        .collect::<Vec<Cow<'_, str>>>()
        .join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_valid() {
        for template in [
            "  {pos:>7.cyan.bold}/{len}  {bar:24.cyan/dim}  {elapsed:.dim}  {wide_msg:.dim}",
            "  {pos:>7}/{len}  {bar:24}  {elapsed}  {wide_msg}",
        ] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn the_message_names_what_runs_in_the_order_of_the_workers() {
        let mut progress = Progress::new(true, false);
        progress.start(3);
        progress.file_started(1, &Arc::from("b.sql"));
        progress.file_started(0, &Arc::from("a\u{1b}.sql"));
        assert_eq!(message(&progress.running), "a\\x1b.sql  b.sql");
        progress.file_finished(1);
        assert_eq!(message(&progress.running), "a\\x1b.sql");
        progress.clear();
    }
}
