//! What of a set a database gets that lives on: not what only an empty one takes, nor what is still worked at.

use super::{Migration, MigrationError, MigrationSet, Scope};

impl MigrationSet {
    /// All migrations, in order: those that a baseline stands for, too.
    pub fn all(&self) -> impl Iterator<Item = &Migration> {
        self.earlier.iter().chain(&self.migrations)
    }

    /// What a database gets that lives on, or is to: all of it, in order, whether it is there already or not. `is_empty` says
    /// that its history is; `is_there` whether the history has an entry of a migration, of whatever state, from the same
    /// file and with the same version.
    ///
    /// A database that began with a baseline gets that and what comes behind it; one that began before a baseline was written
    /// gets all that it stands for instead of it.
    ///
    /// # Errors
    /// Where all that there is is a baseline, and the database did not begin with it.
    pub fn on_living(
        &self,
        is_empty: bool,
        is_there: impl Fn(&Migration) -> bool,
    ) -> Result<Vec<&Migration>, MigrationError> {
        let is_there = |migration: &&Migration| !is_empty && is_there(migration);
        let (at_first, others): (Vec<_>, Vec<_>) = self
            .all()
            .partition(|migration| migration.scope == Scope::EmptyDatabase);
        // One that failed while it got what comes first has not begun yet.
        let begins = is_empty || at_first.iter().any(is_there) && !others.iter().any(is_there);
        let all: Vec<&Migration> = self.all().collect();
        let first = if begins {
            Some(self.earlier.len())
        } else {
            all.iter()
                .rposition(|it| it.scope == Scope::Baseline && is_there(it))
        };
        let is_its = |(place, migration): &(usize, &Migration)| match migration.scope {
            Scope::Always => true,
            Scope::Baseline => Some(*place) == first,
            Scope::EmptyDatabase => begins,
            Scope::Uncommitted => false,
        };
        let places = all.iter().copied().enumerate().skip(first.unwrap_or(0));
        let its: Vec<&Migration> = places
            .filter(is_its)
            .map(|(_, migration)| migration)
            .collect();
        match all.iter().find(|it| it.scope == Scope::Baseline) {
            Some(baseline) if its.is_empty() => Err(MigrationError::OnlyForEmpty {
                file: baseline.script.shown.to_string(),
                example: if self.layout.word == "rails" {
                    ", as `bin/rails db:migrate` does"
                } else {
                    ""
                },
            }),
            _ => Ok(its),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::super::tests::{load, load_in, sample};
    use super::*;

    /// The files that a database gets whose history has entries of these; `None` for a history that is empty.
    fn gets(set: &MigrationSet, history: Option<&[&str]>) -> Vec<String> {
        let is_there = |migration: &Migration| {
            history.is_some_and(|files| files.contains(&migration.script.name.as_str()))
        };
        let its = set.on_living(history.is_none(), is_there).unwrap();
        its.iter().map(|it| it.script.name.clone()).collect()
    }

    #[test]
    fn a_database_that_began_before_a_baseline_gets_what_it_stands_for() {
        let flyway = [
            "B1__a.sql",
            "B3__c.sql",
            "R__r.sql",
            "V1__a.sql",
            "V2__b.sql",
            "V3__c.sql",
            "V4__d.sql",
        ];
        let flyway = load_in(&flyway.map(|name| (name, "SELECT 1;")), "").unwrap();
        let begun = ["B3__c.sql", "V4__d.sql", "R__r.sql"];
        assert_eq!(gets(&flyway, None), begun);
        assert_eq!(gets(&flyway, Some(&["B3__c.sql"])), begun);
        assert_eq!(
            gets(&flyway, Some(&["V1__a.sql"])),
            [
                "V1__a.sql",
                "V2__b.sql",
                "V3__c.sql",
                "V4__d.sql",
                "R__r.sql"
            ]
        );
        assert_eq!(
            gets(&flyway, Some(&["B1__a.sql", "V2__b.sql"])),
            [
                "B1__a.sql",
                "V2__b.sql",
                "V3__c.sql",
                "V4__d.sql",
                "R__r.sql"
            ]
        );

        let atlas = load(&sample("atlas")).unwrap();
        let [first, checkpoint, rest @ ..] = [
            "20240101120000_users.sql",
            "20240102120000_checkpoint.sql",
            "20240103120000_index_email.sql",
            "20240104120000_greeting.sql",
            "20240105120000_orders.sql",
        ];
        let behind = |first: &'static str| [&[first], &rest[..]].concat();
        assert_eq!(gets(&atlas, None), behind(checkpoint));
        assert_eq!(gets(&atlas, Some(&[checkpoint])), behind(checkpoint));
        assert_eq!(gets(&atlas, Some(&[first])), behind(first));
    }

    #[test]
    fn what_is_not_committed_goes_nowhere_and_what_is_for_a_reset_only_to_an_empty_database() {
        let gmrc = r#"{ afterReset: ["!a.sql", "!b.sql"], beforeAllMigrations: "c.sql", beforeCurrent: "d.sql", afterCurrent: "e.sql" }"#;
        let files = [
            (".gmrc", gmrc),
            ("migrations/current.sql", "SELECT 2;"),
            ("migrations/a.sql", "SELECT 1;"),
            ("migrations/b.sql", "SELECT 1;"),
            ("migrations/c.sql", "SELECT 1;"),
            ("migrations/d.sql", "SELECT 1;"),
            ("migrations/e.sql", "SELECT 1;"),
        ];
        let graphile = load_in(&files, "migrations").unwrap();
        assert_eq!(graphile.migrations.len(), 6);
        assert_eq!(gets(&graphile, None), ["a.sql", "b.sql", "c.sql"]);
        // The second failed.
        assert_eq!(
            gets(&graphile, Some(&["a.sql"])),
            ["a.sql", "b.sql", "c.sql"]
        );
        assert_eq!(
            gets(&graphile, Some(&["a.sql", "b.sql", "c.sql"])),
            ["c.sql"]
        );
        assert_eq!(gets(&graphile, Some(&["other.sql"])), ["c.sql"]);
    }

    #[test]
    fn a_dump_alone_goes_only_into_an_empty_database() {
        for (name, advice) in [
            ("rails", "as `bin/rails db:migrate` does"),
            ("dump", "let the tool itself migrate it"),
        ] {
            let set = load(&sample(name)).unwrap();
            let file = set.migrations[0].script.name.clone();
            assert_eq!(gets(&set, None), [file.as_str()]);
            assert_eq!(gets(&set, Some(&[&file])), [file.as_str()]);
            let refusal = set.on_living(false, |_| false).unwrap_err().to_string();
            assert!(refusal.contains(advice), "{refusal}");
        }
    }

    #[test]
    fn no_migrations_are_none_anywhere() {
        let none = MigrationSet::empty();
        assert_eq!(gets(&none, None), [""; 0]);
        assert_eq!(gets(&none, Some(&["x"])), [""; 0]);
    }
}
