//! Rules: what becomes of the values of a column, and which columns are meant.

use std::fmt;

use super::fake::Fake;
use crate::snapshot::TableName;

/// What becomes of the values of a column. NULL stays NULL whatever the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// NULL takes their place.
    Null,
    /// This text does.
    Fixed(String),
    /// A value of the type that tells nothing of the one that was there.
    Hash,
    /// A value of the same length, with digits for digits and letters for letters.
    KeepLength,
    /// They stay: somebody has looked at them.
    Keep,
    /// A made-up one that looks like a real one.
    Fake(Fake),
}

impl Rule {
    /// The rule of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "null" => Some(Self::Null),
            "hash" => Some(Self::Hash),
            "keep_length" => Some(Self::KeepLength),
            "keep" => Some(Self::Keep),
            word => {
                let fake = Fake::ALL.into_iter().find(|it| it.word() == word);
                fake.map(Self::Fake)
            }
        }
    }

    /// All words.
    pub fn words() -> impl Iterator<Item = &'static str> {
        let plain = ["null", "hash", "keep_length", "keep"].into_iter();
        plain.chain(Fake::ALL.into_iter().map(Fake::word))
    }
}

impl fmt::Display for Rule {
    /// As it stands in the settings.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("\"null\""),
            Self::Hash => out.write_str("\"hash\""),
            Self::KeepLength => out.write_str("\"keep_length\""),
            Self::Keep => out.write_str("\"keep\""),
            Self::Fake(fake) => write!(out, "\"{}\"", fake.word()),
            Self::Fixed(text) => write!(out, "{{ fixed = {} }}", in_quotes(text)),
        }
    }
}

/// A string of TOML.
pub(super) fn in_quotes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            it if it.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(it))),
            it => quoted.push(it),
        }
    }
    quoted.push('"');
    quoted
}

/// A rule as somebody said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskRule {
    /// Which columns it is for.
    pub columns: ColumnPattern,
    /// What becomes of them.
    pub rule: Rule,
    /// Where it was said, as shown.
    pub said_at: String,
}

/// Which columns are meant: `schema.table.column`, where `*` stands for any schema and any table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnPattern {
    schema: Option<String>,
    table: Option<String>,
    column: String,
}

impl ColumnPattern {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, to stand behind `cannot be …: `.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = "it must be \"schema.table.column\", in quotes, where `*` stands for any schema or table";
        let parts = parts(text).ok_or_else(|| form.to_owned())?;
        let [schema, table, column] = <[Part; 3]>::try_from(parts).map_err(|_| form.to_owned())?;
        let Part::Name(column) = column else {
            return Err(
                "a rule is for columns of one name: `*` is only for the schema and the table"
                    .to_owned(),
            );
        };
        Ok(Self {
            schema: schema.name(),
            table: table.name(),
            column,
        })
    }

    /// Whether it means this column.
    pub fn means(&self, table: &TableName, column: &str) -> bool {
        self.column == column
            && self.schema.as_ref().is_none_or(|it| *it == table.schema)
            && self.table.as_ref().is_none_or(|it| *it == table.name)
    }

    /// How many of its parts say exactly what they mean.
    pub(super) fn exactness(&self) -> usize {
        1 + usize::from(self.schema.is_some()) + usize::from(self.table.is_some())
    }

    /// What it would be for this column: with the column's own schema and table where any will do.
    pub(super) fn nearby(&self, table: &TableName, column: &str) -> String {
        let part = |own: &Option<String>, name: &str| match own {
            Some(_) => written(name),
            None => "*".to_owned(),
        };
        format!(
            "{}.{}.{}",
            part(&self.schema, &table.schema),
            part(&self.table, &table.name),
            written(column)
        )
    }
}

impl fmt::Display for ColumnPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |part: &Option<String>| part.as_deref().map_or_else(|| "*".to_owned(), written);
        write!(
            out,
            "{}.{}.{}",
            part(&self.schema),
            part(&self.table),
            written(&self.column)
        )
    }
}

/// A column as a rule names it.
pub fn column_path(table: &TableName, column: &str) -> String {
    format!("{}.{}", table_path(table), written(column))
}

/// A table as a filter names it.
pub fn table_path(table: &TableName) -> String {
    format!("{}.{}", written(&table.schema), written(&table.name))
}

/// Reads `schema.table`.
///
/// # Errors
/// What is wrong with it, to stand behind `cannot be …: `.
pub fn parse_table(text: &str) -> Result<TableName, String> {
    match parts(text).as_deref() {
        Some([Part::Name(schema), Part::Name(name)]) => Ok(TableName {
            schema: schema.clone(),
            name: name.clone(),
        }),
        _ => Err("it must be \"schema.table\", in quotes".to_owned()),
    }
}

/// A part of a name with points.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Any,
    Name(String),
}

impl Part {
    fn name(self) -> Option<String> {
        match self {
            Self::Any => None,
            Self::Name(name) => Some(name),
        }
    }
}

/// The parts between points; one in double quotes may hold points. None where one is empty or a quote is not closed.
fn parts(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, behind) = match rest.strip_prefix('"') {
            Some(quoted) => in_double_quotes(quoted)?,
            None => plain(rest),
        };
        if part == Part::Name(String::new()) {
            return None;
        }
        parts.push(part);
        match behind.strip_prefix('.') {
            Some(more) => rest = more,
            None if behind.is_empty() => return Some(parts),
            None => return None,
        }
    }
}

fn plain(text: &str) -> (Part, &str) {
    let end = text.find('.').unwrap_or(text.len());
    match text.split_at(end) {
        ("*", behind) => (Part::Any, behind),
        (name, behind) => (Part::Name(name.to_owned()), behind),
    }
}

/// The name before the closing quote, and what is behind it.
fn in_double_quotes(text: &str) -> Option<(Part, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (before, behind) = rest.split_once('"')?;
        name.push_str(before);
        let Some(more) = behind.strip_prefix('"') else {
            return Some((Part::Name(name), behind));
        };
        name.push('"');
        rest = more;
    }
}

fn written(name: &str) -> String {
    if name == "*" || name.contains(['.', '"']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_word_is_a_rule_and_is_written_as_it_is_read() {
        for word in Rule::words() {
            assert_eq!(
                Rule::of_word(word).unwrap().to_string(),
                format!("\"{word}\"")
            );
        }
        assert_eq!(Rule::of_word("fixed"), None);
        assert_eq!(
            Rule::Fixed("a \"b\" \\ \n".into()).to_string(),
            r#"{ fixed = "a \"b\" \\ \u000a" }"#
        );
    }

    #[test]
    fn a_star_is_any_schema_and_any_table() {
        let table = |schema: &str, name: &str| TableName {
            schema: schema.into(),
            name: name.into(),
        };
        let means = |pattern: &str, schema: &str, name: &str| {
            let pattern = ColumnPattern::parse(pattern).unwrap();
            pattern.means(&table(schema, name), "email")
        };
        assert!(means("*.*.email", "app", "users"));
        assert!(means("app.*.email", "app", "users"));
        assert!(!means("app.*.email", "shop", "users"));
        assert!(means("*.users.email", "app", "users"));
        assert!(!means("*.users.mail", "app", "users"));
        assert!(means("app.\"odd.one\".email", "app", "odd.one"));
        assert!(!means("app.\"*\".email", "app", "users"));
    }

    #[test]
    fn what_names_no_column_is_refused() {
        for text in [
            "",
            "email",
            "users.email",
            "a.b.c.d",
            "a..c",
            "a.b.*",
            "*.*.*",
            "a.b.\"c",
            "a.\"b\"x.c",
        ] {
            assert!(ColumnPattern::parse(text).is_err(), "{text}");
        }
        for text in ["", "users", "a.b.c", "a.*", "*.b"] {
            assert!(parse_table(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn names_are_read_as_they_are_written(schema in "\\PC{1,8}", name in "[a.\"*]{1,5}", column in "[a.\"*]{1,5}") {
            let table = TableName { schema, name };
            prop_assert_eq!(&parse_table(&table_path(&table)).unwrap(), &table);
            let path = column_path(&table, &column);
            let pattern = ColumnPattern::parse(&path).unwrap();
            prop_assert!(pattern.means(&table, &column));
            prop_assert_eq!(pattern.to_string(), path);
        }

        #[test]
        fn any_text_is_a_pattern_or_none(text in "\\PC{0,20}") {
            let _ = ColumnPattern::parse(&text);
            let _ = parse_table(&text);
        }
    }
}
