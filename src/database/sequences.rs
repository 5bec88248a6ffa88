//! The sequences of a database. What they give out is not rolled back, so they are put back one by one.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::DatabaseError;
use crate::script::quote_literal;
use crate::session::{Connection, QueryError};

/// How many sequences one statement reads: each is a table of its own to the server.
const AT_A_TIME: usize = 100;

/// A sequence as the template has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Its number is the same in all copies of the template.
    oid: u32,
    /// Quoted, with its schema.
    name: String,
    last_value: i64,
    is_called: bool,
}

/// What a text reads from: `FROM app.counter`.
static READ: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)\bfrom\s+(only\s+)?([\w$"]+\s*\.\s*)*"?(?P<name>[\w$]+)"#).ok()
});

impl Sequence {
    /// Reads all of a database, by a superuser's session in it.
    ///
    /// # Errors
    /// The server's error.
    pub fn read_all(session: &mut Connection) -> Result<Vec<Self>, DatabaseError> {
        let doing = || DatabaseError::query("read the sequences");
        let listed = session
            .rows(
                "SELECT c.oid::text, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
                   FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relkind = 'S' AND c.relpersistence <> 't' ORDER BY c.oid",
            )
            .map_err(doing())?;
        let mut all = Vec::with_capacity(listed.len());
        for row in listed {
            let mut cells = row.into_iter().flatten();
            if let (Some(oid), Some(name)) = (cells.next(), cells.next()) {
                all.push((oid, name));
            }
        }
        let names: Vec<&str> = all.iter().map(|(_, name)| name.as_str()).collect();
        let states = read(session, &names).map_err(doing())?;
        let sequence = |((oid, name), state): (&(String, String), Option<(i64, bool)>)| {
            let (last_value, is_called) = state?;
            Some(Self {
                oid: oid.parse().ok()?,
                name: name.clone(),
                last_value,
                is_called,
            })
        };
        let sequences = all.iter().zip(states).map(|it| {
            sequence(it).ok_or_else(|| DatabaseError::Unreadable {
                what: format!("the sequence {}", it.0.1),
            })
        });
        sequences.collect()
    }

    /// Puts those back that are not as the template has them, by a superuser's session in the scratch database. Only
    /// where one may have been set by hand (`setval` with `false`) does each have to be read by itself. Returns whether there
    /// were any.
    ///
    /// # Errors
    /// The server's error; also where one is gone.
    pub fn put_back(
        all: &[Self],
        session: &mut Connection,
        may_be_set: bool,
    ) -> Result<bool, QueryError> {
        let moved = if may_be_set {
            Self::read_moved(all, session)?
        } else {
            Self::ask_for_moved(all, session)?
        };
        for some in moved.chunks(AT_A_TIME) {
            let calls: Vec<String> = some
                .iter()
                .map(|it| {
                    let name = quote_literal(&it.name);
                    format!(
                        "pg_catalog.setval({name}, {}, {})",
                        it.last_value, it.is_called
                    )
                })
                .collect();
            session.execute(&format!("SELECT {}", calls.join(", ")))?;
        }
        Ok(!moved.is_empty())
    }

    /// Whether a text reads one of these like a table. Then it may see how many of its next numbers are in the log already,
    /// which nothing puts back.
    pub fn are_read_by(all: &[Self], text: &str) -> bool {
        let Some(pattern) = READ.as_ref() else {
            return true;
        };
        let mut read = pattern.captures_iter(text);
        !all.is_empty()
            && read.any(|found| {
                let name = found["name"].to_lowercase();
                all.iter()
                    .any(|it| it.bare_name().eq_ignore_ascii_case(&name))
            })
    }

    /// Without its schema.
    fn bare_name(&self) -> &str {
        let name = self.name.rsplit('.').next().unwrap_or(&self.name);
        name.trim_matches('"')
    }

    /// Those that have given out numbers, or were set.
    fn ask_for_moved<'s>(
        all: &'s [Self],
        session: &mut Connection,
    ) -> Result<Vec<&'s Self>, QueryError> {
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let oids: Vec<String> = all.iter().map(|it| it.oid.to_string()).collect();
        // A sequence that has given out nothing yet has no last value here.
        let values: Vec<String> = all
            .iter()
            .map(|it| {
                let given_out = it.is_called.then(|| it.last_value.to_string());
                given_out.unwrap_or_else(|| "NULL".to_owned())
            })
            .collect();
        let rows = session.rows(&format!(
            "SELECT s.number - 1
               FROM ROWS FROM (pg_catalog.unnest('{{{}}}'::pg_catalog.oid[]),
                               pg_catalog.unnest('{{{}}}'::pg_catalog.int8[])) WITH ORDINALITY AS s (oid, value, number)
              WHERE pg_catalog.pg_sequence_last_value(s.oid::pg_catalog.regclass) IS DISTINCT FROM s.value",
            oids.join(","),
            values.join(",")
        ))?;
        let indexes = rows.into_iter().flatten().flatten();
        Ok(indexes
            .filter_map(|text| all.get(text.parse::<usize>().ok()?))
            .collect())
    }

    /// Those that are not as the template has them, each read by itself.
    fn read_moved<'s>(
        all: &'s [Self],
        session: &mut Connection,
    ) -> Result<Vec<&'s Self>, QueryError> {
        let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
        let states = read(session, &names)?;
        let pairs = all.iter().zip(states);
        Ok(pairs
            .filter(|(it, state)| *state != Some((it.last_value, it.is_called)))
            .map(|(it, _)| it)
            .collect())
    }
}

/// The last value of each sequence, and whether it was given out; none of one that cannot be read.
fn read(session: &mut Connection, names: &[&str]) -> Result<Vec<Option<(i64, bool)>>, QueryError> {
    let mut states = vec![None; names.len()];
    for (names, states) in names.chunks(AT_A_TIME).zip(states.chunks_mut(AT_A_TIME)) {
        let questions: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(index, name)| {
                format!("SELECT {index}, last_value::text, is_called::text FROM {name}")
            })
            .collect();
        for row in session.rows(&questions.join(" UNION ALL "))? {
            let mut cells = row.into_iter().flatten();
            let index = cells.next().and_then(|text| text.parse::<usize>().ok());
            let state = index.and_then(|index| states.get_mut(index));
            let value = cells.next().and_then(|text| text.parse().ok());
            if let (Some(state), Some(value), Some(is_called)) = (state, value, cells.next()) {
                *state = Some((value, is_called.starts_with('t')));
            }
        }
    }
    Ok(states)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_reads_a_sequence_is_known_by_its_name() {
        let all = ["app.\"Counter\"", "t_id_seq"].map(|name| Sequence {
            oid: 1,
            name: name.to_owned(),
            last_value: 1,
            is_called: true,
        });
        for text in [
            "SELECT * FROM t_id_seq",
            "select row(s.*) from public.T_ID_SEQ s",
            "SELECT 1 FROM app . \"Counter\"",
        ] {
            assert!(Sequence::are_read_by(&all, text), "{text}");
        }
        for text in [
            "SELECT nextval('t_id_seq')",
            "SELECT * FROM t",
            "SELECT has_sequence('t_id_seq') FROM generate_series(1, 2)",
        ] {
            assert!(!Sequence::are_read_by(&all, text), "{text}");
        }
    }
}
