//! The settings file as a text whose entries know their places. Knows TOML and no key.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::absolute::shown;
use super::error::SettingsError;
use super::origin::{Origin, Place, Said};
use crate::session::conninfo::Reach;

/// A settings file that was read.
#[derive(Debug)]
pub(super) struct Document {
    /// Its path, as shown.
    pub(super) shown: String,
    /// The directory that its paths are relative to; absolute.
    pub(super) directory: PathBuf,
    text: String,
}

impl Document {
    /// Reads the file at an absolute path. `origin` is who named it; none when it was found by searching.
    pub(super) fn read(
        path: &Path,
        current_dir: &Path,
        origin: Option<&Origin>,
    ) -> Result<Self, SettingsError> {
        let text = fs::read_to_string(path).map_err(|source| SettingsError::ConfigFile {
            path: path.to_owned(),
            origin: origin.cloned(),
            source,
        })?;
        Ok(Self {
            shown: shown(current_dir, path),
            directory: path.parent().unwrap_or(path).to_owned(),
            text,
        })
    }

    /// The entries at the file's top, in the order in which they stand there.
    pub(super) fn entries(&self) -> Result<Vec<Entry<'_>>, SettingsError> {
        let table = DeTable::parse(&self.text).map_err(|error| SettingsError::Syntax {
            place: Box::new(self.broken_place(error.span().unwrap_or(0..0))),
            message: error.message().to_owned(),
        })?;
        Ok(self.children(table.into_inner(), "", ""))
    }

    fn children<'a>(&'a self, table: DeTable<'a>, scope: &str, prefix: &str) -> Vec<Entry<'a>> {
        let mut entries: Vec<_> = table
            .into_iter()
            .map(|(key, value)| Entry {
                document: self,
                scope: scope.to_owned(),
                key_span: key.span(),
                name: format!("{prefix}{}", key.get_ref()),
                value,
            })
            .collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        entries
    }

    fn place(&self, span: Range<usize>) -> Place {
        Place::of(&self.shown, &self.text, span, Reach::Quotes)
    }

    /// A place in a line that is not TOML, where quotes may end anywhere.
    fn broken_place(&self, span: Range<usize>) -> Place {
        Place::of(&self.shown, &self.text, span, Reach::All)
    }
}

/// A key with its value.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    document: &'a Document,
    /// What `name` is relative to: empty, or `profile.NAME.`.
    scope: String,
    key_span: Range<usize>,
    /// The key with the tables that it is in, below the scope: `pgtap.source`.
    pub(super) name: String,
    value: Spanned<DeValue<'a>>,
}

/// A place in a table, and the table's name.
pub(super) struct PlaceInTable {
    place: Place,
    table: String,
}

impl PlaceInTable {
    /// The error that the table lacks something, which has its article.
    pub(super) fn lacks(self, what: &'static str) -> SettingsError {
        SettingsError::Lacking {
            place: Box::new(self.place),
            table: self.table,
            what,
        }
    }
}

impl<'a> Entry<'a> {
    /// Where the value stands.
    pub(super) fn origin(&self) -> Origin {
        Origin::File(Box::new(self.document.place(self.value.span())))
    }

    /// The directory that paths are relative to.
    pub(super) fn directory(&self) -> &'a Path {
        &self.document.directory
    }

    /// The last part of the name.
    pub(super) fn last_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// The value, when it is a boolean.
    pub(super) fn as_boolean(&self) -> Option<bool> {
        self.value.get_ref().as_bool()
    }

    /// The value, when it is a string.
    pub(super) fn as_string(&self) -> Option<&str> {
        self.value.get_ref().as_str()
    }

    /// The value, when it is an integer: its digits as written in base ten, or as they would be.
    pub(super) fn as_integer(&self) -> Option<String> {
        let integer = self.value.get_ref().as_integer()?;
        if integer.radix() == 10 {
            return Some(integer.as_str().trim_start_matches('+').to_owned());
        }
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok()?;
        Some(number.to_string())
    }

    /// The value, when it is a number: as it is written, without underscores.
    pub(super) fn as_number(&self) -> Option<String> {
        self.as_integer().or_else(|| {
            let float = self.value.get_ref().as_float()?;
            Some(float.as_str().to_owned())
        })
    }

    /// The value, which must be a string.
    pub(super) fn string(&self) -> Result<Said<String>, SettingsError> {
        match self.as_string() {
            Some(text) => Ok(Said::new(text.to_owned(), &self.origin())),
            None => Err(self.wrong_type("a string")),
        }
    }

    /// The value, which must be a boolean.
    pub(super) fn boolean(&self) -> Result<bool, SettingsError> {
        self.as_boolean()
            .ok_or_else(|| self.wrong_type("true or false"))
    }

    /// The value, which must be a string or an array; a string is an array of one. The items bear the key's name.
    pub(super) fn items(self) -> Result<Vec<Self>, SettingsError> {
        if self.as_string().is_some() {
            return Ok(vec![self]);
        }
        let wrong_type = self.wrong_type("a string or an array of strings");
        let Self {
            document,
            scope,
            key_span,
            name,
            value,
        } = self;
        match value.into_inner() {
            DeValue::Array(items) => Ok(items
                .into_iter()
                .map(|value| Self {
                    document,
                    scope: scope.clone(),
                    key_span: key_span.clone(),
                    name: name.clone(),
                    value,
                })
                .collect()),
            _ => Err(wrong_type),
        }
    }

    /// The value, which must be a table: its entries, with the key's name before theirs.
    pub(super) fn entries(self) -> Result<Vec<Self>, SettingsError> {
        let wrong_type = self.wrong_type("a table");
        match self.value.into_inner() {
            DeValue::Table(table) => {
                let prefix = format!("{}.", self.name);
                Ok(self.document.children(table, &self.scope, &prefix))
            }
            _ => Err(wrong_type),
        }
    }

    /// The value, which must be a table or an array of tables: the entries of each, with the key's name before theirs.
    pub(super) fn tables(self, expected: &'static str) -> Result<Vec<Vec<Self>>, SettingsError> {
        let wrong_type = self.wrong_type(expected);
        let prefix = format!("{}.", self.name);
        let tables: Vec<DeTable<'a>> = match self.value.into_inner() {
            DeValue::Table(table) => vec![table],
            DeValue::Array(items) => {
                let tables = items.into_iter().map(|item| match item.into_inner() {
                    DeValue::Table(table) => Some(table),
                    _ => None,
                });
                tables.collect::<Option<_>>().ok_or(wrong_type)?
            }
            _ => return Err(wrong_type),
        };
        let tables = tables.into_iter();
        Ok(tables
            .map(|table| self.document.children(table, &self.scope, &prefix))
            .collect())
    }

    /// The value, which must be a table: its entries, whose names begin anew.
    pub(super) fn scoped_entries(self) -> Result<Vec<Self>, SettingsError> {
        let wrong_type = self.wrong_type("a table");
        match self.value.into_inner() {
            DeValue::Table(table) => {
                let scope = format!("{}{}.", self.scope, self.name);
                Ok(self.document.children(table, &scope, ""))
            }
            _ => Err(wrong_type),
        }
    }

    /// The error that the value is not `expected`, which has its article.
    pub(super) fn wrong_type(&self, expected: &'static str) -> SettingsError {
        SettingsError::WrongType {
            place: Box::new(self.document.place(self.value.span())),
            key: self.full_name(),
            expected,
            found: match self.value.get_ref() {
                DeValue::String(_) => "a string",
                DeValue::Integer(_) => "an integer",
                DeValue::Float(_) => "a float",
                DeValue::Boolean(_) => "a boolean",
                DeValue::Datetime(_) => "a date",
                DeValue::Array(_) => "an array",
                DeValue::Table(_) => "a table",
            },
        }
    }

    /// The error that the value, as shown, cannot be meant.
    pub(super) fn refused(&self, value: &str, reason: String) -> SettingsError {
        SettingsError::Value {
            origin: self.origin(),
            subject: format!("`{}`", self.full_name()),
            value: value.to_owned(),
            reason,
        }
    }

    /// The error that the key itself, which is `subject`, cannot be meant.
    pub(super) fn key_refused(&self, subject: &str, reason: String) -> SettingsError {
        SettingsError::Value {
            origin: self.key_origin(),
            subject: subject.to_owned(),
            value: self.last_name().to_owned(),
            reason,
        }
    }

    /// The same, of a key whose whole name counts: one in quotes may hold points.
    pub(super) fn name_refused(&self, subject: &str, reason: String) -> SettingsError {
        SettingsError::Value {
            origin: self.key_origin(),
            subject: subject.to_owned(),
            value: self.name.clone(),
            reason,
        }
    }

    /// Where it stands, for what is to be said of the table around it.
    pub(super) fn place_in_table(&self) -> PlaceInTable {
        let name = self.full_name();
        let table = name.rsplit_once('.').map_or("", |(table, _)| table);
        PlaceInTable {
            place: self.document.place(self.key_span.clone()),
            table: table.to_owned(),
        }
    }

    /// Where the table of this key begins, for what is to be said of it.
    pub(super) fn place_of_table(&self) -> PlaceInTable {
        PlaceInTable {
            place: self.document.place(self.key_span.clone()),
            table: self.full_name(),
        }
    }

    /// Where the key stands.
    pub(super) fn key_origin(&self) -> Origin {
        Origin::File(Box::new(self.document.place(self.key_span.clone())))
    }

    /// The error that there is no such key; the suggestion is a name as `name` is.
    pub(super) fn unknown(&self, suggestion: Option<String>) -> SettingsError {
        SettingsError::UnknownKey {
            place: Box::new(self.document.place(self.key_span.clone())),
            key: self.full_name(),
            suggestion: suggestion.map(|name| format!("{}{name}", self.scope)),
        }
    }

    fn full_name(&self) -> String {
        format!("{}{}", self.scope, self.name)
    }
}
