//! Atlas' migrations: `20240101120000_name.sql` in a directory whose `atlas.sum` holds the hash of each.

mod sum;

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::text::{lines, with_semicolons};
use super::{Migration, Scope, Transaction};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "atlas",
        shown: "Atlas",
    },
    usual_places: &[],
    signs: Signs::Marks,
    recognise: |directory| {
        let sum = directory.file(SUM).map(|file| file.shown.to_string());
        sum.or_else(|| {
            directory.find(|file| {
                file.text()
                    .is_ok_and(|text| directives(text).next().is_some())
            })
        })
    },
    read,
    history: Some(&HISTORY),
};

/// `atlas_schema_revisions`, as `ent/schema/revision.go` of Atlas describes it, in a schema of that name unless it is told
/// another; a row whose version begins with a dot is Atlas' own. A row is written before the first statement and after each;
/// in a transaction, one that fails leaves none. The lock is that of `Driver.Lock` in `sql/postgres/driver.go`: FNV-1 of
/// `atlas_migrate_execute`.
const HISTORY: History = History {
    table: "atlas_schema_revisions",
    columns: &["version", "description", "type", "applied", "total", "executed_at", "error", "error_stmt", "hash", "operator_version"],
    other_columns: &[],
    beside: None,
    query: "SELECT version, description,
                   CASE WHEN error <> '' THEN 'failed' WHEN applied < total THEN 'begun' ELSE 'applied' END,
                   executed_at::pg_catalog.text, NULL
              FROM {table} WHERE version NOT LIKE '.%' ORDER BY version",
    is_single: false,
    lock: Lock::Advisory(|_| vec![LOCK]),
    order: VersionOrder::Texts,
};

const LOCK: i64 = 2_686_470_616;
const SUM: &str = "atlas.sum";

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    directory.refuse_several(LAYOUT.name.shown)?;
    let mut files: Vec<&File> = directory
        .sql
        .iter()
        .filter(|file| !file.name.contains('/'))
        .collect();
    files.sort_by(|left, right| left.name.cmp(&right.name));
    refuse_other_formats(&files)?;
    let Some(sum) = directory.file(SUM) else {
        let root = directory.roots.first().unwrap_or(&directory.project_dir);
        return Err(MigrationError::Missing {
            what: "the hashes of Atlas' migrations; `atlas migrate hash` writes them",
            path: root.join(SUM),
        });
    };
    sum::check(sum, &files)?;
    let mut migrations: Vec<Migration> = Vec::with_capacity(files.len());
    for file in files {
        let migration = migration(file)?;
        // A checkpoint may have the version of what it stands for.
        let first = migrations
            .last()
            .filter(|it| it.version == migration.version && migration.scope != Scope::Baseline);
        if let Some(first) = first {
            return Err(MigrationError::Duplicate {
                what: format!("version {}", migration.version.unwrap_or_default()),
                first: first.script.shown.to_string(),
                second: file.shown.to_string(),
            });
        }
        migrations.push(migration);
    }
    Ok(migrations)
}

/// Atlas takes directories of other tools too, whose files mean something else.
fn refuse_other_formats(files: &[&File]) -> Result<(), MigrationError> {
    let is_other = |file: &&&File| file.ends_with(".up.sql") || file.ends_with(".down.sql");
    match files.iter().find(is_other) {
        None => Ok(()),
        Some(file) => Err(file.wrong(
            0,
            "this directory has Atlas' hashes, but its files are named for golang-migrate: say `layout = \"golang-migrate\"`",
        )),
    }
}

/// A file's migration.
fn migration(file: &File) -> Result<Migration, MigrationError> {
    let text = file.text()?;
    let (mut transaction, mut is_checkpoint, mut is_archive) = (None, false, false);
    for directive in directives(text) {
        let wrong = |reason: String| Err(file.wrong(directive.at, reason));
        match (directive.name, directive.value) {
            ("checkpoint", _) => is_checkpoint = true,
            ("txtar", _) => is_archive = true,
            ("txmode", _) if transaction.is_some() => {
                return wrong("`atlas:txmode` is said twice".to_owned());
            }
            ("txmode", "none") => transaction = Some(Transaction::Apart),
            ("txmode", "file") => transaction = Some(Transaction::Whole),
            ("txmode", value) => {
                return wrong(format!(
                    "`atlas:txmode {value}` cannot be said in a file; `none` and `file` can"
                ));
            }
            _ => {}
        }
    }
    let delimiter =
        directives(text).find(|directive| directive.name == "delimiter" && directive.at == 0);
    let (version, description) = file.stem().split_once('_').unwrap_or((file.stem(), ""));
    let mut down = None;
    let script = if is_archive {
        let sections = sections(file)?;
        down = sections.down.map(|down| file.parts(&[down])).transpose()?;
        file.parts(&[sections.up])?
    } else if let Some(delimiter) = delimiter {
        {
            let ends = delimiter
                .value
                .replace("\\n", "\n")
                .replace("\\r", "\r")
                .replace("\\t", "\t");
            let body = text.find('\n').map_or(text.len(), |end| end + 1);
            file.with_text(with_semicolons(text, body..text.len(), &ends).into())?
        }
    } else {
        file.script()?
    };
    Ok(Migration {
        down,
        // An empty database begins with the newest one, which holds all before it.
        scope: if is_checkpoint {
            Scope::Baseline
        } else {
            Scope::Always
        },
        transaction: transaction.unwrap_or(Transaction::Whole),
        ..Migration::of(
            Some(version.to_owned()),
            description.replace('_', " "),
            script,
        )
    })
}

/// What a file says to Atlas.
struct Directive<'t> {
    /// The byte where its line begins.
    at: usize,
    name: &'t str,
    value: &'t str,
}

/// What a file says to Atlas in the comments that it begins with, which an empty line parts from the rest; the first line
/// counts in any case.
fn directives(text: &str) -> impl Iterator<Item = Directive<'_>> {
    let head = lines(text).take_while(|(_, line)| line.starts_with("--") || line.starts_with('#'));
    let (count, end) = head.fold((0, 0), |(count, _), (range, _)| (count + 1, range.end));
    let rest = text
        .get(end..)
        .unwrap_or_default()
        .trim_start_matches(['\r'])
        .strip_prefix('\n');
    let is_apart = rest.is_none_or(|rest| {
        rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n') || rest.is_empty()
    });
    let counted = if is_apart { count } else { count.min(1) };
    lines(text).take(counted).filter_map(|(range, line)| {
        let (_, directive) = line.split_once("atlas:")?;
        let (name, value) = directive.split_once(' ').unwrap_or((directive, ""));
        let is_name =
            !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
        is_name.then(|| Directive {
            at: range.start,
            name,
            value: value.trim(),
        })
    })
}

/// The sections of a file that is an archive.
struct Sections {
    up: std::ops::Range<usize>,
    down: Option<std::ops::Range<usize>>,
}

fn sections(file: &File) -> Result<Sections, MigrationError> {
    let text = file.text()?;
    let mut marks = Vec::new();
    for (range, line) in lines(text) {
        let name = line
            .strip_prefix("-- ")
            .and_then(|line| line.strip_suffix(" --"));
        marks.extend(name.map(|name| (name.trim(), range)));
    }
    let ends = marks
        .iter()
        .skip(1)
        .map(|(_, range)| range.start)
        .chain([text.len()]);
    let (mut up, mut down) = (None, None);
    for ((name, range), end) in marks.iter().zip(ends) {
        match *name {
            "migration.sql" => up = Some(range.end..end),
            "down.sql" => down = Some(range.end..end),
            name => {
                return Err(file.wrong(
                    range.start,
                    format!("the section `{name}` is a check of Atlas', which pgassay does not run; let Atlas itself migrate: `migrate_command = \"…\"`"),
                ));
            }
        }
    }
    let up = up.ok_or_else(|| {
        file.wrong(
            0,
            "it is an archive (`atlas:txtar`) without a section `-- migration.sql --`",
        )
    })?;
    Ok(Sections { up, down })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_atlas_stands_before_an_empty_line() {
        let told = |text| {
            let all = directives(text).map(|it| format!("{} {}", it.name, it.value));
            all.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(
            told("-- atlas:txmode none\n-- atlas:checkpoint v1\n\nSELECT 1;"),
            "txmode none, checkpoint v1"
        );
        assert_eq!(
            told("-- atlas:delimiter -- end\n-- atlas:txmode none\nSELECT 1;"),
            "delimiter -- end"
        );
        assert_eq!(told("-- other\n-- atlas:txmode none\nSELECT 1;"), "");
        assert_eq!(told("SELECT 1; -- atlas:txmode none"), "");
    }
}
