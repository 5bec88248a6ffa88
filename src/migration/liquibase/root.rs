//! A changelog in XML, YAML or JSON, of which only what includes other files is read.

use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use yaml_rust2::{Yaml, YamlLoader};

use super::super::directory::{Directory, File};
use super::super::error::MigrationError;
use super::Reading;
use crate::project::search;

/// What a changelog includes.
struct Include {
    /// Where it says so, in bytes.
    at: usize,
    /// A file, or a directory of which all files are included.
    path: String,
    is_directory: bool,
    /// Whether the path begins where the changelog lies.
    is_relative: bool,
}

const ADVICE: &str = "pgassay reads only `include` and `includeAll` here: write it in formatted SQL, or let Liquibase itself migrate: `migrate_command = \"…\"`";

/// Whether a file is a changelog that is not in SQL.
pub(super) fn is_changelog(file: &File) -> bool {
    let endings = [".xml", ".yaml", ".yml", ".json"];
    endings
        .iter()
        .any(|ending| file.file_name().ends_with(ending))
        && file
            .text()
            .is_ok_and(|text| text.contains("databaseChangeLog"))
}

/// The changelog that includes the others; none where there is none.
///
/// # Errors
/// Two that none includes.
pub(super) fn find(directory: &Directory) -> Result<Option<&File>, MigrationError> {
    let changelogs: Vec<&File> = directory
        .others
        .iter()
        .filter(|file| is_changelog(file))
        .collect();
    let mut included = Vec::new();
    if changelogs.len() > 1 {
        for file in &changelogs {
            for include in includes(file)? {
                included.extend(resolved(directory, file, &include)?);
            }
        }
    }
    let mut roots = changelogs
        .into_iter()
        .filter(|file| !included.contains(&file.path));
    match (roots.next(), roots.next()) {
        (Some(first), Some(second)) => Err(MigrationError::Duplicate {
            what: "place, the first of all changelogs (name the right one as `migrations`)"
                .to_owned(),
            first: first.shown.to_string(),
            second: second.shown.to_string(),
        }),
        (root, _) => Ok(root),
    }
}

/// Reads what a changelog includes, in its order.
pub(super) fn read(reading: &mut Reading<'_>, file: &File) -> Result<(), MigrationError> {
    for include in includes(file)? {
        for path in resolved(reading.directory, file, &include)? {
            let included = reading.directory.elsewhere(path);
            reading.file(&included)?;
        }
    }
    Ok(())
}

fn includes(file: &File) -> Result<Vec<Include>, MigrationError> {
    if file.ends_with(".xml") {
        of_xml(file)
    } else {
        of_yaml(file)
    }
}

fn of_xml(file: &File) -> Result<Vec<Include>, MigrationError> {
    let text = file.text()?;
    let mut reader = Reader::from_str(text);
    let mut all = Vec::new();
    loop {
        let event = reader.read_event();
        let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        let wrong = |reason: String| Err(file.wrong(at.min(text.len()), reason));
        match event {
            Err(error) => return wrong(format!("this is no XML: {error}")),
            Ok(Event::Eof) => return Ok(all),
            Ok(Event::Start(start) | Event::Empty(start)) => match start.local_name().as_ref() {
                b"databaseChangeLog" => {}
                b"include" => all.push(of_element(&start, at, "file", file)?),
                b"includeAll" => all.push(of_element(&start, at, "path", file)?),
                other => return wrong(format!("`{}`: {ADVICE}", String::from_utf8_lossy(other))),
            },
            Ok(_) => {}
        }
    }
}

fn of_element(
    element: &BytesStart<'_>,
    at: usize,
    key: &str,
    file: &File,
) -> Result<Include, MigrationError> {
    let value = |name: &str| {
        let mut attributes = element.attributes().filter_map(Result::ok);
        let attribute = attributes.find(|it| it.key.as_ref() == name.as_bytes())?;
        String::from_utf8(attribute.value.into_owned()).ok()
    };
    include(at, key, value, file)
}

/// What includes something, by its attributes.
fn include(
    at: usize,
    key: &str,
    value: impl Fn(&str) -> Option<String>,
    file: &File,
) -> Result<Include, MigrationError> {
    for name in [
        "filter",
        "resourceComparator",
        "endsWithFilter",
        "minDepth",
        "maxDepth",
    ] {
        if value(name).is_some() {
            return Err(file.wrong(at, format!("`{name}`: {ADVICE}")));
        }
    }
    let path = value(key)
        .ok_or_else(|| file.wrong(at, format!("it does not say which `{key}` is included")))?;
    let path = path.strip_prefix("classpath:").unwrap_or(&path);
    Ok(Include {
        at,
        path: path.trim_start_matches('/').to_owned(),
        is_directory: key == "path",
        is_relative: value("relativeToChangelogFile")
            .is_some_and(|it| it.eq_ignore_ascii_case("true")),
    })
}

fn of_yaml(file: &File) -> Result<Vec<Include>, MigrationError> {
    let text = file.text()?;
    let documents = YamlLoader::load_from_str(text).map_err(|error| {
        file.wrong(
            error.marker().index().min(text.len()),
            format!("this is neither YAML nor JSON: {}", error.info()),
        )
    })?;
    let mut all = Vec::new();
    let mut at = 0;
    for document in &documents {
        let Some(entries) = document["databaseChangeLog"].as_vec() else {
            return Err(file.wrong(0, "`databaseChangeLog` is no list"));
        };
        for entry in entries {
            let Some((Yaml::String(name), content)) =
                entry.as_hash().and_then(|entry| entry.iter().next())
            else {
                return Err(file.wrong(at, format!("an entry has no name: {ADVICE}")));
            };
            // Entries are in the order in which they stand.
            at += text[at..].find(name.as_str()).unwrap_or(0);
            let key = match name.as_str() {
                "include" => "file",
                "includeAll" => "path",
                other => return Err(file.wrong(at, format!("`{other}`: {ADVICE}"))),
            };
            let value = |name: &str| match &content[name] {
                Yaml::String(text) => Some(text.clone()),
                Yaml::Boolean(is) => Some(is.to_string()),
                Yaml::Integer(number) => Some(number.to_string()),
                _ => None,
            };
            all.push(include(at, key, value, file)?);
            at = (at + name.len()).min(text.len());
        }
    }
    Ok(all)
}

/// The files that something includes, in order. What is not relative is looked for from the changelog's directory upwards, as
/// Liquibase's search path is not known here.
fn resolved(
    directory: &Directory,
    file: &File,
    include: &Include,
) -> Result<Vec<PathBuf>, MigrationError> {
    let beside = file.path.parent().unwrap_or(Path::new("/"));
    let up = beside
        .ancestors()
        .take_while(|place| place.starts_with(&directory.project_dir));
    let places: Vec<&Path> = if include.is_relative {
        vec![beside]
    } else {
        std::iter::once(beside).chain(up.skip(1)).collect()
    };
    let found = places
        .iter()
        .map(|place| place.join(&include.path))
        .find(|path| path.exists());
    let Some(found) = found else {
        return Err(file.wrong(
            include.at,
            format!(
                "`{}` is not there, neither beside this file nor, seen from the project, above it",
                include.path
            ),
        ));
    };
    if !include.is_directory {
        return Ok(vec![found]);
    }
    let wanted = |path: &Path| {
        let name = path.to_string_lossy();
        [".sql", ".xml", ".yaml", ".yml", ".json"]
            .iter()
            .any(|ending| name.ends_with(ending))
    };
    let files = search(&found, |name| !name.starts_with('.'), wanted);
    let mut files = files.map_err(|error| MigrationError::Read {
        path: error.path,
        source: error.source,
    })?;
    files.sort();
    Ok(files)
}
