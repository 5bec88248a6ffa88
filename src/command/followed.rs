//! Followed scripts: those whose lines a coverage report speaks of, as they lie on disk. What a report says of lines is true
//! only as long as these are what was measured.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::coverage::Sources;
use crate::migration::{LayoutName, Migration, MigrationSet};
use crate::project::script_files;
use crate::script::decode;
use crate::session::hash_of;

/// A script that still is what was measured.
#[derive(Debug)]
pub(super) struct FollowedScript {
    /// As places name it.
    pub(super) shown: String,
    /// Where it lies, without symbolic links.
    pub(super) path: PathBuf,
    /// Its text.
    pub(super) text: String,
}

/// All scripts that made a schema.
///
/// # Errors
/// In words: that one of them, or which there are, is not what was measured.
pub(super) fn followed(
    sources: &Sources,
    project_dir: &Path,
) -> Result<Vec<FollowedScript>, String> {
    let mut scripts = Vec::with_capacity(sources.files.len());
    let mut stale = Vec::new();
    for (shown, hash) in &sources.files {
        let path = project_dir.join(shown);
        let read = || -> io::Result<_> { Ok((fs::read(&path)?, path.canonicalize()?)) };
        match read() {
            Ok((bytes, path)) if hash_of(&bytes) == *hash => scripts.push(FollowedScript {
                text: decode(shown, bytes).map_err(|error| error.to_string())?,
                shown: shown.clone(),
                path,
            }),
            Ok(_) => stale.push(format!("{shown} has changed")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                stale.push(format!("{shown} is gone"));
            }
            Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
        }
    }
    // A file that is missing needs no other reason.
    if stale.is_empty() {
        let here = here(sources, project_dir)?.into_iter();
        let new = here.filter(|shown| !sources.files.contains_key(shown));
        stale.extend(new.map(|shown| format!("{shown} was added")));
    }
    let Some(first) = stale.first() else {
        return Ok(scripts);
    };
    let more = match stale.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Err(format!(
        "{first}{more} since this was measured: run `pgassay test --coverage` again"
    ))
}

/// The scripts that are there now where they were looked for, as shown.
fn here(sources: &Sources, project_dir: &Path) -> Result<BTreeSet<String>, String> {
    let mut all = BTreeSet::new();
    let there = |place: &String| Some(project_dir.join(place)).filter(|path| path.exists());
    let migrations: Vec<PathBuf> = sources.migrations.iter().filter_map(there).collect();
    if !migrations.is_empty() {
        let layout = sources.layout.as_deref().map(LayoutName::parse);
        let set = MigrationSet::load(&migrations, layout.transpose()?, project_dir)
            .map_err(|error| error.to_string())?;
        let scripts = set.migrations.iter().flat_map(Migration::scripts);
        all.extend(scripts.map(|it| it.shown.to_string()));
    }
    for path in sources.others.iter().filter_map(there) {
        let scripts = script_files(&path, project_dir, "coverage");
        let scripts = scripts.map_err(|error| error.to_string())?;
        all.extend(scripts.iter().map(|it| it.shown.to_string()));
    }
    Ok(all)
}
