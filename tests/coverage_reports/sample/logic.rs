//! Logic of functions that are not there: bodies line by line, with what stands on each line and how many test files reached
//! it.

use std::collections::{BTreeMap, BTreeSet};

use pgassay::catalog::Place;
use pgassay::coverage::PointKind::{
    Caught, Else, NoThen, NoTurn, NotCaught, Statement, Then, Turn,
};
use pgassay::coverage::{CoveredLogic, Located, Logic, Point, PointKind};

/// A line of a body, and what stands on it with the number of test files that reached that.
pub(super) type Line = (&'static str, &'static [(PointKind, usize)]);

/// Some of it was reached: of every kind of branch one was not taken.
pub(super) const PARTLY: &[Line] = &[
    ("", &[]),
    ("DECLARE", &[]),
    ("\trest numeric := 0;", &[]),
    ("BEGIN", &[(NotCaught, 3)]),
    ("  -- No <b>order</b> is settled twice & for all.", &[]),
    (
        "  IF state_of(the_order) = 'paid' THEN",
        &[(Statement, 3), (NoThen, 3), (Then, 0)],
    ),
    ("    RETURN 0;", &[(Statement, 0)]),
    ("  END IF;", &[]),
    (
        "  FOR line IN SELECT amount FROM app.order_items WHERE order_id = the_order",
        &[(Statement, 3), (Turn, 3), (NoTurn, 0)],
    ),
    ("  LOOP", &[]),
    ("    CASE", &[(Statement, 3)]),
    (
        "      WHEN line.amount > 0 THEN rest := rest + line.amount;",
        &[(Then, 3), (Statement, 3)],
    ),
    (
        "      ELSE RAISE 'line % costs nothing', line;",
        &[(Else, 1), (Statement, 1)],
    ),
    ("    END CASE;", &[]),
    ("  END LOOP;", &[]),
    ("  UPDATE app.orders", &[(Statement, 2)]),
    (
        "  SET state = 'paid', settled_by = \"current_user\"(), note = concat_ws(', ', note, 'settled at ' || now()::text)",
        &[],
    ),
    ("  WHERE id = the_order;", &[]),
    ("  RETURN rest;", &[(Statement, 2)]),
    ("EXCEPTION", &[]),
    ("  WHEN check_violation THEN", &[(Caught, 0)]),
    ("    RETURN NULL;", &[(Statement, 0)]),
    ("END;", &[]),
    ("", &[]),
];

/// Nothing of it was.
pub(super) const MISSED: &[Line] = &[
    ("", &[]),
    ("BEGIN", &[]),
    (
        "  IF amount IS NULL THEN",
        &[(Statement, 0), (NoThen, 0), (Then, 0)],
    ),
    ("    RAISE 'no amount';", &[(Statement, 0)]),
    ("  END IF;", &[]),
    (
        "  INSERT INTO app.refunds VALUES (amount);",
        &[(Statement, 0)],
    ),
    ("END", &[]),
];

/// All of it was.
pub(super) const COVERED: &[Line] = &[
    ("", &[]),
    ("BEGIN", &[]),
    (
        "  IF TG_OP = 'INSERT' THEN",
        &[(Statement, 4), (Then, 2), (NoThen, 3)],
    ),
    (
        "    NEW.made_at := now(); NEW.made_by := CURRENT_USER;",
        &[(Statement, 2), (Statement, 2)],
    ),
    ("  END IF;", &[]),
    ("  RETURN NEW;", &[(Statement, 4)]),
    ("END", &[]),
];

/// As the server writes what it keeps analysed.
pub(super) const ANALYSED: &[Line] = &[
    ("BEGIN ATOMIC", &[]),
    (" DELETE FROM app.drafts;", &[(Statement, 2)]),
    (" SELECT max(orders.id) AS max", &[(Statement, 0)]),
    ("    FROM app.orders;", &[]),
    ("END", &[]),
];

/// The text of a body.
pub(super) fn text(lines: &[Line]) -> String {
    let lines: Vec<&str> = lines.iter().map(|(line, _)| *line).collect();
    lines.join("\n")
}

/// Its points, and what reached them. It stands in a script from that line on.
pub(super) fn of(lines: &[Line], test: &str, located: Option<(&Place, u32)>) -> CoveredLogic {
    let mut points = Vec::new();
    let mut owner = 0;
    let mut hits: BTreeMap<usize, BTreeSet<Place>> = BTreeMap::new();
    for (at, (_, of_line)) in lines.iter().enumerate() {
        // In the samples a statement that a line begins with is that of the branches on it and behind it.
        if of_line.first().is_some_and(|(kind, _)| !kind.is_branch()) {
            owner = points.len();
        }
        for (kind, files) in *of_line {
            let probe = points.len();
            let is_owned = kind.is_branch() && !matches!(kind, Caught | NotCaught);
            points.push(Point {
                line: at + 1,
                kind: *kind,
                probe,
                of: is_owned.then_some(owner),
            });
            let places = (0..*files).map(|file| Place {
                file: format!("sql-tests/{test}_{}.sql", file + 1),
                line: u32::try_from(7 + 5 * file + at).unwrap(),
            });
            if *files > 0 {
                hits.insert(probe, places.collect());
            }
        }
    }
    let located = located.map(|(place, first)| Located {
        file: place.file.clone(),
        statement: place.line,
        lines: points
            .iter()
            .map(|point| first + u32::try_from(point.line).unwrap() - 1)
            .collect(),
    });
    CoveredLogic {
        logic: Logic {
            points,
            ..Logic::default()
        },
        hits,
        located,
    }
}
