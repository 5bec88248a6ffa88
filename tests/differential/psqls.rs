//! The oracle: psql, run on a script as a person would, with what it writes to standard error taken apart.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pgassay::cluster::SUPERUSER;
use regex::Regex;

use crate::ours::{without_command, word_at};
use crate::outcome::{End, Outcome, Said, is_from_server};
use crate::script::{MAIN, Script};
use crate::stage::{House, Side};

/// What stands before the further parts of a message.
const LABELS: [&str; 4] = ["DETAIL:  ", "HINT:  ", "QUERY:  ", "CONTEXT:  "];

/// A psql and the server that it speaks to.
pub(crate) struct Psql {
    program: PathBuf,
    socket: PathBuf,
    port: String,
    begins: Regex,
    places: Regex,
}

/// What psql printed, without the carriage return that a `\copy` takes along from its line where that is echoed.
fn without_returns(printed: &str) -> String {
    let line = Regex::new(r"(?m)^(COPY  .*)\r$").unwrap();
    line.replace_all(printed, "$1").into_owned()
}

impl Psql {
    pub(crate) fn new(house: &House) -> Self {
        let regex = |text: &str| Regex::new(text).unwrap();
        Self {
            program: house.psql.clone(),
            socket: house.server.socket_dir().to_owned(),
            port: house.server.port().to_string(),
            begins: regex(r"(?m)psql:([a-z_/.]+\.sql):(\d+): |psql: |^warned"),
            places: regex(r"^LINE \d+: "),
        }
    }

    pub(crate) fn run(&self, side: &mut Side, script: &Script) -> Outcome {
        side.lay_out(script);
        let directory: &Path = &side.directory;
        let output = Command::new(&self.program)
            .args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-f", MAIN])
            .current_dir(directory)
            .env_clear()
            .env("PGHOST", &self.socket)
            .env("PGPORT", &self.port)
            .env("PGUSER", SUPERUSER)
            .env("PGDATABASE", side.info.database())
            .env("PGCLIENTENCODING", "UTF8")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let end = match output.status.code() {
            Some(0) => End::Whole,
            Some(3) => End::Stopped,
            Some(2) => End::ConnectionLost,
            other => End::Other(other),
        };
        Outcome {
            stdout: without_returns(&text(&output.stdout)),
            said: self.said(&text(&output.stderr)),
            end,
            written: side.written(script),
            state: side.take_state(),
        }
    }

    fn said(&self, text: &str) -> Vec<Said> {
        let starts: Vec<usize> = self.begins.find_iter(text).map(|it| it.start()).collect();
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        starts
            .iter()
            .zip(ends)
            .map(|(&start, end)| self.message(&text[start..end]))
            // It is told twice.
            .filter(|said| !said.text.starts_with("server closed the connection"))
            // What `ECHO` is `errors` for; here each error shows its line.
            .filter(|said| !said.text.starts_with("STATEMENT:  "))
            .collect()
    }

    fn message(&self, text: &str) -> Said {
        let mut said = Said {
            file: None,
            text: String::new(),
            detail: None,
            hint: None,
            query: None,
            context: None,
            at: None,
            line: 0,
        };
        let mut rest = text;
        if let Some(found) = self.begins.captures(text)
            && !text.starts_with("warned")
        {
            said.file = found.get(1).map(|file| file.as_str().to_owned());
            said.line = found
                .get(2)
                .map_or(0, |line| line.as_str().parse().unwrap());
            rest = &text[found.get(0).unwrap().end()..];
        }
        if !is_from_server(rest) {
            for severity in ["error: ", "warning: ", "info: ", "detail: ", "hint: "] {
                rest = rest.strip_prefix(severity).unwrap_or(rest);
            }
            without_command(rest.trim_end()).clone_into(&mut said.text);
            return said;
        }
        // The message itself, then what stands behind the labels.
        let mut fields: [Option<String>; 5] = [const { None }; 5];
        let mut field = 0;
        let mut lines = rest.trim_end_matches('\n').split('\n');
        while let Some(line) = lines.next() {
            if let Some(label) = self.places.find(line) {
                let caret = lines.next().unwrap_or_default();
                let column = caret.chars().take_while(|it| *it == ' ').count();
                assert!(column >= label.len(), "{text}");
                let word = word_at(line, u32::try_from(column + 1).unwrap());
                said.at = Some(word.trim_end_matches("...").to_owned());
                continue;
            }
            let label = LABELS.iter().position(|label| line.starts_with(label));
            let line = label.map_or(line, |label| &line[LABELS[label].len()..]);
            field = label.map_or(field, |label| label + 1);
            match &mut fields[field] {
                Some(text) => {
                    text.push('\n');
                    text.push_str(line);
                }
                none => *none = Some(line.to_owned()),
            }
        }
        let [message, detail, hint, query, context] = fields;
        let message = message.unwrap_or_default();
        message.trim_end_matches('\n').clone_into(&mut said.text);
        (said.detail, said.hint) = (detail, hint);
        (said.query, said.context) = (query, context);
        said
    }
}
