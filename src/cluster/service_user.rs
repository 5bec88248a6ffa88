//! The user that the server runs as: the one who runs the tool, or an unprivileged one when that is root,
//! since `PostgreSQL` refuses to run as root.

use std::io;
use std::os::unix::fs::{MetadataExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Uid, User};

use super::ClusterError;

/// Who runs the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUser {
    name: String,
    /// User and group to change to; none when the tool's own user runs the server.
    switch: Option<(u32, u32)>,
}

impl ServiceUser {
    /// Chooses the user: the tool's own unless that is root; then `named` (the value of
    /// `PGASSAY_SERVER_USER`, a name or a number), else `postgres`, else `nobody`.
    pub fn choose(named: Option<&str>) -> Result<Self, ClusterError> {
        let own = Uid::effective();
        if !own.is_root() {
            let current = name_of(own);
            return match named {
                Some(wanted) if wanted != current && wanted != own.to_string() => {
                    Err(ClusterError::UserNotAllowed {
                        wanted: wanted.to_owned(),
                        current,
                    })
                }
                _ => Ok(Self {
                    name: current,
                    switch: None,
                }),
            };
        }
        let candidates = named.map_or_else(|| vec!["postgres", "nobody"], |name| vec![name]);
        for name in &candidates {
            if let Some(user) = look_up(name) {
                if user.uid.is_root() {
                    return Err(ClusterError::UserMissing {
                        why: format!("PGASSAY_SERVER_USER is `{name}`, which is root"),
                    });
                }
                return Ok(Self {
                    name: user.name,
                    switch: Some((user.uid.as_raw(), user.gid.as_raw())),
                });
            }
        }
        let why = match named {
            Some(name) => {
                format!("PGASSAY_SERVER_USER is `{name}`, whom this system does not know")
            }
            None => "this system knows neither a user `postgres` nor `nobody`".to_owned(),
        };
        Err(ClusterError::UserMissing { why })
    }

    /// The user's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the server runs as another user than the tool.
    pub fn is_other(&self) -> bool {
        self.switch.is_some()
    }

    /// The user's number.
    pub(super) fn id(&self) -> u32 {
        self.switch
            .map_or_else(|| Uid::effective().as_raw(), |(uid, _)| uid)
    }

    /// Makes `command` run as this user, with no further groups.
    pub(super) fn apply(&self, command: &mut Command) {
        if let Some((uid, gid)) = self.switch {
            command.uid(uid).gid(gid);
        }
    }

    /// Gives `path` (itself, not what a symbolic link points to) to this user.
    pub(super) fn own(&self, path: &Path) -> io::Result<()> {
        match self.switch {
            Some((uid, gid)) => lchown(path, Some(uid), Some(gid)),
            None => Ok(()),
        }
    }

    /// The outermost directory on the way to `path` that this user may not enter, judged by owner and mode
    /// (groups beyond the first and access lists are not looked at); always none for the tool's own user.
    pub(super) fn barrier(&self, path: &Path) -> Option<PathBuf> {
        let (uid, gid) = self.switch?;
        let mut ancestors: Vec<&Path> = path.ancestors().collect();
        ancestors.reverse();
        ancestors
            .into_iter()
            .find(|directory| {
                directory.metadata().is_ok_and(|found| {
                    let bit = if found.uid() == uid {
                        0o100
                    } else if found.gid() == gid {
                        0o010
                    } else {
                        0o001
                    };
                    found.is_dir() && found.mode() & bit == 0
                })
            })
            .map(Path::to_path_buf)
    }
}

/// The name of `uid`, or its number where it has none.
fn name_of(uid: Uid) -> String {
    match User::from_uid(uid) {
        Ok(Some(user)) => user.name,
        _ => uid.to_string(),
    }
}

/// The user with this name, or with this number.
fn look_up(name: &str) -> Option<User> {
    if let Ok(Some(user)) = User::from_name(name) {
        return Some(user);
    }
    let uid = name.parse().ok()?;
    User::from_uid(Uid::from_raw(uid)).ok().flatten()
}
