//! What a server said before it died: the lines of its log that tell something. Pure.

use crate::event::{FileOutcome, Reason, ReasonKind, Verdict};

/// What every server says at each start, and what tells nobody why one died.
const EVERYDAY: [&str; 6] = [
    "starting PostgreSQL",
    "listening on ",
    "database system was shut down at",
    "database system is ready to accept connections",
    "database system was interrupted; last known up at",
    "redo ",
];

/// How many lines are told.
const LINES: usize = 8;

/// Whether the file's session came to an end that it did not ask for.
pub(super) fn lost_its_connection(outcome: &FileOutcome) -> bool {
    let is_lost = |reason: &Reason| reason.kind == ReasonKind::ConnectionLost;
    outcome.reasons.iter().any(is_lost)
}

/// Adds a server's last words to the reason for which the connection was lost. A file under which the server died
/// is broken, whatever it said before; one that only ended the tool's own session is not.
pub(super) fn tell_of_dead_server(outcome: &mut FileOutcome, is_alive: bool, log: &[String]) {
    if !lost_its_connection(outcome) && !is_alive {
        outcome.verdict = Verdict::Broken;
        outcome.reasons.insert(
            0,
            Reason {
                kind: ReasonKind::ConnectionLost,
                text: "it brought its server down".into(),
                location: None,
            },
        );
    }
    let words = last_words(log);
    if let Some(reason) = outcome
        .reasons
        .iter_mut()
        .find(|reason| reason.kind == ReasonKind::ConnectionLost)
        && !words.is_empty()
    {
        reason.text = format!("{}\nthe server's last words:\n{words}", reason.text);
    }
}

/// The first telling lines of a log, each without its time, one below the other; empty where there are none.
fn last_words(log: &[String]) -> String {
    let telling = log
        .iter()
        .filter(|line| !EVERYDAY.iter().any(|everyday| line.contains(everyday)))
        .map(|line| without_time(line));
    telling.take(LINES).collect::<Vec<_>>().join("\n")
}

/// `2026-01-01 12:00:00.000 UTC [123] LOG:  x` (the default `log_line_prefix`) from its bracket on.
fn without_time(line: &str) -> &str {
    match line.find(" [") {
        Some(end) if line.starts_with(|c: char| c.is_ascii_digit()) => &line[end + 1..],
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_something_is_told() {
        let log = [
            "2026-11-21 23:09:46.602 UTC [7] LOG:  starting PostgreSQL 15.18 on x86_64",
            "2026-11-21 23:09:46.602 UTC [7] LOG:  database system is ready to accept connections",
            "2026-11-21 23:09:46.722 UTC [7] LOG:  server process (PID 9) was terminated by signal 9: Killed",
            "2026-11-21 23:09:46.722 UTC [7] DETAIL:  Failed process was running: DO $$",
            "\tBEGIN [x]",
        ]
        .map(str::to_owned);
        assert_eq!(
            last_words(&log),
            "[7] LOG:  server process (PID 9) was terminated by signal 9: Killed\n\
             [7] DETAIL:  Failed process was running: DO $$\n\
             \tBEGIN [x]"
        );
        assert_eq!(last_words(&log[..2]), "");
    }
}
