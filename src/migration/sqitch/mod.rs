//! Sqitch's changes: `sqitch.plan` tells which there are and their order, `deploy/`, `revert/` and `verify/` hold their
//! scripts, and `sqitch.conf` may say that they lie elsewhere.

mod conf;
mod plan;

use std::path::{Path, PathBuf};

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::{Migration, MigrationScript, Transaction};
use conf::Conf;
use plan::{Change, Plan};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "sqitch",
        shown: "Sqitch",
    },
    usual_places: &["sqitch.conf"],
    signs: Signs::Marks,
    recognise: |directory| match Project::find(directory) {
        Ok(project) => Some(project?.plan.shown.to_string()),
        // Reading it tells of that.
        Err(_) => Some(format!("{}/{CONF}", directory.shown)),
    },
    read,
    history: Some(&HISTORY),
};

/// `changes`, `tags` and `events` of Sqitch's registry, as its `Engine/pg.sql` makes them, in the schema `sqitch` unless it
/// is told another. A change that fails leaves only an event, which a change deployed later answers. Instances of a change that
/// was reworked are told by their order, as those of the plan are: one that failed is the one behind those that are deployed. The
/// lock is that of `try_lock` in `Engine/pg.pm`.
const HISTORY: History = History {
    table: "changes",
    columns: &["change_id", "script_hash", "change", "project", "committed_at", "committer_name", "planned_at"],
    other_columns: &[],
    beside: None,
    query: "SELECT version, description, state, happened::pg_catalog.text, who
              FROM (SELECT change || CASE WHEN instance > 1 THEN '#' || instance ELSE '' END AS version,
                           note AS description, state, committed_at AS happened, committer_name AS who
                      FROM (SELECT c.change, c.note, 'applied' AS state, c.committed_at, c.committer_name,
                                   row_number() OVER (PARTITION BY c.project, c.change ORDER BY c.committed_at) AS instance
                              FROM {table} c
                            UNION ALL
                            SELECT f.change, f.note, 'failed', f.committed_at, f.committer_name,
                                   1 + (SELECT count(*) FROM {table} c WHERE c.project = f.project AND c.change = f.change)
                              FROM {schema}.events f
                             WHERE f.event = 'fail'
                               AND NOT EXISTS (SELECT FROM {schema}.events later
                                     WHERE later.project = f.project AND later.committed_at > f.committed_at
                                       AND (later.event = 'deploy' OR later.change_id = f.change_id))) instances) noted
             ORDER BY happened",
    is_single: false,
    lock: Lock::Advisory(|_| vec![75_474_063]),
    order: VersionOrder::None,
};

/// The plan's name where nothing says another.
const PLAN: &str = "sqitch.plan";
const CONF: &str = "sqitch.conf";

/// Where a project of Sqitch keeps what.
struct Project {
    plan: File,
    conf: Conf,
    /// What paths in the settings are relative to.
    base: PathBuf,
    /// The directory of the scripts' directories.
    top: PathBuf,
}

impl Project {
    /// The project that the directory is, is the top directory or a directory of scripts of, or holds the plan of.
    fn find(directory: &Directory) -> Result<Option<Self>, MigrationError> {
        let [root] = &directory.roots[..] else {
            return Ok(None);
        };
        let said = match (directory.is_single, &directory.others[..]) {
            (false, _) => None,
            (true, [file]) if file.ends_with(".plan") => Some(file),
            (true, [file]) if file.file_name() == CONF => None,
            (true, _) => return Ok(None),
        };
        // Settings further up may be those of another project.
        let is_here = root.join(PLAN).is_file() || root.join(CONF).is_file();
        let within = |place: &&Path| place.starts_with(&directory.project_dir);
        let above = root.ancestors().skip(1).take_while(within);
        let beside = root.parent().into_iter().filter(|place| !within(place));
        for base in std::iter::once(root.as_path()).chain(above).chain(beside) {
            if !base.join(CONF).is_file() {
                continue;
            }
            let conf = match Conf::read(&directory.elsewhere(base.join(CONF))) {
                Ok(conf) => conf,
                Err(error) if said.is_some() || is_here => return Err(error),
                Err(_) => continue,
            };
            let top = base.join(conf.get("top_dir").unwrap_or(""));
            let plan = match (said, conf.get("plan_file")) {
                (Some(said), _) => said.path.clone(),
                (None, Some(path)) => base.join(path),
                (None, None) => top.join(PLAN),
            };
            let project = Self {
                plan: directory.elsewhere(clean(&plan)),
                base: base.to_owned(),
                top: clean(&top),
                conf,
            };
            let deploy = project.dir("deploy_dir", &project.top, "deploy");
            let holds = [&project.base, &project.top, &deploy].contains(&root)
                || project.plan.path.parent() == Some(root);
            if holds && project.plan.path.is_file() {
                return Ok(Some(project));
            }
        }
        let is_deploy = root.file_name().is_some_and(|name| name == "deploy");
        let top = match root.parent() {
            Some(parent) if is_deploy && !root.join(PLAN).is_file() => parent,
            _ => root,
        };
        let plan = said.map_or_else(|| top.join(PLAN), |said| said.path.clone());
        Ok(plan.is_file().then(|| Self {
            plan: directory.elsewhere(plan),
            conf: Conf::default(),
            base: top.to_owned(),
            top: top.to_owned(),
        }))
    }

    /// A directory: as the settings say, or by its name below another.
    fn dir(&self, key: &str, below: &Path, name: &str) -> PathBuf {
        clean(&match self.conf.get(key) {
            Some(said) => self.base.join(said),
            None => below.join(name),
        })
    }

    /// The script of a change that is there for a purpose, be it there or not.
    fn script(&self, what: &str, change: &Change) -> PathBuf {
        let extension = self.conf.get("extension").unwrap_or("sql");
        let file =
            |dir: &Path, suffix: &str| dir.join(format!("{}{suffix}.{extension}", change.name));
        let Some(latest) = change.rework_tags.first() else {
            return file(&self.dir(&format!("{what}_dir"), &self.top, what), "");
        };
        let top = match self.conf.get("reworked_dir") {
            Some(said) => self.base.join(said),
            None => self.top.clone(),
        };
        let dir = |what: &str| self.dir(&format!("reworked_{what}_dir"), &top, what);
        let deploy = dir("deploy");
        let mut tags = change.rework_tags.iter();
        let tag = tags.find(|tag| file(&deploy, &format!("@{tag}")).is_file());
        file(&dir(what), &format!("@{}", tag.unwrap_or(latest)))
    }
}

/// A path without `.` and without `..` behind a name.
fn clean(path: &Path) -> PathBuf {
    use std::path::Component::{CurDir, Normal, ParentDir};
    let mut cleaned = PathBuf::new();
    for part in path.components() {
        match part {
            CurDir => {}
            ParentDir if matches!(cleaned.components().next_back(), Some(Normal(_))) => {
                cleaned.pop();
            }
            _ => cleaned.push(part),
        }
    }
    cleaned
}

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    directory.refuse_several(LAYOUT.name.shown)?;
    let Some(project) = Project::find(directory)? else {
        let root = directory.roots.first().unwrap_or(&directory.project_dir);
        return Err(MigrationError::Missing {
            what: "the plan of Sqitch's changes",
            path: root.join(PLAN),
        });
    };
    let plan = Plan::parse(&project.plan)?;
    let migration = |change: &Change| migration(directory, &project, change);
    plan.changes.iter().map(migration).collect()
}

fn migration(
    directory: &Directory,
    project: &Project,
    change: &Change,
) -> Result<Migration, MigrationError> {
    let script = |what: &str| -> Result<Option<MigrationScript>, MigrationError> {
        let path = project.script(what, change);
        if !path.is_file() {
            return Ok(None);
        }
        let mut script = directory.elsewhere(path).script()?;
        script.variables = project.conf.variables(what);
        Ok(Some(script))
    };
    let Some(deploy) = script("deploy")? else {
        let path = project.script("deploy", change);
        let shown = crate::settings::shown(&directory.project_dir, &path);
        let reason = format!(
            "the change `{}` is planned, but its deploy script {shown} is not there; write it, or take the change out of the plan",
            change.name
        );
        return Err(project.plan.wrong(change.at, reason));
    };
    // Instances of a reworked change have one name. A later one changes nothing about those before it.
    let version = match change.instance {
        1 => change.name.clone(),
        instance => format!("{}#{instance}", change.name),
    };
    let description = change.note.lines().next().unwrap_or_default();
    Ok(Migration {
        down: script("revert")?,
        verify: script("verify")?,
        transaction: Transaction::Apart,
        ..Migration::of(Some(version), description.to_owned(), deploy)
    })
}
