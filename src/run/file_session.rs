//! A test file's session: opened in its database and role; it runs scripts, and can be emptied for the next file.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::conditions::Conditions;
use super::ground::{COUNTING, Ground};
use super::recorder::Recorder;
use super::reuse::EMPTYING;
use crate::coverage::Looks;
use crate::database::Template;
use crate::event::ReasonKind;
use crate::project::{FunctionCall, TestFile};
use crate::script::RunTests;
use crate::session::conninfo::ConnInfo;
use crate::session::{
    Connection, Ended, Failure, FailureKind, Interpreter, Login, QueryError, Row, ScriptText,
    TransactionStatus, Watch, WireError, escape_option,
};

/// Why a script did not run to its end, and what that is for its file.
pub(super) type Broken = (ReasonKind, Failure);

/// The role that a file tests in, where one was said.
pub(super) fn role_of<'a>(file: &'a TestFile, conditions: &'a Conditions) -> Option<&'a str> {
    let role = file.header.role.as_ref().or(conditions.role.as_ref());
    role.map(String::as_str)
}

/// A session that a file may use.
pub(super) struct FileSession<'r> {
    connection: Connection,
    login: Login,
    /// What coverage has looked at in it.
    looks: Looks,
    conditions: &'r Conditions,
}

/// What `search_path` sessions of a role begin with, where it is not the role's own; asked once for each role.
#[derive(Debug, Default)]
pub(super) struct SearchPaths(HashMap<String, Option<String>>);

impl SearchPaths {
    fn open(&mut self, login: &Login, watch: &Watch) -> Result<Connection, QueryError> {
        let role = &login.info.user;
        if let Some(path) = self.0.get(role) {
            return login.open_with(path.as_deref(), watch);
        }
        let mut connection = login.open_with(None, watch)?;
        let path = login.reaching_path(&mut connection)?;
        self.0.insert(role.clone(), path.clone());
        match path {
            Some(path) => login.open_with(Some(&path), watch),
            None => Ok(connection),
        }
    }
}

impl<'r> FileSession<'r> {
    /// Opens it. `database` is the way to the file's database, on a server of `ground`. `paths` are those that are known
    /// of databases like this one.
    pub(super) fn open(
        file: &TestFile,
        database: ConnInfo,
        ground: &Ground,
        paths: &mut SearchPaths,
        timeout: Option<Duration>,
        template: &Template,
        conditions: &'r Conditions,
    ) -> Result<Self, Broken> {
        let watch = Watch {
            deadline: timeout.map(|timeout| Instant::now() + timeout),
            interruption: Some(conditions.interruption.clone()),
        };
        let login = login(file, database, ground.is_own(), template, conditions);
        let connection = paths.open(&login, &watch).map_err(|error| {
            let kind = match &error {
                QueryError::Wire(WireError::Unanswered(Ended::Interrupted)) => {
                    FailureKind::Interrupted
                }
                QueryError::Wire(WireError::Unanswered(Ended::Timeout)) => FailureKind::Timeout,
                _ => FailureKind::ConnectionLost,
            };
            let reason = match kind {
                FailureKind::ConnectionLost => ReasonKind::Database,
                _ => ReasonKind::Interrupted,
            };
            let role = login.assumed_role.as_ref().unwrap_or(&login.info.user);
            let mut text = format!("cannot open a session as role \"{role}\": {error}");
            if reason == ReasonKind::Database && !says_why(&error) {
                text = ground.explain(text);
            }
            (reason, failure(kind, text))
        })?;
        let probed = template.probed.as_ref();
        Ok(Self {
            connection,
            login,
            looks: probed.map_or_else(Looks::default, |probed| Looks::of(&probed.catalog)),
            conditions,
        })
    }

    /// Runs the file's scripts in it.
    pub(super) fn run(
        &mut self,
        scripts: &[ScriptText],
        recorder: &mut Recorder,
    ) -> Result<(), Broken> {
        if let Some(sighting) = &mut recorder.sighting {
            sighting.looks = std::mem::take(&mut self.looks);
        }
        let result = self.interpret(scripts, recorder);
        if let Some(sighting) = &mut recorder.sighting {
            self.looks = std::mem::take(&mut sighting.looks);
        }
        result
    }

    fn interpret(&mut self, scripts: &[ScriptText], recorder: &mut Recorder) -> Result<(), Broken> {
        let surroundings = &self.conditions.surroundings;
        let mut interpreter = Interpreter::new(&mut self.connection, recorder, surroundings);
        interpreter.login = Some(self.login.clone());
        for (name, value) in &self.conditions.variables {
            interpreter
                .variables
                .set(name, value)
                .map_err(|text| (ReasonKind::Command, failure(FailureKind::Command, text)))?;
        }
        for (name, value) in &self.conditions.printing {
            interpreter.set_printing(name, value).map_err(|text| {
                let text = format!("--pset {name}={value}: {text}");
                (ReasonKind::Command, failure(FailureKind::Command, text))
            })?;
        }
        for script in scripts {
            interpreter
                .run(script)
                .map_err(|failure| (ReasonKind::SqlError, failure))?;
        }
        Ok(())
    }

    /// Until when what follows may take.
    pub(super) fn limit(&mut self, deadline: Option<Instant>) {
        self.connection.set_watch(Watch {
            deadline,
            interruption: Some(self.conditions.interruption.clone()),
        });
    }

    /// Makes it as it was when it was opened, as far as the server can.
    ///
    /// # Errors
    /// The server's error; also where the connection is lost.
    pub(super) fn empty(&mut self) -> Result<(), QueryError> {
        self.limit(Some(Instant::now() + EMPTYING));
        if self.connection.status() != TransactionStatus::Idle {
            self.connection.execute("ROLLBACK")?;
        }
        self.connection.execute("DISCARD ALL")
    }

    /// The connection under it.
    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// What a query of the tool's own brings there.
    pub(super) fn rows(&mut self, query: &str) -> Result<Vec<Row>, QueryError> {
        self.connection.rows(query)
    }
}

impl Drop for FileSession<'_> {
    /// The next file shall not see it end.
    fn drop(&mut self) {
        self.connection.end();
    }
}

/// Whether a refusal is about who wants in, and to where. Others may come of the server's own trouble, which it does not
/// always name: before 15, a session that cannot write its cache for want of room is told no more than that.
fn says_why(error: &QueryError) -> bool {
    const CODES: [&str; 4] = [
        "28",    // invalid authorization
        "3D",    // no such database
        "42",    // no such role, no right
        "53300", // too many connections
    ];
    match error {
        QueryError::Wire(WireError::Refused(message)) => {
            CODES.iter().any(|code| message.code.starts_with(code))
        }
        _ => false,
    }
}

/// What of a file is to be run, in this order: its own text, and the call of functions that its header asks for.
pub(super) fn scripts_of(file: &TestFile) -> Result<Vec<ScriptText>, Broken> {
    let call = |call: &FunctionCall, line: u32| ScriptText {
        path: file.path.clone(),
        shown: Arc::clone(&file.shown),
        // It stands in the line that asks for it.
        text: format!("{:\n>1$}{2}", "", line as usize - 1, call.statement()).into(),
    };
    if let Some(functions) = &file.call {
        return Ok(vec![call(functions, 1)]);
    }
    let text = ScriptText::read(&file.path, Arc::clone(&file.shown))
        .map_err(|failure| (ReasonKind::Script, failure))?;
    let mut scripts = vec![text];
    if let Some(RunTests { schema, line }) = &file.header.runtests {
        let functions = FunctionCall {
            schema: Some(schema.clone()),
            matching: None,
        };
        scripts.push(call(&functions, *line));
    }
    Ok(scripts)
}

/// A failure that shows nowhere in the file.
pub(super) fn failure(kind: FailureKind, text: String) -> Failure {
    Failure {
        kind,
        text,
        location: None,
    }
}

/// How the file's session is opened: its role and options, and the role that it takes on afterwards.
fn login(
    file: &TestFile,
    database: ConnInfo,
    is_own: bool,
    template: &Template,
    conditions: &Conditions,
) -> Login {
    let mut info = database;
    let mut assumed_role = None;
    match role_of(file, conditions) {
        Some(role) if is_own => info = info.with_user(role),
        role => assumed_role = role.map(str::to_owned),
    }
    let search_path = conditions.search_path.as_ref();
    let mut options: Vec<String> = info.options.iter().cloned().collect();
    if !is_own && conditions.touched.is_some() {
        // On a server of the tool's own, its configuration says so.
        options.extend(COUNTING.map(|(name, value)| format!("-c {name}={value}")));
    }
    options.extend(search_path.map(|path| format!("-c search_path={}", escape_option(path))));
    options.extend(conditions.options.iter().cloned());
    info.options = (!options.is_empty()).then(|| options.join(" "));
    let reached_schema = match search_path {
        Some(_) => None,
        None => template.pgtap_schema.clone(),
    };
    Login {
        info,
        assumed_role,
        reached_schema,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ServerMessage;

    #[test]
    fn a_refusal_says_why_where_it_is_about_who_wants_in() {
        let refusal = |code: &str| {
            let message = ServerMessage {
                code: code.into(),
                ..ServerMessage::default()
            };
            says_why(&QueryError::Wire(WireError::Refused(Box::new(message))))
        };
        for code in ["28000", "28P01", "3D000", "42501", "42704", "53300"] {
            assert!(refusal(code), "{code}");
        }
        // Internal errors, a full disk, input and output, a server that recovers.
        for code in ["XX000", "53100", "58030", "57P03"] {
            assert!(!refusal(code), "{code}");
        }
    }
}
