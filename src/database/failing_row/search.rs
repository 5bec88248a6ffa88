//! The search for a row: rows are taken away, half of them each time, and it is looked whether the statement still fails. That
//! finds the row whatever the statement is, and whatever functions and triggers it runs.

use std::ops::Range;
use std::time::Instant;

use super::asking::{Asking, Stopped};
use super::relation::{Found, Relation};
use super::suspect::Suspect;
use super::trial::{Likeness, Trial};
use crate::script::quote_literal;

/// The table with the places of all rows, in their order.
const ROWS: &str = "pg_temp.pgassay_failing_row";

/// See the module's words.
pub(super) struct Search<'a, 'c> {
    asking: &'a mut Asking<'c>,
    relations: &'a [Relation],
    trial: &'a Trial<'a>,
    /// What keeps triggers quiet and shows all rows, while some are taken away.
    quiet: Vec<String>,
    /// What takes that back.
    loud: Vec<String>,
    count: u64,
    /// How like the error must be.
    likeness: Likeness,
    /// Whether the row that was found fails only beside others.
    is_beside_others: bool,
}

impl<'a, 'c> Search<'a, 'c> {
    /// Notes where all rows are.
    pub(super) fn begin(
        asking: &'a mut Asking<'c>,
        relations: &'a [Relation],
        trial: &'a Trial<'a>,
    ) -> Result<Self, Stopped> {
        let before = |asking: &mut Asking<'_>, setting: &str| {
            let asked = format!("SELECT pg_catalog.current_setting('{setting}')");
            let value = asking.rows(&asked)?.into_iter().flatten().flatten().next();
            value.ok_or(Stopped)
        };
        let row_security = before(asking, "row_security")?;
        let role = before(asking, "session_replication_role")?;
        let mut quiet = vec!["SET LOCAL row_security = off".to_owned()];
        let mut loud = vec![format!(
            "SET LOCAL row_security = {}",
            quote_literal(&row_security)
        )];
        let silence = "SET LOCAL session_replication_role = replica";
        if asking.attempt(silence)?.is_ok() {
            quiet.push(silence.to_owned());
            loud.push(format!(
                "SET LOCAL session_replication_role = {}",
                quote_literal(&role)
            ));
        } else {
            for relation in relations {
                let (before, behind) = without_triggers(asking, relation)?;
                quiet.extend(before);
                loud.extend(behind);
            }
        }
        let all = relations.iter().enumerate().map(|(number, relation)| {
            format!(
                "SELECT {number} AS r, t.tableoid AS o, t.ctid AS c,
                        pg_catalog.row_number() OVER (ORDER BY {}) AS n FROM {} AS t",
                relation.order("t"),
                relation.sql
            )
        });
        let all: Vec<String> = all.collect();
        for statement in &quiet {
            asking.execute(statement)?;
        }
        asking.execute(&format!(
            "CREATE TEMPORARY TABLE pgassay_failing_row AS
             SELECT o, c, pg_catalog.row_number() OVER (ORDER BY r, n) - 1 AS n FROM ({}) AS every",
            all.join(" UNION ALL ")
        ))?;
        for statement in &loud {
            asking.execute(statement)?;
        }
        asking.execute(&format!("ANALYZE {ROWS}"))?;
        let count = asking.rows(&format!("SELECT pg_catalog.count(*) FROM {ROWS}"))?;
        let count = count.into_iter().flatten().flatten().next();
        let count = count.and_then(|it| it.parse().ok()).ok_or(Stopped)?;
        Ok(Self {
            asking,
            relations,
            trial,
            quiet,
            loud,
            count,
            likeness: Likeness::Words,
            is_beside_others: false,
        })
    }

    /// Takes rows away.
    fn hide(&mut self, rows: Range<u64>) -> Result<(), Stopped> {
        if rows.is_empty() {
            return Ok(());
        }
        for statement in &self.quiet {
            self.asking.execute(statement)?;
        }
        for relation in self.relations {
            self.asking.execute(&format!(
                "DELETE FROM {} AS t USING {ROWS} AS r
                  WHERE t.ctid = r.c AND t.tableoid = r.o AND r.n >= {} AND r.n < {}",
                relation.sql, rows.start, rows.end
            ))?;
        }
        for statement in &self.loud {
            self.asking.execute(statement)?;
        }
        Ok(())
    }

    fn fails(&mut self) -> Result<bool, Stopped> {
        self.trial.fails(self.asking, self.likeness)
    }

    /// Whether it fails without these rows; if so, they stay away.
    fn fails_without(&mut self, rows: Range<u64>) -> Result<bool, Stopped> {
        self.asking.mark("half")?;
        self.hide(rows)?;
        let fails = self.fails()?;
        if fails {
            self.asking.release("half")?;
        } else {
            self.asking.back_to("half")?;
        }
        Ok(fails)
    }

    /// The first row with which the statement fails in the same words, as the server stopped at that one; where the words are
    /// others each time, the first with which it fails in the same way.
    pub(super) fn first(&mut self) -> Result<Option<Found>, Stopped> {
        for likeness in [Likeness::Words, Likeness::Kind] {
            self.likeness = likeness;
            self.is_beside_others = false;
            self.asking.mark("all")?;
            if let Some(found) = self.narrowed()? {
                return Ok(Some(found));
            }
            self.asking.back_to("all")?;
        }
        Ok(None)
    }

    /// The first row with which the statement fails; where it fails only beside others, the last one that it takes. What is left
    /// then is that row, and those beside which it fails.
    fn narrowed(&mut self) -> Result<Option<Found>, Stopped> {
        let (mut first, mut end) = (0, self.count);
        while end - first > 1 {
            let middle = first + (end - first) / 2;
            if self.fails_without(middle..end)? {
                end = middle;
            } else if !self.is_beside_others && self.fails_without(first..middle)? {
                first = middle;
            } else {
                self.is_beside_others = true;
                first = middle;
            }
        }
        // What fails without the row too is not its fault: an index is built of rows that were taken away, too.
        if self.count == 0 || !self.fails()? || self.fails_without(first..end)? {
            return Ok(None);
        }
        let place = self
            .asking
            .rows(&format!("SELECT o, c FROM {ROWS} WHERE n = {first}"))?;
        let mut place = place.into_iter().flatten().flatten();
        Ok(place.next().zip(place.next()).map(|(table, place)| Found {
            table,
            place,
            others: None,
            condition: None,
        }))
    }

    /// Which part of the statement is to blame: the only one that can fail, or that without which it does not.
    pub(super) fn part_to_blame(
        &mut self,
        suspect: &Suspect<'_>,
    ) -> Result<Option<usize>, Stopped> {
        let can_fail = |(number, _): &(usize, _)| suspect.parts[*number].can_fail;
        let parts = || suspect.parts.iter().enumerate();
        let numbers: Vec<usize> = parts().filter(can_fail).map(|(number, _)| number).collect();
        if let [only] = numbers.as_slice() {
            return Ok(Some(*only));
        }
        for number in numbers {
            let others = parts().filter(|(other, _)| *other != number);
            let others: Vec<&str> = others.map(|(_, part)| part.text).collect();
            let without = format!("{}{}", suspect.head, others.join(", "));
            if !self.trial.with(without).fails(self.asking, self.likeness)? {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// How many other rows fail too, each by itself; none where the time is over before that is known.
    pub(super) fn others(&mut self, until: Instant) -> Option<u64> {
        if self.is_beside_others {
            return None;
        }
        let deadline = self.asking.deadline();
        self.asking.until(until);
        self.likeness = Likeness::Kind;
        let counted = self.asking.back_to("all");
        let counted = counted.and_then(|()| self.failing(0..self.count));
        self.asking.again_until(deadline);
        counted.ok()?.checked_sub(1)
    }

    /// How many of these rows fail, which are all that are there.
    fn failing(&mut self, rows: Range<u64>) -> Result<u64, Stopped> {
        if rows.is_empty() || !self.fails()? {
            return Ok(0);
        }
        if rows.end - rows.start == 1 {
            return Ok(1);
        }
        let middle = rows.start + (rows.end - rows.start) / 2;
        let mut failing = 0;
        for (kept, hidden) in [
            (rows.start..middle, middle..rows.end),
            (middle..rows.end, rows.start..middle),
        ] {
            self.asking.mark("counted")?;
            self.hide(hidden)?;
            failing += self.failing(kept)?;
            self.asking.back_to("counted")?;
        }
        Ok(failing)
    }
}

/// For a role that may not silence triggers: what switches a table's own ones off and on again. Its foreign keys from other
/// tables, whose triggers only a superuser switches off, are dropped for as long as it is asked.
fn without_triggers(
    asking: &mut Asking<'_>,
    relation: &Relation,
) -> Result<(Vec<String>, Vec<String>), Stopped> {
    let keys = asking.rows(&format!(
        "SELECT pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::pg_catalog.regclass, conname)
           FROM pg_catalog.pg_constraint
          WHERE contype = 'f' AND confrelid = {} AND conparentid = 0",
        relation.oid
    ))?;
    for statement in keys.into_iter().flatten().flatten() {
        asking.execute(&statement)?;
    }
    let triggers = asking.rows(&format!(
        "SELECT pg_catalog.format('ALTER TABLE {} ENABLE %s TRIGGER %I',
                CASE tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, tgname)
           FROM pg_catalog.pg_trigger
          WHERE tgrelid = {} AND NOT tgisinternal AND tgenabled <> 'D'",
        relation.name.replace('%', "%%").replace('\'', "''"),
        relation.oid
    ))?;
    let loud: Vec<String> = triggers.into_iter().flatten().flatten().collect();
    let quiet = if loud.is_empty() {
        Vec::new()
    } else {
        vec![format!(
            "ALTER TABLE {} DISABLE TRIGGER USER",
            relation.name
        )]
    };
    Ok((quiet, loud))
}
