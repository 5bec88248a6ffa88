//! What can be asked directly: rows with NULL, rows that do not satisfy a check, rows with a key that the error tells.

use super::asking::{Asking, Stopped};
use super::relation::{Found, Relation, unquoted};
use super::suspect::Suspect;
use crate::event::ServerMessage;
use crate::script::{quote_identifier, quote_literal};

/// The first row that the error is about, and which part of the statement is to blame; none where it cannot be asked for.
pub(super) fn known(
    asking: &mut Asking<'_>,
    suspect: &Suspect<'_>,
    relations: &[Relation],
    error: &ServerMessage,
) -> Result<Option<(Found, Option<usize>)>, Stopped> {
    const NULL: &str = "23502";
    const CHECK: &str = "23514";
    const NOT_UNIQUE: &str = "23505";
    const FOREIGN_KEY: &str = "23503";
    let [relation] = relations else {
        return Ok(None);
    };
    if error.code == FOREIGN_KEY {
        let found = referring(asking, suspect, relation, error)?;
        return Ok(found.map(|found| (found, None)));
    }
    if !suspect.is_definition {
        // What its rows were before is not what the error is about.
        return Ok(None);
    }
    match error.code.as_str() {
        NULL => {
            let Some(column) = &error.column else {
                return Ok(None);
            };
            let condition = format!("t.{} IS NULL", quote_identifier(column));
            let part = (suspect.parts.iter())
                .position(|part| part.can_fail && part.column.as_ref() == Some(column));
            let found = first(asking, relation, &condition)?;
            Ok(found.map(|found| (found, part)))
        }
        CHECK => violating(asking, suspect, relation, error),
        NOT_UNIQUE => {
            let found = duplicate(asking, suspect, relation, error)?;
            Ok(found.map(|found| (found, None)))
        }
        _ => Ok(None),
    }
}

/// The first row that does not satisfy the check that the error names.
fn violating(
    asking: &mut Asking<'_>,
    suspect: &Suspect<'_>,
    relation: &Relation,
    error: &ServerMessage,
) -> Result<Option<(Found, Option<usize>)>, Stopped> {
    // A statement that does something besides may change what the check is about.
    let [part] = suspect.parts.as_slice() else {
        return Ok(None);
    };
    let condition = match (&part.check, &part.validates, &error.constraint) {
        (Some((name, check)), _, told) if name.is_none() || name == told => {
            Some((*check).to_owned())
        }
        (_, Some(name), Some(told)) if name == told => {
            let asked = format!(
                "SELECT pg_catalog.pg_get_expr(conbin, conrelid) FROM pg_catalog.pg_constraint
                  WHERE contype = 'c' AND conrelid = {} AND conname = {}",
                relation.oid,
                quote_literal(name)
            );
            asking.rows(&asked)?.into_iter().flatten().flatten().next()
        }
        _ => None,
    };
    let Some(condition) = condition else {
        return Ok(None);
    };
    let found = first(asking, relation, &format!("NOT ({condition}\n)"))?;
    let found = found.map(|found| Found {
        condition: Some(condition),
        ..found
    });
    Ok(found.map(|found| (found, Some(0))))
}

/// The first row with the key that the error tells, where rows cannot be taken away to look for it: in a table that refers to
/// itself, and in one that others refer to.
fn referring(
    asking: &mut Asking<'_>,
    suspect: &Suspect<'_>,
    relation: &Relation,
    error: &ServerMessage,
) -> Result<Option<Found>, Stopped> {
    let detail = error.detail.as_deref().unwrap_or_default();
    let told = detail
        .strip_prefix("Key (")
        .and_then(|rest| rest.split_once(")=("));
    let Some((keys, rest)) = told else {
        return Ok(None);
    };
    let values = if suspect.is_definition {
        let own = error.table.as_deref().unwrap_or_default();
        rest.strip_suffix(&format!(") is not present in table \"{own}\"."))
    } else {
        let own = unquoted(relation.name.rsplit_once('.').map_or("", |(_, name)| name));
        let is_own = (error.message).starts_with(&format!("update or delete on table \"{own}\" "));
        let values = rest.rsplit_once(") is still referenced from table ");
        values.map(|(values, _)| values).filter(|_| is_own)
    };
    let Some(values) = values else {
        return Ok(None);
    };
    let condition = format!(
        "pg_catalog.concat_ws(', ', {keys}) = {}",
        quote_literal(values)
    );
    let found = first(asking, relation, &condition)?;
    // How many other keys there are that refer to nothing is not asked.
    Ok(found.map(|found| Found {
        others: None,
        ..found
    }))
}

/// The first row of the key that the error names, where another one has it too.
fn duplicate(
    asking: &mut Asking<'_>,
    suspect: &Suspect<'_>,
    relation: &Relation,
    error: &ServerMessage,
) -> Result<Option<Found>, Stopped> {
    let detail = error.detail.as_deref().unwrap_or_default();
    let told = (detail.strip_prefix("Key ("))
        .and_then(|rest| rest.strip_suffix(") is duplicated."))
        .and_then(|rest| rest.split_once(")=("));
    let Some((keys, values)) = told else {
        return Ok(None);
    };
    let holds = suspect
        .predicate
        .map_or_else(|| "true".to_owned(), |it| format!("({it}\n)"));
    // Where NULLs are not equal, a row with one has no other like it.
    let without_null = if suspect.nulls_are_equal {
        "true".to_owned()
    } else {
        format!("pg_catalog.num_nulls({keys}) = 0")
    };
    let order = relation.order("t");
    let sql = format!(
        "SELECT s.tableoid, s.ctid, (pg_catalog.count(*) OVER ()) - 1, s.is_it
           FROM (SELECT t.tableoid, t.ctid, pg_catalog.concat_ws(', ', {keys}) = {values} AS is_it,
                        pg_catalog.count(*) OVER (PARTITION BY {keys}) AS alike,
                        pg_catalog.row_number() OVER (ORDER BY {order}) AS n
                   FROM {table} AS t WHERE {holds} AND {without_null}) AS s
          WHERE s.alike > 1 ORDER BY s.is_it DESC, s.n LIMIT 1",
        values = quote_literal(values),
        table = relation.sql,
    );
    let rows = unseen(asking, &sql)?;
    let is_it = |row: &Vec<Option<String>>| row.get(3) == Some(&Some("t".into()));
    Ok(rows.into_iter().find(is_it).and_then(found))
}

/// The first row of a table of which a condition is true.
fn first(
    asking: &mut Asking<'_>,
    relation: &Relation,
    condition: &str,
) -> Result<Option<Found>, Stopped> {
    let sql = format!(
        "SELECT t.tableoid, t.ctid, (pg_catalog.count(*) OVER ()) - 1 FROM {} AS t WHERE {condition}
          ORDER BY {} LIMIT 1",
        relation.sql,
        relation.order("t"),
    );
    Ok(unseen(asking, &sql)?.into_iter().next().and_then(found))
}

/// Asks with all rows in sight; what cannot be asked has no rows.
fn unseen(asking: &mut Asking<'_>, sql: &str) -> Result<Vec<Vec<Option<String>>>, Stopped> {
    asking.execute("SET LOCAL row_security = off")?;
    let rows = asking.rows_if_possible(sql)?;
    asking.start_over()?;
    Ok(rows.unwrap_or_default())
}

fn found(row: Vec<Option<String>>) -> Option<Found> {
    let mut row = row.into_iter().flatten();
    Some(Found {
        table: row.next()?,
        place: row.next()?,
        others: row.next().and_then(|others| others.parse().ok()),
        condition: None,
    })
}
