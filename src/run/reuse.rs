//! What of a file may serve the next one: what its words speak of, and its session, emptied.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::conditions::Conditions;
use super::file_session::FileSession;
use crate::database::{Sequence, Template};
use crate::project::TestFile;
use crate::script::{Traces, includes, traces};
use crate::session::ScriptText;

/// How deep included files are read.
const DEPTH: usize = 16;
/// How many files a session may serve: what a server process remembers of tables that are gone makes it grow.
const FILES_OF_A_SESSION: usize = 200;
/// How long emptying a session may take; it takes less than a millisecond.
pub(super) const EMPTYING: Duration = Duration::from_secs(10);

/// What a file may leave in its session and see of others before it, by its words and those of what it includes.
pub(super) fn traces_of(
    file: &TestFile,
    scripts: &[ScriptText],
    template: &Template,
    conditions: &Conditions,
) -> Traces {
    let code = &template.code;
    let mut found = Traces {
        marks_session: code.marks_session,
        sees_cluster: code.sees_cluster,
        sets_sequences: code.sets_sequences,
        // Which functions will run is known to the database alone.
        sees_use: file.runs_functions() && !code.names_that_see_use.is_empty(),
        ..Traces::default()
    };
    for (_, value) in &conditions.variables {
        found = found.and(traces(value));
    }
    for script in scripts {
        let directory = script.path.parent().unwrap_or(Path::new("."));
        let reading = Reading {
            template,
            working_dir: &conditions.surroundings.working_dir,
        };
        found = found.and(reading.read(&script.text, directory, DEPTH));
    }
    found
}

/// What a script is read with.
struct Reading<'a> {
    template: &'a Template,
    working_dir: &'a Path,
}

impl Reading<'_> {
    fn read(&self, text: &str, directory: &Path, depth: usize) -> Traces {
        let mut found = traces(text);
        let template = self.template;
        found.sees_use |=
            template.code.lets_see(text) || Sequence::are_read_by(&template.sequences, text);
        for include in includes(text) {
            let base = if include.is_relative {
                directory
            } else {
                self.working_dir
            };
            let Some(path) = include.name.map(|name| base.join(name)) else {
                found.includes_unknown = true;
                continue;
            };
            // A pipe would be waited for. What is no plain file here may be one where the script has gone by then.
            let bytes = Some(&path).filter(|path| path.is_file() && depth > 0);
            let Some(Ok(bytes)) = bytes.map(fs::read) else {
                found.includes_unknown = true;
                continue;
            };
            let text = String::from_utf8_lossy(&bytes);
            let directory = path.parent().unwrap_or(directory);
            found = found.and(self.read(&text, directory, depth - 1));
        }
        found
    }
}

/// A session that a file has left, and that the next one may use.
pub(super) struct IdleSession<'r> {
    session: FileSession<'r>,
    role: Option<String>,
    files: usize,
}

impl<'r> IdleSession<'r> {
    /// A session that was just opened for a role.
    pub(super) fn fresh(session: FileSession<'r>, role: Option<&str>) -> Self {
        Self {
            session,
            role: role.map(str::to_owned),
            files: 0,
        }
    }

    /// The session, for a further file of the same role; none where it does not suit.
    pub(super) fn for_role(self, role: Option<&str>) -> Option<Self> {
        (self.role.as_deref() == role && self.files < FILES_OF_A_SESSION).then_some(self)
    }

    /// A file begins in it, and may run until then.
    pub(super) fn begin(&mut self, timeout: Option<Duration>) -> &mut FileSession<'r> {
        self.files += 1;
        self.session
            .limit(timeout.map(|timeout| Instant::now() + timeout));
        &mut self.session
    }

    /// Whose rights it has; none means the superuser's.
    pub(super) fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// The session itself.
    pub(super) fn session(&mut self) -> &mut FileSession<'r> {
        &mut self.session
    }
}
