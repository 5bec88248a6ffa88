//! Liquibase's changesets in formatted SQL: each is a part of a file. A changelog in XML, YAML or JSON tells the order of
//! the files; without one it is that of their names.

mod changelog;
mod changeset;
mod root;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::directory::{Directory, File};
use super::error::MigrationError;
use super::history::{History, Lock, VersionOrder};
use super::layout::{Layout, LayoutName, Signs};
use super::{Migration, MigrationScript};
use changelog::{is_formatted, is_header};

/// The layout.
pub(super) const LAYOUT: Layout = Layout {
    name: LayoutName {
        word: "liquibase",
        shown: "Liquibase",
    },
    usual_places: &["src/main/resources/db/changelog"],
    signs: Signs::Marks,
    recognise: |directory| {
        let formatted =
            directory.find(|file| file.text().is_ok_and(|text| text.lines().any(is_header)));
        formatted.or_else(|| {
            let root = directory
                .others
                .iter()
                .find(|file| root::is_changelog(file));
            root.map(|file| file.shown.to_string())
        })
    },
    read,
    history: Some(&HISTORY),
};

/// `databasechangelog`, as `CreateDatabaseChangeLogTableGenerator` of Liquibase makes it, and `databasechangeloglock`, whose
/// only row is locked while it is at work, and stays so when it is killed. A changeset that fails leaves no row.
const HISTORY: History = History {
    table: "databasechangelog",
    columns: &["id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum"],
    other_columns: &[],
    beside: None,
    query: "SELECT pg_catalog.regexp_replace(filename, '^.*/', '') || '::' || id || '::' || author, comments,
                   CASE exectype WHEN 'FAILED' THEN 'failed' ELSE 'applied' END, dateexecuted::pg_catalog.text, NULL
              FROM {table} ORDER BY orderexecuted, dateexecuted",
    is_single: false,
    lock: Lock::Query("SELECT EXISTS (SELECT FROM {schema}.databasechangeloglock WHERE locked)"),
    order: VersionOrder::None,
};

/// What is known while files are read, one after the other.
struct Reading<'d> {
    directory: &'d Directory,
    /// `${name}` and what it stands for: the first that is said counts.
    properties: BTreeMap<String, Property>,
    /// The files that are being read, each of which the one before includes.
    open: Vec<PathBuf>,
    migrations: Vec<Migration>,
}

/// What `${name}` stands for.
struct Property {
    value: String,
    /// The value as it is written in its file.
    written: String,
    /// The file that says it.
    path: PathBuf,
}

fn read(directory: &Directory, _: &str) -> Result<Vec<Migration>, MigrationError> {
    let mut reading = Reading {
        directory,
        properties: BTreeMap::new(),
        open: Vec::new(),
        migrations: Vec::new(),
    };
    match root::find(directory)? {
        Some(root) => {
            directory.refuse_several(LAYOUT.name.shown)?;
            reading.file(root)?;
            if reading.migrations.is_empty() {
                return Err(root.wrong(
                    0,
                    "it leads to no changeset in formatted SQL; include the files that hold them, or say `migrations = false` if there are none",
                ));
            }
        }
        None => {
            for file in &directory.sql {
                if !is_formatted(file)? {
                    return Err(file.wrong(
                        0,
                        "it does not begin with `--liquibase formatted sql`, as other files here do; name the order of all in a \
                         changelog, or move it elsewhere",
                    ));
                }
                reading.file(file)?;
            }
        }
    }
    refuse_duplicates(&reading.migrations)?;
    Ok(reading.migrations)
}

impl Reading<'_> {
    /// Reads a file, whichever kind it is of, behind those before.
    fn file(&mut self, file: &File) -> Result<(), MigrationError> {
        if self.open.contains(&file.path) {
            return Err(file.wrong(0, "it is included by a file that it includes"));
        }
        self.open.push(file.path.clone());
        if file.ends_with(".sql") {
            changelog::read(self, file)?;
        } else {
            root::read(self, file)?;
        }
        self.open.pop();
        Ok(())
    }

    /// A script of a file, with what is known in the place of `${name}`; what other files say is no part of it as it is written.
    fn script(
        &self,
        file: &File,
        run: &str,
        written: &str,
    ) -> Result<MigrationScript, MigrationError> {
        let script = file.with_text(self.expanded(run).into())?;
        Ok(script.with_written(&self.expanded_within(file, written)))
    }

    /// A text with what is known in the place of `${name}`.
    fn expanded(&self, text: &str) -> String {
        replaced(text, |name| Some(&self.properties.get(name)?.value))
    }

    /// A text with what a file itself says in the place of `${name}`.
    fn expanded_within(&self, file: &File, text: &str) -> String {
        let property = |name: &str| self.properties.get(name).filter(|it| it.path == file.path);
        replaced(text, |name| Some(&property(name)?.written))
    }
}

/// A text with values in the place of `${name}`, where there is one.
fn replaced<'v>(text: &str, value: impl Fn(&str) -> Option<&'v String>) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        done.push_str(before);
        let found = from.find('}').and_then(|end| {
            let value = value(from[2..end].trim())?;
            Some((value, &from[end + 1..]))
        });
        if let Some((value, behind)) = found {
            done.push_str(value);
            rest = behind;
        } else {
            done.push_str("${");
            rest = &from[2..];
        }
    }
    done.push_str(rest);
    done
}

/// Refuses two changesets of one name.
fn refuse_duplicates(migrations: &[Migration]) -> Result<(), MigrationError> {
    let mut seen: BTreeMap<&str, &Migration> = BTreeMap::new();
    for migration in migrations {
        let Some(version) = migration.version.as_deref() else {
            continue;
        };
        if let Some(first) = seen.insert(version, migration) {
            return Err(MigrationError::Duplicate {
                what: format!("file name, id and author, {version}"),
                first: first.script.shown.to_string(),
                second: migration.script.shown.to_string(),
            });
        }
    }
    Ok(())
}
