//! What a statement that failed is about: in which table rows may be in its way, and by which of its parts. Pure; of what
//! it does not know it makes nothing.

use std::borrow::Cow;

use super::reader::{Name, Reader};
use crate::script::{TokenKind, quote_identifier};

/// A statement in whose way rows may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suspect<'s> {
    /// Whose rows.
    pub(super) whose: Whose,
    /// What is tried with fewer rows: the statement, or what fails as it does.
    pub(super) trial: Cow<'s, str>,
    /// What is tried instead where the error is not that keys are not unique: indexes are built of deleted rows too.
    pub(super) instead: Option<String>,
    /// What stands before the parts.
    pub(super) head: &'s str,
    /// Its parts; those of an `ALTER TABLE` are its actions, and each can be left out.
    pub(super) parts: Vec<Part<'s>>,
    /// Whether it defines something, so that rows are as they were when it fails on them.
    pub(super) is_definition: bool,
    /// The condition under which an index holds a row.
    pub(super) predicate: Option<&'s str>,
    /// Whether NULLs are equal to one another for it.
    pub(super) nulls_are_equal: bool,
}

/// Whose rows may be in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// A table's.
    Table {
        name: Name,
        /// Whether only its own, and not those of its children.
        only: bool,
    },
    /// Those of the table that the error names, or else of this one.
    Named(Name),
    /// Those of all tables with a column of this domain.
    Domain(Name),
}

/// A part of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part<'s> {
    /// As it is written.
    pub(super) text: &'s str,
    /// Whether rows may be in its way.
    pub(super) can_fail: bool,
    /// The column that it alters.
    pub(super) column: Option<String>,
    /// What it computes from a row.
    pub(super) reads: Vec<&'s str>,
    /// The condition of a check, and the constraint's name where it has one.
    pub(super) check: Option<(Option<String>, &'s str)>,
    /// The constraint that it validates.
    pub(super) validates: Option<String>,
}

impl<'s> Suspect<'s> {
    /// What a statement is about; none where rows are in no way that is known.
    pub(super) fn of(statement: &'s str) -> Option<Self> {
        let mut reader = Reader::of(statement)?;
        if reader.takes_all(&["alter", "table"]) {
            altered_table(statement, reader)
        } else if reader.takes_all(&["alter", "domain"]) {
            altered_domain(statement, reader)
        } else if reader.takes("update") {
            updated(statement, reader)
        } else if reader.takes_all(&["delete", "from"]) {
            let only = reader.takes("only");
            let name = reader.name()?;
            let part = Part {
                can_fail: true,
                ..Part::default()
            };
            Some(Self::new(Whose::Table { name, only }, statement, part))
        } else if reader.takes_all(&["insert", "into"]) {
            selected(statement, reader)
        } else if reader.takes("create") {
            created(statement, reader)
        } else {
            None
        }
    }

    fn new(whose: Whose, statement: &'s str, part: Part<'s>) -> Self {
        Self {
            whose,
            trial: Cow::Borrowed(statement),
            instead: None,
            head: "",
            parts: vec![part],
            is_definition: false,
            predicate: None,
            nulls_are_equal: false,
        }
    }
}

/// `ALTER TABLE [IF EXISTS] [ONLY] name [*] action, …`.
fn altered_table<'s>(statement: &'s str, mut reader: Reader<'s>) -> Option<Suspect<'s>> {
    reader.takes_all(&["if", "exists"]);
    let only = reader.takes("only");
    let name = reader.name()?;
    reader.takes_sign('*');
    let head = reader.before();
    let mut attached = reader.clone();
    let (whose, parts) = if attached.takes_all(&["attach", "partition"]) {
        let part = Part {
            text: reader.rest(),
            can_fail: true,
            ..Part::default()
        };
        (Whose::Named(attached.name()?), vec![part])
    } else {
        let parts = reader.items().into_iter().map(action).collect();
        (Whose::Table { name, only }, parts)
    };
    parts.iter().any(|part| part.can_fail).then(|| Suspect {
        head,
        parts,
        is_definition: true,
        ..Suspect::new(whose, statement, Part::default())
    })
}

/// One action of an `ALTER TABLE`.
fn action(mut reader: Reader<'_>) -> Part<'_> {
    let part = Part {
        text: reader.rest(),
        ..Part::default()
    };
    if reader.takes("alter") {
        reader.takes("column");
        let column = reader.identifier();
        let is_type = reader.takes("type") || reader.takes_all(&["set", "data", "type"]);
        let can_fail = is_type || reader.takes_all(&["set", "not", "null"]);
        let mut reads = Vec::new();
        if is_type && reader.seek(&["using"]) {
            reader.pass();
            reads.push(reader.rest());
        }
        Part {
            can_fail,
            column,
            reads,
            ..part
        }
    } else if reader.takes_all(&["validate", "constraint"]) {
        Part {
            can_fail: true,
            validates: reader.identifier(),
            ..part
        }
    } else if reader.takes("add") {
        added(reader, part)
    } else {
        part
    }
}

/// What an `ADD` adds.
fn added<'s>(mut reader: Reader<'s>, part: Part<'s>) -> Part<'s> {
    const CONSTRAINTS: [&str; 5] = ["unique", "primary", "foreign", "exclude", "not"];
    let name = if reader.takes("constraint") {
        reader.identifier()
    } else {
        None
    };
    let check = if reader.takes("check") {
        reader.parenthesised().map(|check| (name, check))
    } else {
        let is_constraint =
            (reader.peek()).is_some_and(|token| CONSTRAINTS.iter().any(|word| token.is(word)));
        if !is_constraint {
            reader.takes("column");
            reader.takes_all(&["if", "not", "exists"]);
            reader.pass();
        }
        None
    };
    Part {
        can_fail: true,
        reads: vec![check.as_ref().map_or(reader.rest(), |(_, check)| check)],
        check,
        ..part
    }
}

/// `ALTER DOMAIN name …`.
fn altered_domain<'s>(statement: &'s str, mut reader: Reader<'s>) -> Option<Suspect<'s>> {
    let name = reader.name()?;
    let can_fail = reader.takes("add")
        || reader.takes_all(&["validate", "constraint"])
        || reader.takes_all(&["set", "not", "null"]);
    let part = Part {
        can_fail,
        ..Part::default()
    };
    can_fail.then(|| Suspect {
        is_definition: true,
        ..Suspect::new(Whose::Domain(name), statement, part)
    })
}

/// `UPDATE [ONLY] name [*] [[AS] alias] SET column = expression, … [FROM …] [WHERE …] [RETURNING …]`.
fn updated<'s>(statement: &'s str, mut reader: Reader<'s>) -> Option<Suspect<'s>> {
    let only = reader.takes("only");
    let name = reader.name()?;
    if !reader.seek(&["set"]) {
        return None;
    }
    reader.pass();
    let mut behind = reader.clone();
    while behind.seek(&["from", "where", "returning"]) {
        // `IS DISTINCT FROM` is none.
        if behind.previous().is_some_and(|token| token.is("distinct")) {
            behind.pass();
        } else {
            break;
        }
    }
    let list = reader.until(&behind);
    let values = list.items().into_iter().map(|mut item| {
        while item.peek().is_some() && !item.takes_sign('=') {
            item.pass();
        }
        item.rest()
    });
    let part = Part {
        can_fail: true,
        reads: values.collect(),
        ..Part::default()
    };
    Some(Suspect::new(Whose::Table { name, only }, statement, part))
}

/// What ends in `SELECT … FROM name …`: the rows of the first table of the list.
fn selected<'s>(statement: &'s str, mut reader: Reader<'s>) -> Option<Suspect<'s>> {
    if !reader.seek(&["select"]) {
        return None;
    }
    reader.pass();
    let reads = reader.rest();
    while reader.seek(&["from"]) {
        let is_comparison = reader.previous().is_some_and(|token| token.is("distinct"));
        reader.pass();
        if is_comparison {
            continue;
        }
        let only = reader.takes("only");
        let name = reader.name()?;
        if reader.takes_sign('(') {
            return None;
        }
        let part = Part {
            can_fail: true,
            reads: vec![reads],
            ..Part::default()
        };
        return Some(Suspect::new(Whose::Table { name, only }, statement, part));
    }
    None
}

/// `CREATE [UNIQUE] INDEX …` and `CREATE TABLE … AS SELECT …`.
fn created<'s>(statement: &'s str, mut reader: Reader<'s>) -> Option<Suspect<'s>> {
    let before = reader.clone();
    reader.takes("unique");
    if reader.takes("index") {
        return index(statement, reader);
    }
    let mut reader = before;
    for word in ["local", "global"] {
        reader.takes(word);
    }
    for word in ["temp", "temporary", "unlogged", "materialized"] {
        reader.takes(word);
    }
    let is_relation = reader.takes("table") || reader.takes("view");
    // In parentheses stand columns; those of a query begin behind AS.
    if !is_relation || !reader.seek(&["as"]) {
        return None;
    }
    selected(statement, reader)
}

/// `[CONCURRENTLY] [[IF NOT EXISTS] name] ON [ONLY] table [USING method] (keys) … [WHERE predicate]`.
fn index<'s>(statement: &'s str, mut reader: Reader<'s>) -> Option<Suspect<'s>> {
    const TAG: &str = "$pgassay_failing_row$";
    let head = reader.before();
    let is_concurrent = reader.takes("concurrently");
    let tail = reader.rest();
    if !reader.seek(&["on"]) {
        return None;
    }
    reader.pass();
    let only = reader.takes("only");
    let name = reader.name()?;
    if reader.takes("using") {
        reader.identifier()?;
    }
    let keys = keys(reader.parenthesised()?);
    let mut nulls = reader.clone();
    let nulls_are_equal = nulls.seek(&["nulls"]) && nulls.takes_all(&["nulls", "not", "distinct"]);
    let predicate = if reader.seek(&["where"]) {
        reader.pass();
        Some(reader.rest())
    } else {
        None
    };
    let quoted: Vec<String> = name.iter().map(|part| quote_identifier(part)).collect();
    let body = format!(
        "PERFORM {} FROM {}{}{};",
        keys.join(", "),
        if only { "ONLY " } else { "" },
        quoted.join("."),
        predicate.map_or_else(String::new, |it| format!(" WHERE {it}\n")),
    );
    let instead = (!keys.is_empty() && !body.contains(TAG))
        .then(|| format!("DO LANGUAGE plpgsql {TAG} BEGIN {body} END {TAG}"));
    let mut reads = keys;
    reads.extend(predicate);
    let part = Part {
        can_fail: true,
        reads,
        ..Part::default()
    };
    // One that is built beside others cannot be in a transaction.
    let trial = if is_concurrent {
        Cow::Owned(format!("{head} {tail}"))
    } else {
        Cow::Borrowed(statement)
    };
    Some(Suspect {
        trial,
        instead,
        is_definition: true,
        predicate,
        nulls_are_equal,
        ..Suspect::new(Whose::Table { name, only }, statement, part)
    })
}

/// The keys of an index without what is said of their order: columns, calls, expressions in parentheses.
fn keys(text: &str) -> Vec<&str> {
    let Some(reader) = Reader::of(text) else {
        return Vec::new();
    };
    let items = reader.items().into_iter().filter_map(|mut item| {
        let whole = item.rest();
        let is_call = item.name().is_some()
            && item
                .peek()
                .is_some_and(|token| token.kind == TokenKind::Sign('('));
        if is_call || whole.starts_with('(') {
            item.parenthesised()?;
        }
        let behind = item.rest();
        let length = whole.len() - behind.len();
        Some(whole[..length].trim_end()).filter(|key| !key.is_empty())
    });
    items.collect()
}
