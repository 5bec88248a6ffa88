//! `.gmrc`: graphile-migrate's settings, in JSON5.

use std::env;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::super::directory::{Directory, File};
use super::super::error::MigrationError;

/// What of the settings counts here.
#[derive(Debug, Default)]
pub(super) struct Gmrc {
    /// Words and what they are replaced by.
    pub(super) placeholders: Vec<(String, String)>,
    /// What is set in the session before each migration.
    pub(super) settings: Vec<(String, String)>,
    /// The scripts that run at an event, relative to the directory of migrations.
    hooks: Vec<(String, Vec<String>)>,
}

/// The events whose scripts run when a database is made from nothing.
const EVENTS: [&str; 5] = [
    "afterReset",
    "beforeAllMigrations",
    "afterAllMigrations",
    "beforeCurrent",
    "afterCurrent",
];

/// A reason, and the word of the settings that it is about.
type Wrong = (String, String);

impl Gmrc {
    /// The file, beside the directory of migrations or further up in the project.
    pub(super) fn path(directory: &Directory, base: &Path) -> Option<PathBuf> {
        let within = |place: &&Path| place.starts_with(&directory.project_dir);
        let beside = base.parent().into_iter().filter(|place| !within(place));
        let places = base.ancestors().take_while(within).chain(beside);
        let names = [".gmrc", ".gmrc.js", ".gmrc.cjs"];
        let mut files = places.flat_map(|place| names.map(|name| place.join(name)));
        files.find(|path| path.is_file())
    }

    /// Reads the file.
    ///
    /// # Errors
    /// What graphile-migrate would refuse, and what pgassay cannot do: settings that are a program, hooks that run one.
    pub(super) fn read(file: &File) -> Result<Self, MigrationError> {
        if file.file_name() != ".gmrc" {
            return Err(file.wrong(
                0,
                "graphile-migrate's settings are a program here, which pgassay does not run; write them as `.gmrc`, or let \
                 graphile-migrate itself migrate: `migrate_command = \"…\"`",
            ));
        }
        let text = file.text()?;
        let settings: Map<String, Value> = json5::from_str(text)
            .map_err(|error| file.wrong(0, format!("this is no JSON5: {error}")))?;
        Self::of(&settings).map_err(|(word, reason)| {
            let at = text.find(&word).unwrap_or(0);
            file.wrong(at, reason)
        })
    }

    fn of(settings: &Map<String, Value>) -> Result<Self, Wrong> {
        let mut gmrc = Self::default();
        if let Some(placeholders) = settings.get("placeholders").filter(|it| !it.is_null()) {
            let refused = || {
                (
                    "placeholders".to_owned(),
                    "`placeholders` must be an object of strings".to_owned(),
                )
            };
            for (word, value) in placeholders.as_object().ok_or_else(refused)? {
                let value = value.as_str().ok_or_else(refused)?;
                gmrc.placeholders
                    .push((word.clone(), placeholder(word, value)?));
            }
        }
        if let Some(owner) = settings.get("databaseOwner").and_then(Value::as_str) {
            gmrc.placeholders
                .push((":DATABASE_OWNER".to_owned(), owner.to_owned()));
        }
        let session = settings.get("pgSettings").and_then(Value::as_object);
        for (name, value) in session.into_iter().flatten() {
            let value = match value {
                Value::String(value) => value.clone(),
                Value::Number(value) => value.to_string(),
                _ => {
                    return Err((
                        name.clone(),
                        format!("`{name}` in `pgSettings` must be a string or a number"),
                    ));
                }
            };
            gmrc.settings.push((name.clone(), value));
        }
        for event in EVENTS {
            let actions = match settings.get(event) {
                None | Some(Value::Null) => continue,
                Some(Value::Array(actions)) => actions.iter().collect(),
                Some(action) => vec![action],
            };
            let mut files = Vec::new();
            for action in actions {
                files.extend(script(event, action)?);
            }
            gmrc.hooks.push((event.to_owned(), files));
        }
        Ok(gmrc)
    }

    /// The scripts that run at an event, relative to the directory of migrations.
    pub(super) fn hooks(&self, event: &str) -> &[String] {
        let hooks = self.hooks.iter().find(|(name, _)| name == event);
        hooks.map_or(&[], |(_, files)| files)
    }
}

/// The value of a placeholder.
fn placeholder(word: &str, value: &str) -> Result<String, Wrong> {
    let refused = |reason: String| Err((word.to_owned(), reason));
    let name = word.strip_prefix(':').unwrap_or_default();
    let is_name = name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .bytes()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_');
    if !is_name {
        return refused(format!(
            "`{word}` cannot be a placeholder; they are written `:ABCD_EFG`"
        ));
    }
    if ["DATABASE_NAME", "DATABASE_OWNER"].contains(&name) {
        return refused(format!(
            "`{word}` is graphile-migrate's own and cannot be said"
        ));
    }
    if value != "!ENV" {
        return Ok(value.to_owned());
    }
    match env::var(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        _ => refused(format!(
            "the placeholder `{word}` is `!ENV`, but the environment has no variable `{name}`; set it"
        )),
    }
}

/// The file of an action; none where it is not for a database of this kind.
fn script(event: &str, action: &Value) -> Result<Option<String>, Wrong> {
    if action.get("shadow") == Some(&Value::Bool(true)) {
        return Ok(None);
    }
    let command = action.get("command").and_then(Value::as_str);
    let file = match action {
        Value::String(file) => Some(file.strip_prefix('!').unwrap_or(file)),
        action => action.get("file").and_then(Value::as_str),
    };
    match (file, command) {
        (Some(file), _) => Ok(Some(file.to_owned())),
        (None, Some(command)) => Err((
            event.to_owned(),
            format!(
                "`{event}` runs the command `{command}`; pgassay runs only the hooks that are SQL files: say what it does in \
                 one, mark it `shadow: true` if it is not for this database, or let graphile-migrate itself migrate: \
                 `migrate_command = \"…\"`"
            ),
        )),
        (None, None) => Err((
            event.to_owned(),
            format!("`{event}` has an action that is neither a file nor a command"),
        )),
    }
}
