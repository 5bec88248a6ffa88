//! What can be told of a migration that was begun and has not ended: which of its statements are done, whether the others
//! can run without them, and what became of the one that was under way.

use super::entry::{Entry, EntryState};
use super::error::DeploymentError;
use super::history::HistoryTable;
use super::parts::{Part, Parts};
use super::session_state::SessionState;
use crate::migration::Migration;
use crate::script::{Token, TokenKind, Tokens, leading_words, quote_identifier, quote_literal};
use crate::session::Connection;

/// What became of a statement that was under way.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    /// It is done.
    Done,
    /// It is not done, and can run; this has to run before.
    Again(Option<String>),
    /// It cannot be told.
    Unknown,
}

/// Looks how far an unfinished migration has come, and clears away what is half done. Returns how many of its statements
/// are done, and what its session was set to then.
///
/// # Errors
/// Why it cannot be gone on with, and what to do.
pub(super) fn settle(
    connection: &mut Connection,
    migration: &Migration,
    entry: &Entry,
) -> Result<(u32, Option<SessionState>), DeploymentError> {
    let title = migration.title();
    let begun = HistoryTable::text(connection, &entry.checksum)?;
    let refuse = |why: &str| {
        let version = migration.version.as_deref().unwrap_or(migration.name());
        DeploymentError::Refused(format!(
            "{title} was begun and is not done, and cannot be gone on with: {why}. {}",
            advice(version)
        ))
    };
    let Some(begun) = begun else {
        return Err(refuse("the text that was begun is not in the history"));
    };
    if entry.done == 0 && entry.at.is_none() {
        return Ok((0, None));
    }
    let done = usize::try_from(entry.done).unwrap_or(usize::MAX);
    // With the one that was under way, whose text says what became of it.
    let concerned = done.saturating_add(usize::from(entry.at.is_some()));
    let before = Beginning::of(&begun, concerned);
    if let Some(command) = &before.command {
        return Err(refuse(&format!(
            "it has backslash commands (\\{command}), whose work a new session lacks"
        )));
    }
    let session = entry.session.as_deref().and_then(SessionState::read);
    if let Some(obstacle) = session.as_ref().and_then(SessionState::obstacle) {
        return Err(refuse(obstacle));
    }
    let now = Beginning::of(migration.script.shown_text(), concerned);
    if now.statements.get(..done) != before.statements.get(..done) {
        return Err(refuse(
            "its file has changed in what is done already; put that back",
        ));
    }
    // What was counted is what ran, with the values that are not kept.
    let run = Beginning::of(&migration.script.text, usize::MAX).statements;
    let written = Beginning::of(migration.script.shown_text(), usize::MAX).statements;
    if run.len() != written.len() {
        return Err(refuse(
            "how many statements it has depends on values that stand outside of it",
        ));
    }
    let Some(at) = &entry.at else {
        return Ok((entry.done, session));
    };
    let statement = before.statements.get(done).map_or("", String::as_str);
    let is_as_begun = now.statements.get(done).map(String::as_str) == Some(statement);
    let has_failed = entry.state == EntryState::Failed;
    let ran = run.get(done).filter(|_| is_as_begun);
    match fate(
        connection,
        ran.map_or(statement, String::as_str),
        has_failed,
    )? {
        Fate::Done if !is_as_begun => Err(refuse(&format!(
            "the statement at {at} is done, and its text has changed since; put that back"
        ))),
        Fate::Done => Ok((entry.done + 1, session)),
        Fate::Again(first) => {
            if let Some(first) = first {
                let cleared = connection.execute(&first);
                cleared.map_err(DeploymentError::asking(format!(
                    "clear away what {at} left half done (`{first}`)"
                )))?;
            }
            Ok((entry.done, session))
        }
        Fate::Unknown => Err(refuse(&format!(
            "the statement at {at} was under way, and the database does not show whether it is done"
        ))),
    }
}

/// What a person can do.
pub(super) fn advice(version: &str) -> String {
    format!(
        "Look into the database, then say what is so: `pgassay migrate repair --skip {version}` (that statement is done), \
         `--redo {version}` (it is to run again), `--applied {version}` (the whole migration is done) or `--pending {version}` \
         (nothing of it is left)"
    )
}

/// The first statements of a script.
#[derive(Debug, Default)]
struct Beginning {
    statements: Vec<String>,
    /// The first backslash command among them.
    command: Option<String>,
}

impl Beginning {
    fn of(text: &str, number: usize) -> Self {
        let mut beginning = Self::default();
        for part in Parts::of(text) {
            if beginning.statements.len() == number {
                break;
            }
            match part {
                Part::Statement(statement) => beginning.statements.push(statement),
                Part::Command(name) => {
                    beginning.command.get_or_insert(name);
                }
            }
        }
        beginning
    }
}

/// Looks what became of a statement that cannot be in a transaction block, and of which it is known whether it failed.
fn fate(
    connection: &mut Connection,
    statement: &str,
    has_failed: bool,
) -> Result<Fate, DeploymentError> {
    if let Some(index) = IndexStatement::parse(statement) {
        return index.fate(connection, has_failed);
    }
    let mut words = leading_words(statement).map(str::to_ascii_lowercase);
    Ok(match words.next().as_deref() {
        // They change nothing that a second run would not change again.
        Some("vacuum" | "analyze" | "cluster" | "discard" | "reindex") => Fate::Again(None),
        Some("alter") if words.next().as_deref() == Some("system") => Fate::Again(None),
        _ => Fate::Unknown,
    })
}

/// `CREATE INDEX CONCURRENTLY` or `DROP INDEX CONCURRENTLY`.
#[derive(Debug, PartialEq, Eq)]
struct IndexStatement {
    creates: bool,
    schema: Option<String>,
    name: String,
    table: Option<String>,
}

impl IndexStatement {
    /// Reads such a statement; none where it is another one, or the index has no name.
    fn parse(statement: &str) -> Option<Self> {
        let mut tokens: Vec<Token<'_>> = Tokens::of(statement).collect();
        if tokens
            .last()
            .is_some_and(|last| last.kind == TokenKind::Sign(';'))
        {
            tokens.pop();
        }
        let mut rest = tokens.as_slice();
        let creates = match rest.first() {
            Some(first) if first.is("create") => true,
            Some(first) if first.is("drop") => false,
            _ => return None,
        };
        rest = &rest[1..];
        for (word, is_optional) in [
            ("unique", true),
            ("index", false),
            ("concurrently", false),
            ("if", true),
            ("not", true),
            ("exists", true),
        ] {
            match rest.first() {
                Some(token) if token.is(word) => rest = &rest[1..],
                _ if is_optional => {}
                _ => return None,
            }
        }
        if rest.first()?.is("on") {
            return None;
        }
        let (first, rest) = qualified(rest)?;
        if !creates {
            // Of several, the ones before may be done.
            let is_alone = rest
                .iter()
                .all(|token| token.is("cascade") || token.is("restrict"));
            let (schema, name) = first;
            return is_alone.then_some(Self {
                creates,
                schema,
                name,
                table: None,
            });
        }
        let rest = match rest {
            [on, only, rest @ ..] if on.is("on") && only.is("only") => rest,
            [on, rest @ ..] if on.is("on") => rest,
            _ => return None,
        };
        // An index lies in the schema of its table, and its own name has none.
        let ((schema, table), _) = qualified(rest)?;
        Some(Self {
            creates,
            schema,
            name: first.1,
            table: Some(table),
        })
    }

    fn fate(&self, connection: &mut Connection, has_failed: bool) -> Result<Fate, DeploymentError> {
        let mut conditions = vec![format!("c.relname = {}", quote_literal(&self.name))];
        if let Some(schema) = &self.schema {
            conditions.push(format!("n.nspname = {}", quote_literal(schema)));
        }
        if let Some(table) = &self.table {
            conditions.push(format!("t.relname = {}", quote_literal(table)));
        }
        let rows = connection.rows(&format!(
            "SELECT n.nspname, i.indisvalid
               FROM pg_catalog.pg_index i
               JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
               JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE {}",
            conditions.join(" AND ")
        ));
        let rows = rows.map_err(DeploymentError::asking("look for an index"))?;
        let found: Vec<(String, bool)> = rows
            .into_iter()
            .filter_map(|row| {
                let mut values = row.into_iter().flatten();
                Some((values.next()?, values.next()? == "t"))
            })
            .collect();
        let invalid = |schema: &str| {
            format!(
                "DROP INDEX CONCURRENTLY {}.{}",
                quote_identifier(schema),
                quote_identifier(&self.name)
            )
        };
        Ok(match (&found[..], self.creates) {
            // What the server refused is not done. It may have left an index that is not valid; one that is was there before.
            (_, false) if has_failed => Fate::Again(None),
            (found, true) if has_failed => {
                let mut left = found.iter().filter(|(_, is_valid)| !is_valid);
                match (left.next(), left.next()) {
                    (None, _) => Fate::Again(None),
                    (Some((schema, _)), None) => Fate::Again(Some(invalid(schema))),
                    (Some(_), Some(_)) => Fate::Unknown,
                }
            }
            ([], true) | ([_], false) => Fate::Again(None),
            ([], false) | ([(_, true)], true) => Fate::Done,
            ([(schema, false)], true) => Fate::Again(Some(invalid(schema))),
            _ => Fate::Unknown,
        })
    }
}

/// A schema, where there is one, and a name.
type Qualified = (Option<String>, String);

/// A name with or without its schema, and what comes behind it.
fn qualified<'t, 'b>(tokens: &'t [Token<'b>]) -> Option<(Qualified, &'t [Token<'b>])> {
    let name = |token: &Token<'_>| match token.kind {
        TokenKind::Word(word) => Some(word.to_lowercase()),
        TokenKind::Quoted(text) => Some(text.replace("\"\"", "\"")),
        _ => None,
    };
    match tokens {
        [first, dot, second, rest @ ..] if dot.kind == TokenKind::Sign('.') => {
            Some(((Some(name(first)?), name(second)?), rest))
        }
        [first, rest @ ..] => Some(((None, name(first)?), rest)),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_about_indexes_are_read() {
        let parsed = |text| {
            let it = IndexStatement::parse(text)?;
            Some((
                it.creates,
                it.schema.unwrap_or_default(),
                it.name,
                it.table.unwrap_or_default(),
            ))
        };
        let made = |creates, schema: &str, name: &str, table: &str| {
            Some((
                creates,
                schema.to_owned(),
                name.to_owned(),
                table.to_owned(),
            ))
        };
        assert_eq!(
            parsed(
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"I\" ON ONLY app.T USING btree (a)"
            ),
            made(true, "app", "I", "t")
        );
        assert_eq!(
            parsed("create index concurrently i on t(a)"),
            made(true, "", "i", "t")
        );
        assert_eq!(
            parsed("DROP INDEX CONCURRENTLY IF EXISTS app.i CASCADE"),
            made(false, "app", "i", "")
        );
        assert_eq!(
            parsed("DROP INDEX CONCURRENTLY i;"),
            made(false, "", "i", "")
        );
        assert_eq!(parsed("DROP INDEX CONCURRENTLY i, j"), None);
        assert_eq!(parsed("CREATE INDEX CONCURRENTLY ON t (a)"), None);
        assert_eq!(parsed("CREATE INDEX i ON t (a)"), None);
    }

    #[test]
    fn the_first_statements_are_told_with_the_commands_among_them() {
        let command = |text| Beginning::of(text, 2).command;
        assert_eq!(
            command("\\set a 1\nSELECT 1; SELECT 2;").as_deref(),
            Some("set")
        );
        assert_eq!(command("SELECT 1; SELECT 2;\n\\set a 1\nSELECT 3;"), None);
        let beginning = Beginning::of("COPY t FROM stdin;\n1;\n\\.\nSELECT 1;\nSELECT 2", 9);
        assert_eq!(beginning.statements.len(), 3);
    }
}
