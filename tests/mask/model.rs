//! Tables that refer to one another, made by chance, and what a sample of them is, found by trying every row again and again.

use std::collections::BTreeSet;

use fastrand::Rng;
use pgassay::snapshot::sample::Filter;
use pgassay::snapshot::{Reference, Table};

use crate::ground::{name, table};

/// Rows and tables as values. Each row has a number `id`, and is also known by `a` and `b` together.
pub(crate) struct Model {
    schema: String,
    tables: Vec<ModelTable>,
    references: Vec<ModelReference>,
}

struct ModelTable {
    is_partitioned: bool,
    rows: usize,
    /// Keeps the rows whose number leaves this rest when divided by that.
    filter: Option<(usize, usize)>,
}

struct ModelReference {
    from: usize,
    to: usize,
    is_pair: bool,
    is_full: bool,
    is_valid: bool,
    /// What each row of the table refers to by it.
    values: Vec<Value>,
}

/// What stands in the columns of a reference.
#[derive(Clone, Copy)]
enum Value {
    Nothing,
    /// One column of two is NULL.
    Half(usize),
    Row(usize),
    /// A row that is not there.
    Missing,
}

impl Model {
    pub(crate) fn random(rng: &mut Rng, schema: String) -> Self {
        let count = rng.usize(1..7);
        let mut tables: Vec<ModelTable> = (0..count)
            .map(|_| ModelTable {
                is_partitioned: rng.u8(0..5) == 0,
                rows: rng.usize(0..14),
                filter: (rng.u8(0..3) == 0).then(|| {
                    let of = rng.usize(1..5);
                    (of, rng.usize(0..of))
                }),
            })
            .collect();
        if rng.u8(0..10) > 0 {
            tables[rng.usize(0..count)].filter = Some((3, 1));
        }
        let references = (0..rng.usize(0..=count * 2)).map(|_| {
            let (from, to) = (rng.usize(0..count), rng.usize(0..count));
            let is_pair = rng.bool() && !tables[to].is_partitioned;
            // A partitioned table takes no reference that is not valid.
            let is_valid =
                rng.u8(0..4) > 0 || tables[from].is_partitioned || tables[to].is_partitioned;
            let is_full = is_pair && rng.bool();
            let targets = tables[to].rows;
            let values = (0..tables[from].rows).map(|_| match rng.u8(0..10) {
                0 if !is_valid => Value::Missing,
                1 if is_pair && !is_full => Value::Half(rng.usize(0..2)),
                2..4 => Value::Nothing,
                _ if targets == 0 => Value::Nothing,
                _ => Value::Row(rng.usize(0..targets)),
            });
            ModelReference {
                values: values.collect(),
                from,
                to,
                is_pair,
                is_full,
                is_valid,
            }
        });
        Self {
            references: references.collect(),
            schema,
            tables,
        }
    }

    /// The statements that make it on a server.
    pub(crate) fn sql(&self) -> String {
        let schema = &self.schema;
        let mut sql = format!("CREATE SCHEMA {schema};\n");
        for (number, table) in self.tables.iter().enumerate() {
            let of_table = || {
                self.references
                    .iter()
                    .enumerate()
                    .filter(|(_, it)| it.from == number)
            };
            let columns: String = of_table()
                .flat_map(|(at, reference)| reference.columns(at))
                .map(|column| format!(", {column} integer"))
                .collect();
            let full = format!("{schema}.t{number}");
            let (unique, partitions) = if table.is_partitioned {
                let parts = (0..3).map(|part| {
                    format!("CREATE TABLE {full}_{part} PARTITION OF {full} FOR VALUES WITH (MODULUS 3, REMAINDER {part});\n")
                });
                (
                    "",
                    format!(" PARTITION BY HASH (id);\n{}", parts.collect::<String>()),
                )
            } else {
                (", UNIQUE (a, b)", ";\n".to_owned())
            };
            sql.push_str(&format!(
                "CREATE TABLE {full} (id integer PRIMARY KEY, a integer, b integer{columns}{unique}){partitions}"
            ));
            for row in 0..table.rows {
                let values: String = of_table()
                    .flat_map(|(_, reference)| reference.literals(row))
                    .map(|it| format!(", {it}"))
                    .collect();
                sql.push_str(&format!(
                    "INSERT INTO {full} VALUES ({row}, {}, {}{values});\n",
                    row / 3,
                    row % 3
                ));
            }
        }
        for (at, reference) in self.references.iter().enumerate() {
            sql.push_str(&format!(
                "ALTER TABLE {schema}.t{} ADD CONSTRAINT r{at} FOREIGN KEY ({}) REFERENCES {schema}.t{} ({}) {}{};\n",
                reference.from,
                reference.columns(at).join(", "),
                reference.to,
                reference.target().join(", "),
                if reference.is_full { "MATCH FULL" } else { "" },
                if reference.is_valid { "" } else { " NOT VALID" },
            ));
        }
        sql
    }

    pub(crate) fn tables(&self) -> Vec<Table> {
        let of_number = |(number, it): (usize, &ModelTable)| Table {
            is_partitioned: it.is_partitioned,
            ..table(name(&self.schema, &format!("t{number}")), Vec::new())
        };
        self.tables.iter().enumerate().map(of_number).collect()
    }

    pub(crate) fn references(&self) -> Vec<Reference> {
        let all = self.references.iter().enumerate();
        all.map(|(at, it)| Reference {
            name: format!("r{at}"),
            from: name(&self.schema, &format!("t{}", it.from)),
            columns: it.columns(at),
            to: name(&self.schema, &format!("t{}", it.to)),
            to_columns: it.target(),
            operators: vec!["=".into(); it.target().len()],
            is_valid: it.is_valid,
            is_full: it.is_full,
        })
        .collect()
    }

    pub(crate) fn filters(&self) -> Vec<Filter> {
        let all = self.tables.iter().enumerate();
        all.filter_map(|(number, table)| {
            let (of, rest) = table.filter?;
            Some(Filter {
                table: name(&self.schema, &format!("t{number}")),
                condition: format!("id % {of} = {rest} -- by number"),
                said_at: "pgassay.toml:1:1".into(),
                handed_down: None,
            })
        })
        .collect()
    }

    /// The numbers of the rows that are kept, of each table.
    pub(crate) fn kept(&self) -> Vec<BTreeSet<usize>> {
        let mut follows: Vec<bool> = self.tables.iter().map(|it| it.filter.is_some()).collect();
        for _ in &self.tables {
            for reference in &self.references {
                follows[reference.from] |= follows[reference.to];
            }
        }
        let mut kept: Vec<BTreeSet<usize>> = self
            .tables
            .iter()
            .enumerate()
            .map(|(number, table)| match (table.filter, follows[number]) {
                (Some((of, rest)), _) => (0..table.rows).filter(|row| row % of == rest).collect(),
                (None, true) => BTreeSet::new(),
                (None, false) => (0..table.rows).collect(),
            })
            .collect();
        // All that kept rows refer to.
        loop {
            let mut changed = false;
            for reference in &self.references {
                for (row, value) in reference.values.iter().enumerate() {
                    if let Value::Row(target) = value
                        && kept[reference.from].contains(&row)
                    {
                        changed |= kept[reference.to].insert(*target);
                    }
                }
            }
            if !changed {
                break;
            }
        }
        // All rows of followers, and then without those that refer to something that is not kept.
        let forced = kept.clone();
        for (number, table) in self.tables.iter().enumerate() {
            if follows[number] && table.filter.is_none() {
                kept[number] = (0..table.rows).collect();
            }
        }
        loop {
            let mut changed = false;
            for reference in &self.references {
                for (row, value) in reference.values.iter().enumerate() {
                    if let Value::Row(target) = value
                        && !forced[reference.from].contains(&row)
                        && !kept[reference.to].contains(target)
                    {
                        changed |= kept[reference.from].remove(&row);
                    }
                }
            }
            if !changed {
                return kept;
            }
        }
    }
}

impl ModelReference {
    fn columns(&self, at: usize) -> Vec<String> {
        if self.is_pair {
            vec![format!("r{at}_a"), format!("r{at}_b")]
        } else {
            vec![format!("r{at}_id")]
        }
    }

    fn target(&self) -> Vec<String> {
        let columns: &[&str] = if self.is_pair { &["a", "b"] } else { &["id"] };
        columns.iter().map(|it| (*it).to_owned()).collect()
    }

    fn literals(&self, row: usize) -> Vec<String> {
        let known = |target: usize| {
            if self.is_pair {
                vec![(target / 3).to_string(), (target % 3).to_string()]
            } else {
                vec![target.to_string()]
            }
        };
        match self.values[row] {
            Value::Nothing => vec!["NULL".to_owned(); self.target().len()],
            Value::Row(target) => known(target),
            Value::Missing => known(9_000),
            Value::Half(at) => {
                let mut values = known(1);
                values[at] = String::from("NULL");
                values
            }
        }
    }
}
