//! `sqitch.conf`: settings in the form of git's.

use std::collections::BTreeMap;

use super::super::directory::File;
use super::super::error::MigrationError;
use super::super::text::lines;

/// The engine of PostgreSQL.
const ENGINE: &str = "pg";

/// What the settings say: values by their keys, `core.top_dir`, the last of those with the same.
#[derive(Debug, Default)]
pub(super) struct Conf {
    values: BTreeMap<String, String>,
    /// The target that is deployed to unless another is named; may be empty.
    target: String,
}

impl Conf {
    /// Reads the file.
    ///
    /// # Errors
    /// A line that is no setting; a project of another engine.
    pub(super) fn read(file: &File) -> Result<Self, MigrationError> {
        let mut values = BTreeMap::new();
        let mut section = String::new();
        let mut continued: Option<(String, String)> = None;
        let text = file.text()?;
        for (range, line) in lines(text) {
            let (key, value) = if let Some((key, before)) = continued.take() {
                (key, before + line)
            } else {
                let line = line.trim();
                if line.is_empty() || line.starts_with(['#', ';']) {
                    continue;
                }
                if let Some(name) = line.strip_prefix('[') {
                    section = section_name(name).ok_or_else(|| {
                        file.wrong(
                            range.start,
                            "this is no name of a section: `[core]` or `[engine \"pg\"]`",
                        )
                    })?;
                    continue;
                }
                let (key, value) = line.split_once('=').unwrap_or((line, "true"));
                (format!("{section}.{}", key.trim()), value.to_owned())
            };
            if section.is_empty() {
                return Err(file.wrong(
                    range.start,
                    "this setting stands before any section, such as `[core]`",
                ));
            }
            match unquoted(&value) {
                Value::Continued(before) => continued = Some((key, before)),
                Value::Whole(value) => {
                    values.insert(key, value);
                }
                Value::Unclosed => {
                    return Err(file.wrong(range.start, "a quote is not closed in this line"));
                }
            }
        }
        Self::of(values).map_err(|reason| file.wrong(0, reason))
    }

    fn of(values: BTreeMap<String, String>) -> Result<Self, String> {
        let get = |key: &str| values.get(key).map(|value| value.trim());
        let engines = |uri: &str| -> Option<bool> {
            let engine = uri.strip_prefix("db:").unwrap_or(uri).split(':').next()?;
            Some(["pg", "postgres", "postgresql", "pgsql"].contains(&engine))
        };
        let has_pg = values.keys().any(|key| key.starts_with("engine.pg."));
        let uri_of = |target: &str| {
            if target.contains(':') {
                Some(target.to_owned())
            } else {
                get(&format!("target.{target}.uri")).map(str::to_owned)
            }
        };
        let named = get("core.target").map(str::to_owned);
        let engine = match (&named, get("core.engine")) {
            (Some(target), engine) => uri_of(target).or(engine.map(str::to_owned)),
            (None, engine) => engine.map(str::to_owned),
        };
        let is_pg = engine.as_deref().and_then(engines).unwrap_or(true);
        if !is_pg && !has_pg {
            let engine = engine.unwrap_or_default();
            return Err(format!(
                "the project is for the engine `{engine}`; pgassay migrates PostgreSQL (`engine = {ENGINE}`) only"
            ));
        }
        let target = match named {
            Some(target) if is_pg => target,
            _ => get("engine.pg.target").unwrap_or_default().to_owned(),
        };
        Ok(Self { values, target })
    }

    /// A setting of the target, or else of the engine, or else of the project.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let sections = [
            format!("target.{}", self.target),
            format!("engine.{ENGINE}"),
            "core".to_owned(),
        ];
        let mut values = sections
            .iter()
            .map(|section| self.values.get(&format!("{section}.{key}")));
        values
            .find_map(|value| value.filter(|value| !value.is_empty()))
            .map(String::as_str)
    }

    /// The psql variables with which the scripts of a purpose (`deploy`, `revert`, `verify`) run.
    pub(super) fn variables(&self, what: &str) -> Vec<(String, String)> {
        let mut variables = BTreeMap::new();
        let sections = [
            "core.variables.".to_owned(),
            "deploy.variables.".to_owned(),
            format!("{what}.variables."),
            format!("engine.{ENGINE}.variables."),
            format!("target.{}.variables.", self.target),
        ];
        for section in sections {
            for (key, value) in &self.values {
                if let Some(name) = key.strip_prefix(&section) {
                    variables.insert(name.to_owned(), value.clone());
                }
            }
        }
        let registry = self.get("registry").unwrap_or("sqitch");
        variables.insert("registry".to_owned(), registry.to_owned());
        variables.into_iter().collect()
    }
}

/// `core]` is `core`, `engine "pg"]` is `engine.pg`.
fn section_name(text: &str) -> Option<String> {
    let (name, rest) = text.split_once(']')?;
    if !rest.trim().is_empty() && !rest.trim().starts_with(['#', ';']) {
        return None;
    }
    let (section, sub) = match name.split_once('"') {
        Some((section, sub)) => (section.trim(), sub.trim_end().strip_suffix('"')?),
        None => (name.trim(), ""),
    };
    let section = section.to_ascii_lowercase();
    match (section.is_empty(), sub) {
        (true, _) => None,
        (false, "") => Some(section),
        (false, sub) => Some(format!("{section}.{sub}")),
    }
}

/// A value as it is written.
enum Value {
    Whole(String),
    /// It goes on in the next line.
    Continued(String),
    Unclosed,
}

/// A value without its quotes, escapes and comment.
fn unquoted(text: &str) -> Value {
    let mut value = String::new();
    let mut kept = 0;
    let mut quoted = false;
    let mut characters = text.trim_start().chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                quoted = !quoted;
                kept = value.len();
                continue;
            }
            '\\' => match characters.next() {
                None => return Value::Continued(value),
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(other) => value.push(other),
            },
            '#' | ';' if !quoted => break,
            _ => value.push(character),
        }
        if quoted || !character.is_whitespace() {
            kept = value.len();
        }
    }
    if quoted {
        return Value::Unclosed;
    }
    value.truncate(kept);
    Value::Whole(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lose_their_quotes_and_comments() {
        for (text, told) in [
            (" sql # here", "sql"),
            ("\"a # b\" ; c", "a # b"),
            ("a \\\"b\\\"", "a \"b\""),
            ("  ", ""),
        ] {
            assert!(
                matches!(unquoted(text), Value::Whole(value) if value == told),
                "{text}"
            );
        }
        assert!(matches!(unquoted("a \\"), Value::Continued(before) if before == "a "));
        assert!(matches!(unquoted("\"a"), Value::Unclosed));
    }

    #[test]
    fn sections_have_names_and_names_below() {
        assert_eq!(section_name("Core]").as_deref(), Some("core"));
        assert_eq!(section_name("engine \"pg\"]").as_deref(), Some("engine.pg"));
        assert_eq!(section_name("core"), None);
        assert_eq!(section_name("]"), None);
    }
}
