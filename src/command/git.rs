//! Git, asked what it knows of a directory.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a hook of git has in its environment says which repository is meant, of whatever directory git is asked.
const OF_A_HOOK: [&str; 5] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
];

/// Runs git in a directory; what it printed.
///
/// # Errors
/// What git says, or that there is none.
pub(super) fn git(directory: &Path, arguments: &[&str]) -> Result<String, String> {
    let doing = arguments
        .iter()
        .find(|it| !it.starts_with('-') && !it.contains('='))
        .copied()
        .unwrap_or_default();
    let mut command = Command::new("git");
    for name in OF_A_HOOK {
        command.env_remove(name);
    }
    let output = command
        .arg("-C")
        .arg(directory)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run git: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("git {doing}: {}", said.trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The commit that is checked out in a directory, shortened; none where git knows none.
pub(super) fn commit(directory: &Path) -> Option<String> {
    let told = git(directory, &["rev-parse", "--short", "HEAD"]).ok()?;
    Some(told.trim().to_owned()).filter(|commit| !commit.is_empty())
}

/// The top of the work tree in which a directory lies, without symbolic links.
///
/// # Errors
/// That it lies in none, with what git says.
pub(super) fn work_tree(directory: &Path) -> Result<PathBuf, String> {
    let in_none =
        |said: String| format!("{} lies in no git work tree ({said})", directory.display());
    let told = git(directory, &["rev-parse", "--show-toplevel"]).map_err(in_none)?;
    let top = Path::new(told.trim_end_matches(['\n', '\r']));
    top.canonicalize()
        .map_err(|error| in_none(error.to_string()))
}

/// Whether the history there does not go back to its beginning.
pub(super) fn is_shallow(directory: &Path) -> bool {
    git(directory, &["rev-parse", "--is-shallow-repository"])
        .is_ok_and(|told| told.trim() == "true")
}
