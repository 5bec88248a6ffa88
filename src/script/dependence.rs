//! What the outcome of a script may depend on besides its text: found by the words in it, comments and strings
//! included, so that it is rather seen once too often than missed.

use std::sync::LazyLock;

use regex::Regex;

/// What a script's outcome may depend on besides its text and the files that it names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dependence {
    /// It may ask for the time.
    pub on_time: bool,
    /// It may have the server read files: the line, from 1, and the words that say so.
    pub on_files_of_the_server: Option<(u32, String)>,
}

/// Words by which SQL asks for the time (PostgreSQL's documentation, "Current Date/Time").
static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|\b(current_date|current_time|current_timestamp|localtime|localtimestamp)\b|'(now|today|tomorrow|yesterday)'",
    )
    .ok()
});

/// Ways to have the server read files (PostgreSQL's documentation, "Generic File Access Functions", `COPY`).
static FILES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(pg_read_file|pg_read_binary_file|pg_stat_file|pg_ls_[a-z_]+|lo_import)\s*\(|\bcopy\b[^;]{1,400}?\bfrom\s+(program\s+)?(e?'|\$)",
    )
    .ok()
});

/// What a script's outcome may depend on.
pub fn dependence(text: &str) -> Dependence {
    let is_found = |pattern: &LazyLock<Option<Regex>>| {
        pattern
            .as_ref()
            .is_some_and(|pattern| pattern.is_match(text))
    };
    let found = FILES.as_ref().and_then(|pattern| pattern.find(text));
    Dependence {
        on_time: is_found(&TIME),
        on_files_of_the_server: found.map(|found| {
            let before = &text[..found.start()];
            let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
            let words: Vec<&str> = found.as_str().split_whitespace().collect();
            (u32::try_from(line).unwrap_or(u32::MAX), words.join(" "))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_asks_for_the_time_is_seen() {
        for text in [
            "INSERT INTO t VALUES (now())",
            "x timestamptz DEFAULT CURRENT_TIMESTAMP",
            "SELECT Now ()",
            "SELECT 'today'::date",
            "DO $$ BEGIN x := clock_timestamp(); END $$",
        ] {
            assert!(dependence(text).on_time, "{text}");
        }
        for text in ["SELECT know(1)", "SELECT nowhere", "SELECT 'todays'"] {
            assert!(!dependence(text).on_time, "{text}");
        }
    }

    #[test]
    fn a_script_that_has_the_server_read_files_is_seen_with_the_line() {
        let found = |text: &str| dependence(text).on_files_of_the_server;
        assert_eq!(
            found("SELECT 1;\nCOPY t (a, b)\n  FROM '/data/t.csv';"),
            Some((2, "COPY t (a, b) FROM '".into()))
        );
        assert_eq!(
            found("SELECT pg_read_file('x')"),
            Some((1, "pg_read_file(".into()))
        );
        assert!(found("COPY t FROM PROGRAM 'date'").is_some());
        for text in [
            "COPY t FROM STDIN;",
            "COPY t (a) FROM stdin WITH (FORMAT csv, NULL 'x');\n1\n\\.\nSELECT a FROM t;",
            "SELECT 'copy'; SELECT a FROM t WHERE b = 'x'",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
