use super::super::error::SnapshotError;
use super::super::table::TableName;
use super::relations::Relation;
use crate::settings::Glob;

/// What the tool's own tables begin with, in the schema `public`.
const OWN: &str = "pgassay_";

/// Which tables.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only those that one of these patterns means, each as it was written; empty means all.
    pub only: Vec<String>,
    /// None of those that one of these means.
    pub but: Vec<String>,
    /// None of these: the histories of tools.
    pub never: Vec<TableName>,
    /// Only these, where they are said.
    pub named: Option<Vec<TableName>>,
}

impl Selection {
    /// Whether it is less than all.
    pub fn is_partial(&self) -> bool {
        !(self.only.is_empty() && self.but.is_empty()) || self.named.is_some()
    }

    /// Whether a table is the tool's own, or a history.
    pub fn is_never(&self, name: &TableName) -> bool {
        let is_own = name.schema == "public" && name.name.starts_with(OWN);
        is_own || self.never.contains(name)
    }

    /// Those of all that are meant.
    pub(super) fn of(
        &self,
        all: Vec<Relation>,
        remarks: &mut Vec<String>,
    ) -> Result<Vec<Relation>, SnapshotError> {
        let mut all = all;
        all.retain(|relation| !self.is_never(&relation.name));
        if let Some(named) = &self.named {
            all.retain(|relation| relation.kind != 'f' && named.contains(&relation.name));
            return Ok(all);
        }
        let only = patterns("--table", &self.only, &all)?;
        let but = patterns("--exclude", &self.but, &all)?;
        let means = |patterns: &[Glob], name: &TableName| {
            patterns.iter().any(|it| it.is_match(&name.to_string()))
        };
        all.retain(|relation| {
            (only.is_empty() || means(&only, &relation.name)) && !means(&but, &relation.name)
        });
        let (foreign, tables): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| it.kind == 'f');
        if !foreign.is_empty() {
            let names: Vec<String> = foreign.iter().map(|it| it.name.to_string()).collect();
            remarks.push(format!(
                "rows of foreign tables lie on other servers, and are not saved: {}",
                names.join(", ")
            ));
        }
        for table in &tables {
            if !table.foreign_partitions.is_empty() {
                return Err(SnapshotError::Refused(format!(
                    "{} has partitions that are foreign tables, whose rows lie on another server: {}; leave it out: --exclude {}",
                    table.name,
                    table.foreign_partitions.join(", "),
                    table.name
                )));
            }
        }
        Ok(tables)
    }
}

/// Reads patterns, each of which has to mean a table.
fn patterns(flag: &str, texts: &[String], all: &[Relation]) -> Result<Vec<Glob>, SnapshotError> {
    let mut patterns = Vec::new();
    for text in texts {
        let pattern = Glob::parse(text).map_err(|reason| {
            SnapshotError::Refused(format!("{flag} {text:?} is no pattern: {reason}"))
        })?;
        if !all.iter().any(|it| pattern.is_match(&it.name.to_string())) {
            let same = all.iter().find(|it| it.name.name == *text);
            let advice = match same {
                Some(same) => format!("; did you mean {}?", same.name),
                None => "; a pattern is written `schema.table`, and `*` stands for any text".into(),
            };
            return Err(SnapshotError::Refused(format!(
                "{flag} {text:?} means no table that could be saved{advice}"
            )));
        }
        patterns.push(pattern);
    }
    Ok(patterns)
}
