//! The settings of snapshots: what is masked in them, and which part of the rows they hold.

use super::document::Entry;
use super::environment::Environment;
use super::error::SettingsError;
use super::nearest::nearest;
use crate::session::conninfo::Secret;
use crate::snapshot::mask::{ColumnPattern, MaskRule, Rule, parse_table};
use crate::snapshot::sample::Filter;

/// What holds for snapshots.
#[derive(Debug, Clone, Default)]
pub struct SnapshotSettings {
    /// What becomes of the values of columns.
    pub mask: Vec<MaskRule>,
    /// Which rows of tables are kept.
    pub filter: Vec<Filter>,
    /// The key of masking, where one was said: by the environment alone.
    pub mask_key: Option<Secret>,
}

/// What one source says of it.
#[derive(Debug, Clone, Default)]
pub(super) struct SnapshotLayer {
    pub(super) mask: Vec<MaskRule>,
    pub(super) filter: Vec<Filter>,
}

impl SnapshotLayer {
    /// What is said here, and otherwise in the lower one: column by column, and table by table.
    pub(super) fn over(mut self, lower: Self) -> Self {
        for rule in lower.mask {
            if self.mask.iter().all(|it| it.columns != rule.columns) {
                self.mask.push(rule);
            }
        }
        for filter in lower.filter {
            if self.filter.iter().all(|it| it.table != filter.table) {
                self.filter.push(filter);
            }
        }
        self
    }

    /// With what the environment says.
    pub(super) fn resolve(
        self,
        environment: &Environment,
    ) -> Result<SnapshotSettings, SettingsError> {
        Ok(SnapshotSettings {
            mask: self.mask,
            filter: self.filter,
            mask_key: environment.mask_key()?,
        })
    }
}

/// `snapshot.mask`: columns with their rules.
pub(super) fn mask(entry: Entry<'_>) -> Result<Vec<MaskRule>, SettingsError> {
    let mut rules: Vec<MaskRule> = Vec::new();
    for entry in entry.scoped_entries()? {
        let columns = ColumnPattern::parse(&entry.name)
            .map_err(|reason| entry.name_refused("a column", reason))?;
        if let Some(first) = rules.iter().find(|it| it.columns == columns) {
            let reason = format!("it has a rule already, at {}", first.said_at);
            return Err(entry.name_refused("a column", reason));
        }
        let said_at = entry.key_origin().to_string();
        rules.push(MaskRule {
            columns,
            rule: rule(entry)?,
            said_at,
        });
    }
    Ok(rules)
}

/// A word, or `{ fixed = "text" }`.
fn rule(entry: Entry<'_>) -> Result<Rule, SettingsError> {
    const EXPECTED: &str = "a rule, such as \"hash\" or { fixed = \"x\" }";
    if let Some(word) = entry.as_string() {
        return Rule::of_word(word).ok_or_else(|| {
            let words: Vec<&str> = Rule::words().collect();
            let advice = match nearest(word, Rule::words()) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => format!("rules are {} and {{ fixed = \"x\" }}", words.join(", ")),
            };
            entry.refused(word, format!("it is no rule; {advice}"))
        });
    }
    let wrong_type = entry.wrong_type(EXPECTED);
    // An unquoted `a.b.c` is a table in a table.
    let place = entry.place_of_table();
    let Ok(entries) = entry.scoped_entries() else {
        return Err(wrong_type);
    };
    let mut fixed = None;
    for entry in entries {
        if entry.name != "fixed" {
            return Err(entry.unknown(nearest(&entry.name, ["fixed"]).map(str::to_owned)));
        }
        fixed = Some(Rule::Fixed(entry.string()?.value));
    }
    fixed.ok_or_else(|| place.lacks("a `fixed` text"))
}

/// `snapshot.filter`: tables with their conditions.
pub(super) fn filter(entry: Entry<'_>) -> Result<Vec<Filter>, SettingsError> {
    let mut filters: Vec<Filter> = Vec::new();
    for entry in entry.scoped_entries()? {
        let table =
            parse_table(&entry.name).map_err(|reason| entry.name_refused("a table", reason))?;
        if let Some(first) = filters.iter().find(|it| it.table == table) {
            let reason = format!("it has a filter already, at {}", first.said_at);
            return Err(entry.name_refused("a table", reason));
        }
        let condition = entry.string()?.value;
        if condition.trim().is_empty() {
            return Err(entry.refused(
                &condition,
                "it is empty; leave it out to keep all rows".to_owned(),
            ));
        }
        filters.push(Filter {
            table,
            condition,
            said_at: entry.key_origin().to_string(),
            handed_down: None,
        });
    }
    Ok(filters)
}
