//! What a script came to under one engine, in a form in which both can be compared.

use std::collections::BTreeMap;

/// A message: an error, a notice, or what psql says of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// The file that it is about; messages without a place (`\warn`) have none.
    pub(crate) file: Option<String>,
    /// Severity and message of the server's; the message alone of psql's.
    pub(crate) text: String,
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
    pub(crate) query: Option<String>,
    pub(crate) context: Option<String>,
    /// What stands at the place that the server names, up to the next blank.
    pub(crate) at: Option<String>,
    /// Psql's line, which is that of the statement's end; ours is that of the error.
    pub(crate) line: u32,
}

/// How a script ended: psql's exit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    Stopped,
    ConnectionLost,
    Other(Option<i32>),
}

#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) said: Vec<Said>,
    pub(crate) end: End,
    pub(crate) written: BTreeMap<String, String>,
    pub(crate) state: String,
}

/// Messages of ours that are worded in another way on purpose: they only have to be there.
pub(crate) const OWN_WORDS: &str = "own words";

/// A place in a statement that is not compared.
pub(crate) const ANYWHERE: &str = ":";

impl Outcome {
    /// Makes the numbers of large objects alike, of which each side is given others.
    pub(crate) fn hide_large_objects(&mut self) {
        let numbers = regex::Regex::new(r"\b\d{5,}\b").unwrap();
        let hide = |text: &mut String| *text = numbers.replace_all(text, "NUMBER").into_owned();
        hide(&mut self.stdout);
        self.written.values_mut().for_each(hide);
        for said in &mut self.said {
            hide(&mut said.text);
            said.at.iter_mut().for_each(hide);
        }
    }

    /// In which respect two outcomes differ, in words; none where they do not.
    pub(crate) fn difference(&self, psqls: &Self) -> Option<String> {
        if self.stdout != psqls.stdout {
            return Some(two("standard output", &self.stdout, &psqls.stdout));
        }
        let differs = |(ours, theirs): (&Said, &Said)| !ours.is_as(theirs);
        if self.said.len() != psqls.said.len() || self.said.iter().zip(&psqls.said).any(differs) {
            let text = |said: &[Said]| -> String {
                said.iter().map(|said| format!("{said:?}\n")).collect()
            };
            return Some(two("messages", &text(&self.said), &text(&psqls.said)));
        }
        if self.end != psqls.end {
            let (ours, theirs) = (format!("{:?}", self.end), format!("{:?}", psqls.end));
            return Some(two("end", &ours, &theirs));
        }
        if self.written != psqls.written {
            let (ours, theirs) = (
                format!("{:#?}", self.written),
                format!("{:#?}", psqls.written),
            );
            return Some(two("files written", &ours, &theirs));
        }
        (self.state != psqls.state).then(|| two("final state", &self.state, &psqls.state))
    }
}

impl Said {
    fn is_as(&self, psqls: &Self) -> bool {
        if self.text == OWN_WORDS {
            return !is_from_server(&psqls.text);
        }
        let psqls_text = match psqls.text.as_str() {
            "reached EOF without finding closing \\endif(s)" => {
                "the file ends and this \\if has no \\endif"
            }
            text => text,
        };
        // Ours may go on to say what is meant.
        let longer = self.text.strip_prefix(psqls_text);
        let same_text = self.text == psqls_text
            || !is_from_server(&psqls.text) && longer.is_some_and(|rest| rest.starts_with(": "));
        // Ours has the whole path.
        let unopened = "could not open file ";
        if self.text.starts_with(unopened) && psqls.text.starts_with(unopened) {
            return true;
        }
        // What the server says of large objects is told as the command's.
        if psqls.text.strip_prefix("ERROR:  ") == Some(&self.text) {
            return self.text.starts_with("large object ") || self.text.contains(" lo_");
        }
        if self.text.starts_with("cannot include") && psqls.text.contains("No such file") {
            return true;
        }
        let same_place = match (&self.at, &psqls.at) {
            // Of what a variable brought, we name the reference.
            (Some(ours), Some(_)) if ours.contains(':') => true,
            (Some(ours), Some(theirs)) => {
                let same =
                    |ours: &str| ours.starts_with(theirs.as_str()) || theirs.starts_with(ours);
                same(ours) || same(&ours.replace("\\;", ";"))
            }
            (None, None) => true,
            _ => false,
        };
        let same_file = self.file == psqls.file || !is_from_server(&psqls.text);
        // Where there is a QUERY of psql's, ours must be the same; ours may show one more (`\gexec`).
        let same_query = psqls.query.is_none() || self.query == psqls.query;
        same_place
            && same_file
            && same_query
            && same_text
            && self.detail == psqls.detail
            && self.hint == psqls.hint
            && self.context == psqls.context
            && (self.line <= psqls.line || !is_from_server(&psqls.text))
    }
}

/// Whether a message is one of the server's, by its severity.
pub(crate) fn is_from_server(text: &str) -> bool {
    let severity = text.split(":  ").next().unwrap_or_default();
    [
        "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "LOG", "DEBUG",
    ]
    .contains(&severity)
}

fn two(what: &str, ours: &str, theirs: &str) -> String {
    let difference = similar::TextDiff::from_lines(theirs, ours);
    let mut unified = difference.unified_diff();
    unified.header("psql", "pgassay").missing_newline_hint(true);
    format!("{what}:\n{unified}")
}
