//! A changeset: what Liquibase would do with it, and the text that does the same.

use std::ops::Range;

use super::super::text::{only, with_semicolons};
use super::super::{Migration, MigrationScript, Transaction};
use crate::script::quote_literal;

/// A changeset of a file, by the places of its parts.
#[derive(Debug)]
pub(super) struct Changeset {
    /// Its file's name, its id and its author, as Liquibase writes them together.
    version: String,
    /// Where it begins, in bytes.
    at: usize,
    pub(super) comment: String,
    pub(super) up: Vec<Range<usize>>,
    pub(super) down: Vec<Range<usize>>,
    pub(super) preconditions: Vec<Precondition>,
    on_fail: OnFail,
    /// Whether it is applied at all.
    is_ours: bool,
    is_repeatable: bool,
    is_in_transaction: bool,
    /// What its statements end with, where not with semicolons.
    delimiter: Option<String>,
}

/// What must be so before a changeset is applied.
#[derive(Debug)]
pub(super) struct Precondition {
    /// A query for whether it is so.
    pub(super) query: String,
    /// That query as the file has it.
    pub(super) written: String,
    pub(super) at: usize,
}

/// What happens where that is not so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnFail {
    Halt,
    /// The changeset is passed over.
    Pass,
    /// It is applied nevertheless.
    Apply,
}

/// The value behind `name:` in a line, without quotes around it.
pub(super) fn marked(line: &str, name: &str) -> Option<String> {
    let lower = line.to_ascii_lowercase();
    let name = name.to_ascii_lowercase();
    let is_begin =
        |at: usize| !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let mut places = lower.match_indices(&name).map(|(at, _)| at);
    let at = places.find(|at| is_begin(*at) && lower[at + name.len()..].starts_with(':'))?;
    let value = line[at + name.len() + 1..].trim_start();
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => value.split_whitespace().next(),
    };
    Some(value.unwrap_or_default().to_owned())
}

/// Whether a list of databases holds PostgreSQL: `postgresql,h2`, `!oracle`.
pub(super) fn is_for_postgresql(list: &str) -> bool {
    let mut names = list
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .peekable();
    let mut has_named = names.peek().is_none();
    let mut is_named = false;
    for name in names {
        match name.strip_prefix('!') {
            Some("postgresql") => return false,
            Some(_) => {}
            None if name == "none" => return false,
            None => {
                has_named = true;
                is_named |= name == "all" || name == "postgresql";
            }
        }
    }
    is_named || !has_named || list.trim().is_empty()
}

fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

impl Changeset {
    /// A changeset by what stands behind its author and id.
    pub(super) fn begin(version: String, attributes: &str, at: usize) -> Result<Self, String> {
        let said = |name: &str| marked(attributes, name);
        let is_said =
            |name: &str, default: bool| said(name).map_or(default, |value| is_true(&value));
        if !is_said("failOnError", true) {
            return Err("`failOnError:false` is not supported: let the changeset bear with what it may meet (`IF EXISTS`)".to_owned());
        }
        if let Some(with) =
            said("runWith").filter(|with| !["jdbc", "psql"].contains(&with.as_str()))
        {
            return Err(format!(
                "`runWith:{with}` is not supported; let Liquibase itself migrate: `migrate_command = \"…\"`"
            ));
        }
        let delimiter = said("endDelimiter").filter(|it| !it.is_empty() && it != ";");
        Ok(Self {
            version,
            at,
            comment: String::new(),
            up: Vec::new(),
            down: Vec::new(),
            preconditions: Vec::new(),
            on_fail: OnFail::Halt,
            is_ours: said("dbms").is_none_or(|dbms| is_for_postgresql(&dbms))
                && !is_said("ignore", false),
            is_repeatable: is_said("runOnChange", false) || is_said("runAlways", false),
            is_in_transaction: is_said("runInTransaction", true),
            delimiter: delimiter.map(|it| it.replace("\\n", "\n").replace("\\r", "\r")),
        })
    }

    /// Reads what is to happen where a precondition is not so.
    pub(super) fn on_fail(&mut self, attributes: &str) -> Result<(), String> {
        if let Some(action) = marked(attributes, "onFail") {
            self.on_fail = match action.to_ascii_uppercase().as_str() {
                "HALT" => OnFail::Halt,
                "CONTINUE" | "MARK_RAN" => OnFail::Pass,
                "WARN" => OnFail::Apply,
                _ => {
                    return Err(format!(
                        "`onFail:{action}` must be HALT, CONTINUE, MARK_RAN or WARN"
                    ));
                }
            };
        }
        match marked(attributes, "onError") {
            Some(action) if !action.eq_ignore_ascii_case("HALT") => Err(format!(
                "`onError:{action}` is not supported: write a precondition that cannot fail, such as one with `to_regclass`"
            )),
            _ => Ok(()),
        }
    }

    /// The text that applies it, each line where it stands, with queries for its preconditions; none where it is not applied.
    ///
    /// # Errors
    /// It has no statement.
    pub(super) fn text(
        &self,
        text: &str,
        query: fn(&Precondition) -> &str,
    ) -> Result<Option<String>, (usize, String)> {
        if !self.is_ours {
            return Ok(None);
        }
        let mut up = only(text, &self.up);
        if up.trim().is_empty() {
            return Err((
                self.at,
                format!("the changeset {} has no SQL", self.version),
            ));
        }
        if let Some(delimiter) = &self.delimiter {
            let all = 0..up.len();
            up = with_semicolons(&up, all, delimiter);
        }
        if self.on_fail == OnFail::Apply {
            return Ok(Some(up));
        }
        // Each condition stands in its own line, which the text has as blanks; the last ones go first, so that places hold.
        let mut ends = String::new();
        for precondition in self.preconditions.iter().rev() {
            let line = up[precondition.at..]
                .find('\n')
                .map_or(up.len(), |end| precondition.at + end);
            let condition = format!("{} \\gset pgassay_ \\if :pgassay_met", query(precondition));
            up.replace_range(precondition.at..line, &condition);
            ends.push_str(&self.otherwise(query(precondition)));
        }
        up.truncate(up.trim_end().len());
        up.push_str(&ends);
        Ok(Some(up))
    }

    /// What ends the part that is applied only under a precondition.
    fn otherwise(&self, query: &str) -> String {
        let message = format!(
            "a precondition of the changeset {} is not met: {query}",
            self.version
        );
        match self.on_fail {
            OnFail::Halt => {
                let raise = format!(
                    "BEGIN RAISE EXCEPTION USING MESSAGE = {}; END",
                    quote_literal(&message)
                );
                format!("\n\\else\nDO {};\n\\endif", quote_literal(&raise))
            }
            OnFail::Pass | OnFail::Apply => "\n\\endif".to_owned(),
        }
    }

    /// Whether what is noted to take it back is SQL.
    pub(super) fn takes_back(&self, text: &str) -> bool {
        let down = only(text, &self.down);
        let words = down.trim().to_ascii_lowercase();
        !words.is_empty()
            && !words.starts_with("not required")
            && !words.starts_with("empty")
            && !words.contains("changesetid")
    }

    /// The migration, given its scripts.
    pub(super) fn migration(self, up: MigrationScript, down: Option<MigrationScript>) -> Migration {
        Migration {
            down,
            repeatable: self.is_repeatable,
            transaction: if self.is_in_transaction {
                Transaction::Whole
            } else {
                Transaction::Apart
            },
            ..Migration::of(Some(self.version), self.comment, up)
        }
    }
}

impl Precondition {
    /// The query that what stands behind `precondition-` means.
    pub(super) fn query(kind: &str, body: &str) -> Result<String, String> {
        let exists = |what: &str, kinds: &str| {
            let name = marked(body, what)
                .ok_or_else(|| format!("`precondition-{kind}` needs `{what}:<name>`"))?;
            let schema = marked(body, "schema")
                .map_or("pg_catalog.current_schema()".to_owned(), |it| {
                    quote_literal(&it)
                });
            let name = quote_literal(&name);
            Ok::<_, String>(format!(
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE lower(c.relname) = lower({name}) AND n.nspname = {schema} AND c.relkind IN ({kinds})) AS met"
            ))
        };
        Ok(match kind.to_ascii_lowercase().as_str() {
            "sql-check" => {
                let (expected, sql) = expected(body).ok_or_else(|| {
                    "`precondition-sql-check` needs what is expected and a query: `expectedResult:0 SELECT count(*) FROM …`".to_owned()
                })?;
                let sql = sql.trim().trim_end_matches(';');
                format!(
                    "SELECT coalesce(({sql})::pg_catalog.text = {}, false) AS met",
                    quote_literal(expected)
                )
            }
            "table-exists" => exists("table", "'r', 'p'")?,
            "view-exists" => exists("view", "'v', 'm'")?,
            _ => {
                return Err(format!(
                    "`precondition-{kind}` is not supported; `sql-check`, `table-exists` and `view-exists` are"
                ));
            }
        })
    }
}

/// What is expected and the query: `expectedResult:0 SELECT …`, with quotes around what has blanks.
fn expected(body: &str) -> Option<(&str, &str)> {
    const WORD: &str = "expectedResult:";
    let start = body
        .get(..WORD.len())
        .filter(|start| start.eq_ignore_ascii_case(WORD));
    let rest = if start.is_some() {
        &body[WORD.len()..]
    } else {
        body
    };
    for quote in ['\'', '"'] {
        if let Some(quoted) = rest.strip_prefix(quote) {
            let (value, sql) = quoted.split_once(quote)?;
            return Some((value, sql)).filter(|(_, sql)| !sql.trim().is_empty());
        }
    }
    let (value, sql) = rest.split_once(' ')?;
    (!value.is_empty() && !sql.trim().is_empty()).then_some((value, sql))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_listed_or_excluded() {
        for list in [
            "",
            "postgresql",
            "h2, postgresql",
            "!oracle",
            "all",
            "!h2,!oracle",
        ] {
            assert!(is_for_postgresql(list), "{list}");
        }
        for list in ["oracle", "!postgresql", "none", "h2,oracle", "!h2,oracle"] {
            assert!(!is_for_postgresql(list), "{list}");
        }
    }

    #[test]
    fn attributes_have_names_of_their_own() {
        let line =
            "splitStatements:false rollbackSplitStatements:true context:\"a or b\" endDelimiter:/";
        assert_eq!(marked(line, "splitStatements").as_deref(), Some("false"));
        assert_eq!(
            marked(line, "rollbackSplitStatements").as_deref(),
            Some("true")
        );
        assert_eq!(marked(line, "context").as_deref(), Some("a or b"));
        assert_eq!(marked(line, "labels"), None);
    }

    #[test]
    fn what_a_check_expects_may_have_quotes() {
        assert_eq!(
            expected("expectedResult:0 SELECT 1"),
            Some(("0", "SELECT 1"))
        );
        assert_eq!(expected("'a b' SELECT 1"), Some(("a b", " SELECT 1")));
        assert_eq!(expected("expectedResult:0"), None);
    }
}
