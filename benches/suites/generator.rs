//! Suites made to measure: a project of any size, the same for the same shape.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// The shape of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    /// How many test files there are.
    pub(crate) files: usize,
    /// How many assertions each has.
    pub(crate) assertions: usize,
    /// How many tables there are.
    pub(crate) tables: usize,
    /// How many migration files make them; at least one.
    pub(crate) migrations: usize,
    /// In percent, the files that commit what they do.
    pub(crate) committing: usize,
    /// In percent, the files that create a role.
    pub(crate) roles: usize,
    /// In percent, the files that take many numbers from sequences.
    pub(crate) sequences: usize,
}

impl Shape {
    /// The standard suite: half of its assertions structural, half of them about behaviour.
    pub(crate) const STANDARD: Self = Self {
        files: 200,
        assertions: 12,
        tables: 40,
        migrations: 40,
        committing: 0,
        roles: 0,
        sequences: 0,
    };

    /// Writes the project into a directory.
    pub(crate) fn write(&self, directory: &Path) -> io::Result<()> {
        for name in ["migrations", "sql-tests"] {
            fs::create_dir_all(directory.join(name))?;
        }
        for number in 1..=self.migrations {
            // The tables are spread over the migrations in order; a migration without one changes something small.
            let is_its = |table: &usize| (table - 1) * self.migrations / self.tables + 1 == number;
            let mut text: String = (1..=self.tables).filter(is_its).map(table).collect();
            if text.is_empty() {
                let _ = writeln!(text, "COMMENT ON TABLE t1 IS 'after migration {number}';");
            }
            fs::write(directory.join(format!("migrations/V{number}__m.sql")), text)?;
        }
        for number in 0..self.files {
            fs::write(
                directory.join(format!("sql-tests/f{number:05}.sql")),
                self.file(number),
            )?;
        }
        Ok(())
    }

    fn file(&self, number: usize) -> String {
        // A share of the files, spread evenly.
        let is_of = |percent: usize| (number * percent) % 100 < percent;
        let table = number % self.tables + 1;
        let mut text = String::new();
        let commits = is_of(self.committing);
        text.push_str("BEGIN;\n");
        if is_of(self.roles) {
            text.push_str("CREATE ROLE visitor;\n");
        }
        if is_of(self.sequences) {
            let _ = writeln!(
                text,
                "DO $$ BEGIN FOR i IN 1..200 LOOP PERFORM nextval('t{table}_id_seq'); END LOOP; END $$;"
            );
        }
        let _ = writeln!(text, "SELECT plan({});", self.assertions);
        for index in 0..self.assertions {
            text.push_str(&assertion(table, number, index));
        }
        text.push_str("SELECT * FROM finish();\n");
        text.push_str(if commits { "COMMIT;\n" } else { "ROLLBACK;\n" });
        text
    }
}

/// A table with an index, two checks, a foreign key and a trigger.
fn table(number: usize) -> String {
    let parent = match number {
        1 => "t1".to_owned(),
        _ => format!("t{}", number / 2),
    };
    format!(
        "CREATE TABLE t{number} (
    id serial PRIMARY KEY,
    name text NOT NULL,
    amount numeric(12, 2) NOT NULL DEFAULT 0 CONSTRAINT t{number}_amount CHECK (amount >= 0),
    kind text NOT NULL DEFAULT 'a' CONSTRAINT t{number}_kind CHECK (kind IN ('a', 'b', 'c')),
    parent integer REFERENCES {parent} (id),
    changed integer NOT NULL DEFAULT 0
);
CREATE INDEX t{number}_name ON t{number} (name);
CREATE FUNCTION t{number}_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed := OLD.changed + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER t{number}_touch BEFORE UPDATE ON t{number} FOR EACH ROW EXECUTE FUNCTION t{number}_touch();
INSERT INTO t{number} (name) VALUES ('first'), ('second');
"
    )
}

/// One assertion of a file: structural ones and ones about behaviour in turn.
fn assertion(table: usize, file: usize, index: usize) -> String {
    let t = format!("t{table}");
    match index % 12 {
        0 => format!("SELECT has_table('public', '{t}', 'there is {t}');\n"),
        1 => format!(
            "SELECT throws_ok($$INSERT INTO {t} (name, amount) VALUES ('x', -1)$$, '23514', NULL, 'amounts are not negative');\n"
        ),
        2 => format!("SELECT col_not_null('public', '{t}', 'name', 'a name is needed');\n"),
        3 => format!(
            "SELECT lives_ok($$INSERT INTO {t} (name, amount) VALUES ('f{file}', 5)$$, 'a row is taken');\n"
        ),
        4 => format!(
            "SELECT col_type_is('public', '{t}', 'amount', 'numeric(12,2)', 'amounts have cents');\n"
        ),
        5 => format!("SELECT is((SELECT count(*)::integer FROM {t}), 3, 'it is there');\n"),
        6 => format!("SELECT has_index('public', '{t}', '{t}_name', 'names are indexed');\n"),
        7 => format!(
            "SELECT throws_ok($$INSERT INTO {t} (name, kind) VALUES ('x', 'z')$$, '23514', NULL, 'there are three kinds');\n"
        ),
        8 => format!("SELECT has_trigger('public', '{t}', '{t}_touch', 'changes are counted');\n"),
        9 => format!(
            "SELECT lives_ok($$UPDATE {t} SET amount = 6 WHERE name = 'f{file}'$$, 'it can be changed');\n"
        ),
        10 => format!("SELECT col_is_pk('public', '{t}', 'id', 'rows have numbers');\n"),
        _ => format!(
            "SELECT is((SELECT changed FROM {t} WHERE name = 'f{file}'), 1, 'the change was counted');\n"
        ),
    }
}
