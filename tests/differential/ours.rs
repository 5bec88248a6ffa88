//! The engine here, run on a script.

use std::path::Path;
use std::time::{Duration, Instant};

use pgassay::event::{Notice, ServerMessage, SqlError, Warning};
use pgassay::script::Location;
use pgassay::session::{
    Connection, Failure, FailureKind, Interpreter, ScriptText, Sink, Surroundings, Watch,
};

use crate::outcome::{ANYWHERE, End, OWN_WORDS, Outcome, Said};
use crate::script::{MAIN, Script};
use crate::stage::Side;

/// Keeps what comes.
#[derive(Default)]
struct Kept {
    stdout: Vec<u8>,
    said: Vec<Said>,
    /// Whether data of a COPY were passed over together with it, which psql did not always do; or `\watch` failed that
    /// has a least number of rows: psql goes on behind it, whatever `ON_ERROR_STOP` says.
    other_on_purpose: bool,
    /// Whether a COPY failed and the script went on, or psql itself failed, in `\gset`: of that its variables did not
    /// tell before version 18.
    is_untold: bool,
    /// Whether the script went on behind an error.
    has_swallowed: bool,
}

impl Kept {
    fn say(&mut self, location: &Location, message: &ServerMessage, at: Option<String>) {
        let is_own = matches!(message.severity.as_str(), "psql" | "error");
        let text = if is_own {
            without_command(&message.message).trim_end().to_owned()
        } else {
            let text = message.message.trim_end_matches('\n');
            format!("{}:  {text}", message.severity)
        };
        let is_error = matches!(message.severity.as_str(), "ERROR" | "FATAL");
        // Where a quote opens that the file does not close, psql leaves to the server to say.
        if is_own && text.contains(" that opens at ") {
            return;
        }
        self.said.push(Said {
            file: Some(location.file.to_string()),
            text,
            detail: message.detail.clone(),
            hint: message.hint.clone(),
            query: message.internal_query.clone(),
            context: message.context.clone().filter(|_| is_error),
            at,
            line: location.line(),
        });
    }
}

/// Psql names the command in front of some messages only.
pub(crate) fn without_command(text: &str) -> &str {
    match text
        .strip_prefix('\\')
        .and_then(|rest| rest.split_once(": "))
    {
        Some((command, rest)) if !command.contains(' ') => rest,
        _ => text,
    }
}

impl Sink for Kept {
    fn begin(&mut self, _: &Location, _: &str) {}
    fn output(&mut self, bytes: &[u8]) {
        self.stdout.extend_from_slice(bytes);
    }
    fn end(&mut self) {}
    fn notice(&mut self, notice: Notice) {
        // Where in its statement it is, is told of errors alone.
        let at = notice.message.position.or(notice.message.internal_position);
        let at = at.map(|_| ANYWHERE.to_owned());
        self.say(&notice.location, &notice.message, at);
    }
    fn error(&mut self, error: SqlError) {
        let message = &error.message;
        let excerpt = error.excerpt.as_ref();
        let at = if message.position.is_some() {
            excerpt.map(|excerpt| word_at(&excerpt.line, excerpt.column))
        } else {
            let internal = message
                .internal_position
                .zip(message.internal_query.as_ref());
            internal.map(|(position, query)| word_at(query, position))
        };
        let words = excerpt.map(|it| it.line.to_lowercase()).unwrap_or_default();
        let took_data = message
            .context
            .as_ref()
            .is_some_and(|it| it.contains("COPY "));
        self.other_on_purpose |= words.contains("stdin") && !took_data && error.swallowed;
        self.is_untold |= words.contains("copy") && error.swallowed;
        self.is_untold |= message.message.starts_with("\\gset: ");
        self.has_swallowed |= error.swallowed;
        let has_least = words.contains("m=") || words.contains("min_rows");
        self.other_on_purpose |= words.contains("\\watch") && has_least;
        self.say(&error.location, message, at);
    }
    fn warning(&mut self, _: Warning) {}
    fn wants_stop(&self) -> bool {
        false
    }
}

/// The word at a character of a text, counted from 1.
pub(crate) fn word_at(text: &str, character: u32) -> String {
    let from = usize::try_from(character).unwrap_or(1).saturating_sub(1);
    text.chars()
        .skip(from)
        .take_while(|it| !it.is_whitespace())
        .collect()
}

/// What a script comes to; none where it meets a difference from psql that is wanted and documented, so that there is
/// nothing to compare.
pub(crate) fn run(side: &mut Side, script: &Script, version: u32) -> Option<Outcome> {
    side.lay_out(script);
    let directory: &Path = &side.directory;
    let surroundings = Surroundings {
        working_dir: directory.to_owned(),
        writable: vec![directory.to_owned()],
        project_dir: directory.to_owned(),
        pgtap: None,
        shell: None,
        inputs: None,
    };
    let watch = Watch {
        deadline: Some(Instant::now() + Duration::from_secs(20)),
        ..Watch::default()
    };
    let mut connection = Connection::open(&side.info, watch).unwrap();
    let mut kept = Kept::default();
    let path = directory.join(MAIN);
    let text = ScriptText::read(&path, surroundings.shown(&path)).unwrap();
    let mut interpreter = Interpreter::new(&mut connection, &mut kept, &surroundings);
    let ended = interpreter.run(&text);
    let goes_on = !interpreter.variables.is_on("ON_ERROR_STOP");
    drop(connection);
    let written = side.written(script);
    let state = side.take_state();
    if let Err(failure) = &ended {
        match failure.kind {
            FailureKind::Sql => {}
            FailureKind::Timeout => panic!("it takes too long:\n{}", script.shown()),
            _ if goes_on || is_declined(&failure.text) => return None,
            _ => kept.say_failure(failure),
        }
    }
    let asks = ["ROW_COUNT", "ERROR", "SQLSTATE"]
        .iter()
        .any(|name| script.shown().replace("ON_ERROR", "").contains(name));
    // psql's listings for people are not printed here.
    let lists = |said: &Said| said.text.contains("nothing is printed for people");
    if kept.said.iter().any(lists) || kept.other_on_purpose {
        return None;
    }
    // Nor of a statement of `\gexec`; which one failed is not known here.
    let is_untold = kept.is_untold || kept.has_swallowed && script.shown().contains("\\gexec");
    if is_untold && asks && version < 18 {
        return None;
    }
    Some(Outcome {
        stdout: String::from_utf8_lossy(&kept.stdout).into_owned(),
        said: kept.said,
        end: match ended.map_err(|failure| failure.kind) {
            Ok(()) => End::Whole,
            Err(FailureKind::ConnectionLost) => End::ConnectionLost,
            Err(_) => End::Stopped,
        },
        written,
        state,
    })
}

/// Whether a script failed over something that is refused here on purpose.
fn is_declined(text: &str) -> bool {
    ["not run by test files", "not supported", "a shell command"]
        .iter()
        .any(|words| text.contains(words))
}

impl Kept {
    /// A failure that the sink was not told of.
    fn say_failure(&mut self, failure: &Failure) {
        let told = self.said.last().is_some_and(|said| {
            let text = without_command(&failure.text);
            said.text == text
        });
        if !told {
            self.said.push(Said {
                file: None,
                text: OWN_WORDS.into(),
                detail: None,
                hint: None,
                query: None,
                context: None,
                at: None,
                line: 0,
            });
        }
    }
}
