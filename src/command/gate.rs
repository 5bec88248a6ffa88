//! `pgassay gate`: whether a database has the schema that the code needs, before the code is deployed.

use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::groundwork::migrations;
use super::target::Way;
use super::{Error, Exit, print};
use crate::cli::{DataFormat, GateArgs, GlobalArgs, Tool};
use crate::deployment::{GateState, KeptHistory, Sight, histories};
use crate::migration::{Layout, LayoutName, MigrationSet, Version, VersionOrder};
use crate::run;
use crate::session::{Connection, Watch};
use crate::settings::{Environment, Settings};

/// How long it waits between two looks, at first; then longer.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What the gate says.
#[derive(Debug, Serialize)]
struct Answer {
    /// Whether the code may be deployed.
    satisfied: bool,
    /// `satisfied`, `behind`, `running`, `failed`, or `unknown` where it cannot be told.
    state: &'static str,
    /// The version that is needed.
    needed: String,
    /// The newest version, or the one that is running or failed.
    version: Option<String>,
    /// The tool whose history was read.
    tool: Option<&'static str>,
    /// The history.
    history: Option<String>,
    /// In one line.
    reason: String,
    /// How long it was waited, in milliseconds.
    waited_ms: u64,
}

/// What a look brought.
enum Look {
    /// The state by a history.
    State(GateState, &'static str, String),
    /// There is no history, but for these, which do not count.
    NoHistory(Vec<String>),
    /// The server cannot be reached now.
    Unreachable(String),
    /// It cannot be told, and waiting does not help.
    Unknown(String),
}

impl Look {
    /// What it is waited for.
    fn in_words(&self, needed: &str) -> String {
        let which =
            |version: &Option<String>| version.clone().unwrap_or_else(|| "a migration".to_owned());
        match self {
            Self::State(GateState::Behind { reason, .. }, ..) => reason.clone(),
            Self::State(GateState::Running { version, .. }, ..) => {
                format!("{} is running", which(version))
            }
            Self::State(..) => String::new(),
            Self::NoHistory(_) => {
                format!("there is no history of migrations, and {needed} is needed")
            }
            Self::Unreachable(text) | Self::Unknown(text) => text.clone(),
        }
    }
}

pub(super) fn run(
    global: &GlobalArgs,
    arguments: &GateArgs,
    environment: &Environment,
) -> Result<Exit, Error> {
    let settings = Settings::of_project(global, &arguments.migrating.clone().into(), environment)?;
    let way = Way::of(&settings, &arguments.target, environment)?;
    let set = migrations(&settings)?;
    let needed = Needed::of(arguments, set.as_ref())?;
    let watch = Watch {
        deadline: None,
        interruption: Some(run::listen_for_interruption()?),
    };
    let began = Instant::now();
    let deadline = began + arguments.wait.unwrap_or_default();
    let mut pause = FIRST_PAUSE;
    let mut told = String::new();
    let look = loop {
        let look = look(&way, arguments.tool, set.as_ref(), &needed, &watch);
        let may_change = !matches!(
            look,
            Look::Unknown(_)
                | Look::State(GateState::Satisfied { .. } | GateState::Failed { .. }, ..)
        );
        if !may_change || Instant::now() >= deadline {
            break look;
        }
        let why = look.in_words(&needed.version);
        if why != told {
            super::remark(&format!("waiting: {why}"));
            told = why;
        }
        if !sleep(
            pause.min(deadline.saturating_duration_since(Instant::now())),
            &watch,
        ) {
            return Ok(Exit::Interrupted);
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    };
    let waited = arguments.wait.map(|_| began.elapsed());
    let (answer, exit) = answer(look, needed.version, &way, waited);
    match arguments.format {
        DataFormat::Json => {
            let mut text = serde_json::to_string(&answer)?;
            text.push('\n');
            print(text.as_bytes())?;
        }
        // What cannot be told is an error, and told as such.
        DataFormat::Text if exit == Exit::Error => return Err(answer.reason.into()),
        DataFormat::Text => {
            print(format!("{}: {}\n", answer.state, answer.reason).as_bytes())?;
        }
    }
    Ok(exit)
}

/// The version that is needed.
#[derive(Debug)]
struct Needed {
    version: String,
    /// Whether it was said, and is not just the last one here.
    is_said: bool,
}

impl Needed {
    fn of(arguments: &GateArgs, set: Option<&MigrationSet>) -> Result<Self, Error> {
        if let Some(version) = &arguments.at_least {
            return Ok(Self {
                version: version.clone(),
                is_said: true,
            });
        }
        let last = set.and_then(|set| {
            let mut versions = set.migrations.iter().rev();
            versions.find_map(|migration| migration.version.clone())
        });
        let version = last.ok_or(
            "it is not known which version the code needs: there are no migrations with versions here; say --at-least VERSION",
        )?;
        Ok(Self {
            version,
            is_said: false,
        })
    }
}

/// Sleeps, unless a signal comes.
fn sleep(pause: Duration, watch: &Watch) -> bool {
    let until = Instant::now() + pause;
    while Instant::now() < until {
        if watch
            .interruption
            .as_ref()
            .is_some_and(crate::session::Interruption::is_set)
        {
            return false;
        }
        thread::sleep(
            Duration::from_millis(20).min(until.saturating_duration_since(Instant::now())),
        );
    }
    true
}

/// Looks once.
fn look(
    way: &Way,
    tool: Option<Tool>,
    set: Option<&MigrationSet>,
    needed: &Needed,
    watch: &Watch,
) -> Look {
    let mut connection = match Connection::open(&way.info, watch.clone()) {
        Ok(connection) => connection,
        Err(error) => {
            let text = format!("cannot reach {}: {error}", way.in_words());
            return if error.may_pass() {
                Look::Unreachable(text)
            } else {
                Look::Unknown(text)
            };
        }
    };
    match sight(&mut connection, tool, set, needed) {
        Ok(look) => look,
        Err(error) if connection.is_lost() => Look::Unreachable(error.to_string()),
        Err(error) => Look::Unknown(error.to_string()),
    }
}

/// What a session sees. It only reads, and leaves the session as it was, which may be a pooler's.
fn sight(
    connection: &mut Connection,
    tool: Option<Tool>,
    set: Option<&MigrationSet>,
    needed: &Needed,
) -> Result<Look, Error> {
    connection.execute("BEGIN TRANSACTION READ ONLY")?;
    let all = histories(connection)?;
    let history = chosen(&all, tool, set.map(|set| set.layout))?;
    let look = if let Some(history) = history {
        judged(connection, history, set, needed)?
    } else {
        let others = all
            .iter()
            .map(|it| format!("{} ({})", it.table, it.tool.word));
        Look::NoHistory(others.collect())
    };
    connection.execute("ROLLBACK")?;
    Ok(look)
}

fn judged(
    connection: &mut Connection,
    history: &KeptHistory,
    set: Option<&MigrationSet>,
    needed: &Needed,
) -> Result<Look, Error> {
    let order = order(history, set);
    if order == VersionOrder::Numbers && Version::parse(&needed.version).is_none() {
        let digits = needed
            .version
            .trim_start_matches(|c: char| !c.is_ascii_digit());
        let meant = match Version::parse(digits) {
            Some(_) => format!("; did you mean {digits}?"),
            None => String::new(),
        };
        return Ok(Look::Unknown(format!(
            "`{}` is no version: those of {} are numbers{meant}",
            needed.version, history.tool.shown
        )));
    }
    let mut applied = history.read(connection)?;
    let at_work = loop {
        let at_work = history.is_at_work(connection)?;
        // What ended between the two looks was neither running nor had it failed.
        let again = history.read(connection)?;
        if again == applied {
            break at_work;
        }
        applied = again;
    };
    let judge = |version: &str| {
        GateState::of(
            Sight {
                applied: &applied,
                at_work,
                order,
                is_single: history.history.is_single,
            },
            version,
        )
    };
    let mut state = judge(&needed.version);
    // Nobody said a version: then none of those here may have been left out.
    if let (GateState::Satisfied { .. }, Some(set), false) = (&state, set, needed.is_said) {
        let mut states = set.versions().map(judge);
        if let Some(other) = states.find(|it| !matches!(it, GateState::Satisfied { .. })) {
            state = other;
        }
    }
    Ok(Look::State(
        state,
        history.tool.shown,
        history.table.clone(),
    ))
}

/// How the versions of a history compare; those of pgassay's own as in the tool that the migrations are laid out for.
fn order(history: &KeptHistory, set: Option<&MigrationSet>) -> VersionOrder {
    let of_layout = || {
        let name = set?.layout;
        let layout = Layout::all().find(|layout| layout.name == name)?;
        Some(layout.history?.order)
    };
    if history.is_own() {
        of_layout().unwrap_or(history.history.order)
    } else {
        history.history.order
    }
}

/// The history that counts, of those that there are.
///
/// # Errors
/// When there are several, and nothing says which.
fn chosen(
    all: &[KeptHistory],
    tool: Option<Tool>,
    layout: Option<LayoutName>,
) -> Result<Option<&KeptHistory>, Error> {
    let is = |history: &&KeptHistory, tool: Tool| match tool {
        Tool::Own => history.is_own(),
        Tool::Other(name) => history.tool == name,
    };
    if let Some(tool) = tool {
        let its: Vec<_> = all.iter().filter(|history| is(history, tool)).collect();
        return one(&its);
    }
    let own: Vec<_> = all.iter().filter(|history| history.is_own()).collect();
    if !own.is_empty() {
        return one(&own);
    }
    let of_layout: Vec<_> = all
        .iter()
        .filter(|history| Some(history.tool) == layout)
        .collect();
    if of_layout.is_empty() {
        one(&all.iter().collect::<Vec<_>>())
    } else {
        one(&of_layout)
    }
}

fn one<'h>(found: &[&'h KeptHistory]) -> Result<Option<&'h KeptHistory>, Error> {
    match found {
        [] => Ok(None),
        [history] => Ok(Some(history)),
        several => {
            let told: Vec<String> = several
                .iter()
                .map(|history| format!("{} ({})", history.table, history.tool.word))
                .collect();
            Err(format!(
                "the database has several histories of migrations: {}; say which tool's counts by --tool",
                told.join(", ")
            )
            .into())
        }
    }
}

fn answer(look: Look, needed: String, way: &Way, waited: Option<Duration>) -> (Answer, Exit) {
    let place = way.in_words();
    let mut answer = Answer {
        satisfied: false,
        state: "unknown",
        version: None,
        tool: None,
        history: None,
        reason: String::new(),
        waited_ms: waited.map_or(0, |it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX)),
        needed,
    };
    let needed = &answer.needed;
    let exit = match look {
        Look::Unknown(reason) | Look::Unreachable(reason) => {
            answer.reason = reason;
            Exit::Error
        }
        Look::NoHistory(others) => {
            answer.state = "behind";
            let others = match &others[..] {
                [] => String::new(),
                others => format!(" (but {}, which was not asked for)", others.join(", ")),
            };
            answer.reason = format!(
                "there is no history of migrations{others}, and {needed} is needed · {place}"
            );
            Exit::Gate
        }
        Look::State(state, tool, table) => {
            answer.tool = Some(tool);
            let which = |version: &Option<String>| {
                version.clone().unwrap_or_else(|| "a migration".to_owned())
            };
            let (word, version, reason, exit) = match state {
                GateState::Satisfied { version } => {
                    let reason = format!(
                        "{} is applied, and at least {needed} is needed",
                        which(&version)
                    );
                    ("satisfied", version, reason, Exit::Success)
                }
                GateState::Behind { version, reason } => ("behind", version, reason, Exit::Gate),
                GateState::Running { version, certain } => {
                    let reason = if certain {
                        format!("{} is running", which(&version))
                    } else {
                        format!(
                            "{} was begun and has not ended: it is running, or it failed, which {tool} does not show",
                            which(&version)
                        )
                    };
                    ("running", version, reason, Exit::Gate)
                }
                GateState::Failed { version } => {
                    let reason = format!("{} failed, and nobody is at work on it", which(&version));
                    ("failed", version, reason, Exit::Gate)
                }
            };
            answer.satisfied = exit == Exit::Success;
            answer.state = word;
            answer.reason = format!("{reason} · {tool}, {table} · {place}");
            answer.version = version;
            answer.history = Some(table);
            exit
        }
    };
    (answer, exit)
}
