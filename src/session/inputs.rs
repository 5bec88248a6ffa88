//! What scripts take from outside while they run: the files that they include or copy from. Who keeps the outcome of
//! scripts must know of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::script::{Fragment, Mention, dependence};

/// A record of what scripts took from outside.
#[derive(Debug, Default)]
pub struct Inputs {
    recorded: Mutex<Recorded>,
}

/// What scripts took from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The files that they read, by absolute path, each with the [`content_hash`] that it had; none for one that
    /// could not be read.
    pub files: BTreeMap<PathBuf, Option<String>>,
    /// Those of them that ran as scripts, as shown, each with the hash of the contents that ran.
    pub scripts: BTreeMap<String, String>,
    /// The variables of the environment that they asked for, each with a hash of its value; none where it was not set.
    pub variables: BTreeMap<String, Option<String>>,
    /// Whether they ask for the time, or define what will.
    pub on_time: bool,
    /// The place and the words by which a statement asked for the time itself: the first.
    pub on_moment: Option<String>,
    /// Why not all can be known that they depend on, where that is so: the first reason.
    pub unknown: Option<String>,
}

/// SHA-256 of a file's contents, in hexadecimal; none when it cannot be read.
pub fn content_hash(path: &Path) -> Option<String> {
    // What is no plain file may have no end.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    Some(hash_of(&fs::read(path).ok()?))
}

/// SHA-256 of a file's contents that were read already, in hexadecimal.
pub fn hash_of(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of a variable's value in the process's environment, in hexadecimal; none when it is not set.
pub fn variable_hash(name: &str) -> Option<String> {
    Some(hash_of(std::env::var_os(name)?.as_encoded_bytes()))
}

impl Inputs {
    /// A variable of the environment is asked for.
    pub(super) fn variable(&self, name: &str) {
        self.recording()
            .variables
            .insert(name.to_owned(), variable_hash(name));
    }

    /// Something is about to run whose outcome depends on what nobody knows.
    pub(super) fn unknown(&self, reason: String) {
        self.recording().unknown.get_or_insert(reason);
    }

    fn recording(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A statement is about to be sent.
    pub(super) fn statement(&self, fragment: &Fragment) {
        let found = dependence(fragment.text());
        let shown = |mention: &Mention| {
            let character =
                u32::try_from(mention.before).map_or(u32::MAX, |it| it.saturating_add(1));
            let location = fragment.locate(character);
            (
                format!("{}:{}", location.file, location.position.line),
                mention.words.clone(),
            )
        };
        let mut recorded = self.recording();
        recorded.on_time |= found.on_time || found.on_moment.is_some();
        if let (Some(mention), None) = (&found.on_moment, &recorded.on_moment) {
            let (place, words) = shown(mention);
            recorded.on_moment = Some(format!("{place} asks for the time (`{words}`)"));
        }
        if let (Some(mention), None) = (&found.on_outside, &recorded.unknown) {
            let (place, words) = shown(mention);
            recorded.unknown = Some(format!(
                "{place} has the server read what lies outside the database (`{words}`)"
            ));
        }
    }

    /// A file is about to be read, or was read. What it holds later is another file's matter.
    pub(super) fn file(&self, path: &Path) {
        self.contents(path, content_hash(path));
    }

    /// A script was read, and these were its contents, if it has any.
    pub(super) fn read(&self, path: &Path, shown: &str, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.script(path, shown, &hash_of(bytes)),
            None => self.contents(path, None),
        }
    }

    /// A script that was read earlier is about to run; its file had contents of this [`hash_of`].
    pub fn script(&self, path: &Path, shown: &str, hash: &str) {
        let mut recorded = self.recording();
        let scripts = &mut recorded.scripts;
        scripts
            .entry(shown.to_owned())
            .or_insert_with(|| hash.to_owned());
        drop(recorded);
        self.contents(path, Some(hash.to_owned()));
    }

    /// The scripts that were read since this was asked last.
    pub fn take_scripts(&self) -> BTreeMap<String, String> {
        std::mem::take(&mut self.recording().scripts)
    }

    fn contents(&self, path: &Path, hash: Option<String>) {
        let mut recorded = self.recording();
        match recorded.files.get(path) {
            // Whoever writes into a file between two readings makes two files of it.
            Some(before) if *before != hash => {
                let text = format!("{} changes while scripts read it", path.display());
                recorded.unknown.get_or_insert(text);
            }
            Some(_) => {}
            None => {
                recorded.files.insert(path.to_owned(), hash);
            }
        }
    }

    /// What was recorded so far.
    pub fn recorded(&self) -> Recorded {
        self.recording().clone()
    }
}
