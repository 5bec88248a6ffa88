//! Probes in a body in PL/pgSQL.
//!
//! They stand on the lines that are there, so that what errors say of lines stays as it is. Each is an `IF` over a
//! variable of the function's own, in which a bit says that it was told already: it leaves `FOUND` and `ROW_COUNT` as
//! they are, and costs some 50 ns. It is written in small letters and without `as`: who takes a definition apart at words
//! as the server writes them (`AS $function$`) finds these only. What was told is kept in a setting of the session too, so that it is told once;
//! what is rolled back is forgotten and told again.

mod marks;

use super::Logic;
use crate::coverage::body::{CAUGHT_VARIABLES, telling_of_caught};
use crate::coverage::hidden::{BEGIN, END, with_added_variables};
use crate::coverage::insertions::Insertions;
use crate::plpgsql::{BodyError, Handler, parse};
use crate::script::{TokenKind, Tokens};
use marks::Marks;

/// A body that tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::coverage) struct Telling {
    /// The body with probes at its entrance, in its handlers, and at each of its points.
    pub(in crate::coverage) whole: String,
    /// These points.
    pub(in crate::coverage) logic: Logic,
    /// The body with probes at its entrance and in its handlers only.
    pub(in crate::coverage) outside: String,
}

/// Reads a body, and makes it tell as the routine of this number. At its entrance it gets this statement, in handlers
/// that may catch the refusal of a constraint or a privilege one that tells of that.
///
/// # Errors
/// When it cannot be read.
pub(in crate::coverage) fn telling(
    body: &str,
    oid: u32,
    entrance: &str,
) -> Result<Telling, BodyError> {
    let read = parse(body)?;
    let mut outside = Insertions::default();
    outside.put(read.block.begin.end, hideable(entrance));
    let handlers = read.handlers();
    let handlers = handlers.iter().filter(|it| may_refuse(body, it));
    let handlers: Vec<usize> = handlers.map(|it| it.then).collect();
    for then in &handlers {
        outside.put(*then, hideable(&telling_of_caught("handled")));
    }
    let mut marks = Marks::new(body, oid, outside.clone());
    marks.block(&read.block, None);
    marks.declare(&read);
    // The server numbers the value of a CASE when it has read all of it.
    let declared = marks.variables();
    for (at, end) in std::mem::take(&mut marks.compared) {
        let before = handlers.iter().filter(|then| **then < end).count() * CAUGHT_VARIABLES;
        outside.put(at, with_added_variables(before));
        let added = with_added_variables(before + declared);
        marks.insertions.put(at, added);
    }
    let logic = Logic {
        points: marks.points,
        ..Logic::default()
    };
    Ok(Telling {
        whole: marks.insertions.into(body),
        logic,
        outside: outside.into(body),
    })
}

/// Whether a handler's condition is met by what refuses a row, or a role.
fn may_refuse(body: &str, handler: &Handler) -> bool {
    const NAMES: [&str; 10] = [
        "others",
        "integrity_constraint_violation",
        "restrict_violation",
        "not_null_violation",
        "foreign_key_violation",
        "unique_violation",
        "check_violation",
        "exclusion_violation",
        "syntax_error_or_access_rule_violation",
        "insufficient_privilege",
    ];
    Tokens::of(&body[handler.when..handler.then]).any(|token| match token.kind {
        TokenKind::Text(state, _) => state.starts_with("23") || state.starts_with("42"),
        _ => NAMES.iter().any(|name| token.is(name)),
    })
}

/// A text with marks around it, by which it is taken out of what errors show of a body.
fn hideable(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("{BEGIN}{text}{END}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::marks::inside_of;
    use super::*;
    use crate::coverage::logic::PointKind;

    const EVERYTHING: &str = include_str!("../../../../tests/data/plpgsql/everything.plpgsql");

    fn of(body: &str, oid: u32) -> (Logic, String) {
        let told = telling(body, oid, "").unwrap();
        (told.logic, told.whole)
    }

    /// The lines of a text without what probes put there.
    fn without_probes(telling: &str) -> Vec<String> {
        let probes = regex::Regex::new(r"/\*pgassay<.*?>pgassay\*/").unwrap();
        let text = probes.replace_all(telling, "");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn probes_stand_on_the_lines_that_are_there() {
        let (logic, telling) = of(EVERYTHING, 17);
        let lines = without_probes(&telling);
        let before: Vec<&str> = EVERYTHING.lines().collect();
        assert_eq!(lines.len(), before.len());
        for (line, before) in lines.iter().zip(before) {
            assert_eq!(line, before);
        }
        // It can be read again, and has as many statements as there were, and those of the probes.
        assert!(parse(&telling).is_ok(), "{telling}");
        let probes = logic.points.iter().map(|point| point.probe).max().unwrap() + 1;
        assert_eq!(telling.matches("pg_assay.hit(17,").count(), probes);
        for probe in 0..probes {
            assert!(
                telling.contains(&format!("pg_assay.hit(17, {probe}, ")),
                "{probe}"
            );
        }
    }

    #[test]
    fn branches_that_are_not_written_count_too() {
        let body = "BEGIN
            IF a THEN b := 1; END IF;
            WHILE c LOOP END LOOP;
            LOOP EXIT; END LOOP;
            BEGIN d := 1; EXCEPTION WHEN OTHERS THEN NULL; END;
            BEGIN RETURN; EXCEPTION WHEN OTHERS THEN END;
            BEGIN LOOP RETURN; END LOOP; EXCEPTION WHEN OTHERS THEN END;
            BEGIN LOOP EXIT WHEN d = 1; END LOOP; EXCEPTION WHEN OTHERS THEN END;
            BEGIN <<inner>> BEGIN EXIT inner; END; EXCEPTION WHEN OTHERS THEN END;
            END";
        let (logic, _) = of(body, 1);
        let branches: Vec<(usize, PointKind)> = logic
            .points
            .iter()
            .filter(|point| point.kind.is_branch())
            .map(|point| (point.line, point.kind))
            .collect();
        assert_eq!(
            branches,
            [
                (2, PointKind::Then),
                (2, PointKind::NoThen),
                (3, PointKind::Turn),
                (3, PointKind::NoTurn),
                (4, PointKind::Turn),
                (5, PointKind::NotCaught),
                (5, PointKind::Caught),
                (6, PointKind::Caught),
                (7, PointKind::Turn),
                (7, PointKind::Caught),
                (8, PointKind::Turn),
                (8, PointKind::NotCaught),
                (8, PointKind::Caught),
                (9, PointKind::NotCaught),
                (9, PointKind::Caught),
            ]
        );
    }

    #[test]
    fn a_branch_knows_its_statement() {
        let body = "BEGIN
            IF a THEN CASE b WHEN 1 THEN c;
                WHEN 2 THEN d; END CASE;
            ELSIF e THEN f; END IF;
            WHILE g LOOP BEGIN h; EXCEPTION
                WHEN OTHERS THEN i; END; END LOOP;
            EXCEPTION
                WHEN OTHERS THEN j;
            END";
        let (logic, _) = of(body, 1);
        let branches = logic.points.iter().filter(|point| point.kind.is_branch());
        let owners = branches.map(|point| {
            let owner = point.of.map(|of| &logic.points[of]);
            assert!(owner.is_none_or(|owner| owner.kind == PointKind::Statement));
            (point.line, point.kind, owner.map(|owner| owner.line))
        });
        assert_eq!(
            owners.collect::<Vec<_>>(),
            [
                (2, PointKind::Then, Some(2)),
                (2, PointKind::Then, Some(2)),
                (3, PointKind::Then, Some(2)),
                (4, PointKind::Then, Some(2)),
                (2, PointKind::NoThen, Some(2)),
                (5, PointKind::Turn, Some(5)),
                (5, PointKind::NotCaught, Some(5)),
                (6, PointKind::Caught, Some(5)),
                (5, PointKind::NoTurn, Some(5)),
                (1, PointKind::NotCaught, None),
                (8, PointKind::Caught, None),
            ]
        );
    }

    #[test]
    fn what_a_case_is_compared_to_stays_what_it_is() {
        for (when, marked) in [
            ("64", "64"),
            ("a.b", "a.b"),
            ("'x'", "'x'"),
            ("'x'\n'y'", "'x'\n'y'"),
            ("64, 128", "64, ~128"),
            ("f(1.5)", "f(1.5~)"),
            ("1e3 -- THEN\n", "1e3 -- THEN\n"),
            ("a>=12", "a>=12"),
            ("a >= 12 /* no */", "a >= ~12 /* no */"),
        ] {
            let text = format!("WHEN {when} THEN");
            let mut found = text.clone();
            if let Some(at) = inside_of(&text) {
                found.insert(at, '~');
            }
            assert_eq!(found, format!("WHEN {marked} THEN"));
        }
    }

    #[test]
    fn a_body_without_statements_is_as_it_was() {
        for body in ["BEGIN END", "<<a>> DECLARE b int; BEGIN END a;"] {
            let (logic, telling) = of(body, 1);
            assert!(logic.points.is_empty());
            assert_eq!(telling, body);
        }
    }
}
