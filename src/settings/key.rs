//! The keys of the settings file: one line a key. Decides nothing about what a setting means to others.

use std::path::PathBuf;
use std::str::FromStr;

use bytesize::ByteSize;
use clap::ValueEnum;

use crate::migration::LayoutName;
use crate::script::parse_duration;
use crate::session::conninfo::Secret;

use super::absolute::absolute;
use super::coverage;
use super::document::Entry;
use super::error::SettingsError;
use super::layer::{Layer, Shuffle, Variables};
use super::name::{
    check_database_name, check_name, check_printing, check_variable, check_variable_name,
    parse_ending,
};
use super::nearest::nearest;
use super::origin::Said;
use super::snapshot;
use super::{Glob, PgtapSource, StateOptions};

/// A key of the settings file and of each of its profiles.
pub(super) struct Key {
    /// The key with its table, such as `pgtap.source`.
    pub(super) name: &'static str,
    read: fn(&mut Layer, Entry<'_>) -> Result<(), SettingsError>,
}

/// The table of the file whose tables are layers of their own.
pub(super) const PROFILE: &str = "profile";
/// The table of the file whose tables are databases that are not only the tests'.
pub(super) const ENVIRONMENT: &str = "environment";

/// Every key, in the order of the documentation.
pub(super) const KEYS: [Key; 50] = [
    key("tests", |layer, entry| put(&mut layer.tests, paths(entry))),
    key("extensions", |layer, entry| {
        put(&mut layer.extensions, endings(entry))
    }),
    key("migrations", |layer, entry| {
        put(&mut layer.migrations, paths_or_false(entry))
    }),
    key("layout", |layer, entry| {
        put(&mut layer.layout, layout(&entry))
    }),
    key("migrate_command", |layer, entry| {
        put(&mut layer.migrate_command, filled(&entry))
    }),
    key("migrate_inputs", |layer, entry| {
        put(&mut layer.migrate_inputs, paths(entry))
    }),
    key("roles", |layer, entry| {
        put(&mut layer.roles, path_or_false(&entry))
    }),
    key("fixtures", |layer, entry| {
        put(&mut layer.fixtures, path_or_false(&entry))
    }),
    key("seed", |layer, entry| {
        put(&mut layer.seed, super::seed::seed(&entry))
    }),
    key("snapshots", |layer, entry| {
        put(&mut layer.snapshots, plain_path(&entry))
    }),
    key("url", |layer, entry| put(&mut layer.url, secret(&entry))),
    key("roles_on_server", |layer, entry| {
        put(&mut layer.roles_on_server, entry.boolean())
    }),
    key("pg_bin", |layer, entry| {
        put(&mut layer.pg_bin, path(&entry))
    }),
    key("pg_version", |layer, entry| {
        put(&mut layer.pg_version, pg_version(&entry))
    }),
    key("data_dir", |layer, entry| {
        put(&mut layer.data_dir, plain_path(&entry))
    }),
    key("database_name", |layer, entry| {
        put(
            &mut layer.database_name,
            checked(&entry, check_database_name),
        )
    }),
    key("owner", |layer, entry| {
        put(&mut layer.owner, checked(&entry, check_name))
    }),
    key("search_path", |layer, entry| {
        put(&mut layer.search_path, text(&entry))
    }),
    key("pgoptions", |layer, entry| {
        put(&mut layer.pgoptions, text(&entry))
    }),
    key("working_dir", |layer, entry| {
        put(&mut layer.working_dir, path(&entry))
    }),
    key("allow_shell", |layer, entry| {
        put(&mut layer.allow_shell, entry.boolean())
    }),
    key("jobs", |layer, entry| put(&mut layer.jobs, jobs(&entry))),
    key("timeout", |layer, entry| {
        put(&mut layer.timeout, timeout(&entry))
    }),
    key("fail_fast", |layer, entry| {
        put(&mut layer.fail_fast, fail_fast(&entry))
    }),
    key("shuffle", |layer, entry| {
        put(&mut layer.shuffle, shuffle(&entry))
    }),
    key("isolation", |layer, entry| {
        put(&mut layer.isolation, word(&entry))
    }),
    key("serial", |layer, entry| {
        put(&mut layer.serial, globs(entry))
    }),
    key("state", |layer, entry| put(&mut layer.state, state(entry))),
    key("strict", |layer, entry| {
        put(&mut layer.strict, entry.boolean())
    }),
    key("keep_failed", |layer, entry| {
        put(&mut layer.keep_failed, entry.boolean())
    }),
    key("junit", |layer, entry| {
        put(&mut layer.junit, plain_path(&entry))
    }),
    key("archive", |layer, entry| {
        put(&mut layer.archive, plain_path(&entry))
    }),
    key("format", |layer, entry| {
        put(&mut layer.format, word(&entry))
    }),
    key("color", |layer, entry| put(&mut layer.color, word(&entry))),
    key("pgtap.source", |layer, entry| {
        put(&mut layer.pgtap_source, pgtap_source(&entry))
    }),
    key("pgtap.schema", |layer, entry| {
        put(&mut layer.pgtap_schema, checked(&entry, check_name))
    }),
    key("set", |layer, entry| variables(&mut layer.variables, entry)),
    key("migration_set", |layer, entry| {
        variables(&mut layer.migration_variables, entry)
    }),
    key("pset", |layer, entry| {
        pairs(&mut layer.printing, entry, check_printing)
    }),
    key("coverage.measure", |layer, entry| {
        put(&mut layer.coverage.measure, entry.boolean())
    }),
    key("coverage.fail_under", |layer, entry| {
        put(&mut layer.coverage.thresholds, coverage::thresholds(entry))
    }),
    key("coverage.exclude", |layer, entry| {
        put(&mut layer.coverage.exclusions, coverage::exclusions(entry))
    }),
    key("coverage.baseline", |layer, entry| {
        put(&mut layer.coverage.baseline, plain_path(&entry))
    }),
    key("coverage.since", |layer, entry| {
        put(
            &mut layer.coverage.since,
            filled(&entry).map(|said| said.value),
        )
    }),
    key("snapshot.mask", |layer, entry| {
        layer.snapshot.mask = snapshot::mask(entry)?;
        Ok(())
    }),
    key("snapshot.filter", |layer, entry| {
        layer.snapshot.filter = snapshot::filter(entry)?;
        Ok(())
    }),
    key("cache.dir", |layer, entry| {
        put(&mut layer.cache_dir, plain_path(&entry))
    }),
    key("cache.max_size", |layer, entry| {
        put(&mut layer.cache_max_size, size(&entry))
    }),
    key("cache.max_age", |layer, entry| {
        put(&mut layer.cache_max_age, timeout(&entry))
    }),
    key("cache.time_dependent", |layer, entry| {
        put(&mut layer.cache_time_dependent, word(&entry))
    }),
];

const fn key(
    name: &'static str,
    read: fn(&mut Layer, Entry<'_>) -> Result<(), SettingsError>,
) -> Key {
    Key { name, read }
}

/// Reads entries into a layer.
pub(super) fn read_layer(entries: Vec<Entry<'_>>) -> Result<Layer, SettingsError> {
    let mut layer = Layer::default();
    for entry in entries {
        read_entry(&mut layer, entry)?;
    }
    layer.check()
}

fn read_entry(layer: &mut Layer, entry: Entry<'_>) -> Result<(), SettingsError> {
    if let Some(key) = KEYS.iter().find(|key| key.name == entry.name) {
        return (key.read)(layer, entry);
    }
    let table = format!("{}.", entry.name);
    if KEYS.iter().any(|key| key.name.starts_with(&table)) {
        for child in entry.entries()? {
            read_entry(layer, child)?;
        }
        return Ok(());
    }
    Err(entry.unknown(suggestion(&entry)))
}

/// The key that was probably meant: the same word elsewhere (a key behind a `[table]` line belongs to that table,
/// which is easily forgotten), or a similar one in the same table.
fn suggestion(entry: &Entry<'_>) -> Option<String> {
    let word = entry.last_name();
    let elsewhere = KEYS
        .iter()
        .find(|key| key.name.rsplit('.').next() == Some(word));
    if let Some(key) = elsewhere {
        return Some(key.name.to_owned());
    }
    let table = entry.name.rsplit_once('.').map_or("", |(table, _)| table);
    let depth = if table.is_empty() { 0 } else { table.len() + 1 };
    let siblings = KEYS
        .iter()
        .map(|key| key.name)
        .chain([PROFILE, ENVIRONMENT])
        .filter(|name| name.starts_with(table))
        .filter_map(|name| name.get(depth..)?.split('.').next());
    nearest(word, siblings).map(|name| match table {
        "" => name.to_owned(),
        table => format!("{table}.{name}"),
    })
}

fn put<T>(place: &mut Option<T>, value: Result<T, SettingsError>) -> Result<(), SettingsError> {
    *place = Some(value?);
    Ok(())
}

fn text(entry: &Entry<'_>) -> Result<String, SettingsError> {
    Ok(entry.string()?.value)
}

/// A string that is not empty.
fn filled(entry: &Entry<'_>) -> Result<Said<String>, SettingsError> {
    let said = entry.string()?;
    if said.value.is_empty() {
        return Err(entry.refused("", "it is empty".to_owned()));
    }
    Ok(said)
}

/// A string that is not empty and that nobody is shown.
pub(super) fn secret(entry: &Entry<'_>) -> Result<Said<Secret>, SettingsError> {
    let said = filled(entry)?;
    Ok(Said::new(Secret::new(said.value), &said.origin))
}

fn checked(
    entry: &Entry<'_>,
    check: fn(&str) -> Result<(), String>,
) -> Result<String, SettingsError> {
    let text = text(entry)?;
    check(&text).map_err(|reason| entry.refused(&text, reason))?;
    Ok(text)
}

fn path(entry: &Entry<'_>) -> Result<Said<PathBuf>, SettingsError> {
    let said = filled(entry)?;
    Ok(Said {
        value: absolute(entry.directory(), said.value.as_ref()),
        origin: said.origin,
    })
}

fn plain_path(entry: &Entry<'_>) -> Result<PathBuf, SettingsError> {
    Ok(path(entry)?.value)
}

fn path_or_false(entry: &Entry<'_>) -> Result<Said<Option<PathBuf>>, SettingsError> {
    if entry.as_boolean() == Some(false) {
        return Ok(Said::new(None, &entry.origin()));
    }
    if entry.as_string().is_none() {
        return Err(entry.wrong_type("a path or false"));
    }
    let said = path(entry)?;
    Ok(Said {
        value: Some(said.value),
        origin: said.origin,
    })
}

fn paths_or_false(entry: Entry<'_>) -> Result<Vec<Said<PathBuf>>, SettingsError> {
    if entry.as_boolean() == Some(false) {
        return Ok(Vec::new());
    }
    let nothing = entry.refused(
        "[]",
        "it names no directory; say `false` if there are none".to_owned(),
    );
    match paths(entry)? {
        paths if paths.is_empty() => Err(nothing),
        paths => Ok(paths),
    }
}

fn layout(entry: &Entry<'_>) -> Result<LayoutName, SettingsError> {
    let said = text(entry)?;
    LayoutName::parse(&said).map_err(|reason| entry.refused(&said, reason))
}

fn paths(entry: Entry<'_>) -> Result<Vec<Said<PathBuf>>, SettingsError> {
    entry.items()?.iter().map(path).collect()
}

fn endings(entry: Entry<'_>) -> Result<Vec<String>, SettingsError> {
    let ending = |entry: &Entry<'_>| {
        let said = filled(entry)?.value;
        parse_ending(&said).map_err(|reason| entry.refused(&said, reason))
    };
    entry.items()?.iter().map(ending).collect()
}

fn globs(entry: Entry<'_>) -> Result<Vec<Glob>, SettingsError> {
    let glob = |entry: &Entry<'_>| {
        let said = filled(entry)?.value;
        Glob::parse(&said).map_err(|reason| entry.refused(&said, reason))
    };
    entry.items()?.iter().map(glob).collect()
}

fn state(entry: Entry<'_>) -> Result<StateOptions, SettingsError> {
    let mut options = StateOptions::default();
    for entry in entry.items()? {
        let said = text(&entry)?;
        let more = StateOptions::parse(&said).map_err(|reason| entry.refused(&said, reason))?;
        options.join(more);
    }
    Ok(options)
}

/// An integer of the wanted type; `expected` has its article.
fn number<T: FromStr>(entry: &Entry<'_>, expected: &'static str) -> Result<T, SettingsError> {
    let digits = entry
        .as_integer()
        .ok_or_else(|| entry.wrong_type(expected))?;
    digits
        .parse()
        .map_err(|_| entry.refused(&digits, format!("it must be {expected}")))
}

fn jobs(entry: &Entry<'_>) -> Result<usize, SettingsError> {
    match number(entry, "a whole number")? {
        0 => Err(entry.refused("0", "it must be at least 1".to_owned())),
        jobs => Ok(jobs),
    }
}

fn pg_version(entry: &Entry<'_>) -> Result<Said<u32>, SettingsError> {
    let version = number(entry, "a major version of PostgreSQL, such as 17")?;
    Ok(Said::new(version, &entry.origin()))
}

fn timeout(entry: &Entry<'_>) -> Result<std::time::Duration, SettingsError> {
    let said = match (entry.as_integer(), entry.as_string()) {
        (Some(digits), _) => digits,
        (None, Some(text)) => text.to_owned(),
        (None, None) => return Err(entry.wrong_type("a duration such as \"90s\", or 0")),
    };
    parse_duration(&said).map_err(|reason| entry.refused(&said, reason))
}

/// A number of bytes, such as `"2GiB"`.
fn size(entry: &Entry<'_>) -> Result<u64, SettingsError> {
    let said = match (entry.as_integer(), entry.as_string()) {
        (Some(digits), _) => digits,
        (None, Some(text)) => text.to_owned(),
        (None, None) => return Err(entry.wrong_type("a size such as \"2GiB\"")),
    };
    match said.parse::<ByteSize>() {
        Ok(size) => Ok(size.as_u64()),
        Err(reason) => Err(entry.refused(
            &said,
            format!("{reason}; write it like \"500MB\" or \"2GiB\""),
        )),
    }
}

fn fail_fast(entry: &Entry<'_>) -> Result<usize, SettingsError> {
    match entry.as_boolean() {
        Some(stop) => Ok(usize::from(stop)),
        None => number(entry, "true, false or a number of files"),
    }
}

fn shuffle(entry: &Entry<'_>) -> Result<Shuffle, SettingsError> {
    match entry.as_boolean() {
        Some(true) => Ok(Shuffle::Drawn),
        Some(false) => Ok(Shuffle::No),
        None => number(entry, "true, false or a seed").map(Shuffle::Seed),
    }
}

/// One of an enumeration's words.
fn word<T: ValueEnum>(entry: &Entry<'_>) -> Result<T, SettingsError> {
    let said = text(entry)?;
    parse_word(&said).map_err(|reason| entry.refused(&said, reason))
}

/// One of an enumeration's words; the reason where it is none.
pub(super) fn parse_word<T: ValueEnum>(said: &str) -> Result<T, String> {
    T::from_str(said, false).map_err(|_| {
        let words: Vec<_> = T::value_variants()
            .iter()
            .filter_map(|variant| Some(variant.to_possible_value()?.get_name().to_owned()))
            .collect();
        format!("it must be one of: {}", words.join(", "))
    })
}

fn pgtap_source(entry: &Entry<'_>) -> Result<Said<PgtapSource>, SettingsError> {
    let said = filled(entry)?;
    let value = match said.value.as_str() {
        "bundled" => PgtapSource::Bundled,
        "server" => PgtapSource::Server,
        "none" => PgtapSource::None,
        file => {
            let path = absolute(entry.directory(), file.as_ref());
            if !path.is_file() {
                let mut reason =
                    "it must be `bundled`, `server`, `none` or a file that exists".to_owned();
                if let Some(meant) = nearest(file, ["bundled", "server", "none"]) {
                    reason = format!("{reason}; did you mean `{meant}`?");
                }
                return Err(entry.refused(file, reason));
            }
            PgtapSource::File(path)
        }
    };
    Ok(Said {
        value,
        origin: said.origin,
    })
}

fn variables(variables: &mut Variables, entry: Entry<'_>) -> Result<(), SettingsError> {
    pairs(variables, entry, check_variable)
}

/// Names with values that psql must take.
fn pairs(
    variables: &mut Variables,
    entry: Entry<'_>,
    check: fn(&str, &str) -> Result<(), String>,
) -> Result<(), SettingsError> {
    for variable in entry.scoped_entries()? {
        check_variable_name(&variable.name)
            .map_err(|reason| variable.key_refused("the name of a variable", reason))?;
        let value = variable
            .as_integer()
            .or_else(|| variable.as_string().map(str::to_owned))
            .ok_or_else(|| variable.wrong_type("a string or an integer"))?;
        check(&variable.name, &value).map_err(|reason| variable.refused(&value, reason))?;
        variables.set(variable.name, value);
    }
    Ok(())
}
