//! The body of a function or procedure of the project, and how it is made to tell that it ran and what of it.
//!
//! The text is changed on the lines that are there, so that what errors say of lines stays as it is. Whether the server
//! takes the new text is for the server to say.

mod sql;

pub(super) use sql::statements;

use super::logic::{self, Logic};
use crate::plpgsql::BodyError;

/// A function or procedure, as the server has it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is independent of the others"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routine {
    /// Its row in `pg_proc`.
    pub oid: u32,
    /// The name of its language.
    pub language: String,
    /// Its text.
    pub body: String,
    /// The aggregate that it is part of, if it is one's alone.
    pub aggregate: Option<u32>,
    /// The type that comes back, as the server writes it; empty where none does.
    pub result: String,
    /// Whether rows come back.
    pub returns_set: bool,
    /// Whether it runs with its owner's rights.
    pub is_definer: bool,
    /// Whether it is not called where an argument is null.
    pub is_strict: bool,
    /// Whether its types are those of the call (`anyelement`).
    pub is_polymorphic: bool,
    /// Whether the server keeps it analysed (`BEGIN ATOMIC`, `RETURN`), so that the text does not count.
    pub is_analysed: bool,
    /// Whether the server passes `int8` by value, and so a value of any type as it is.
    pub passes_by_value: bool,
}

/// A body that tells, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TellingBody {
    /// The text.
    pub text: String,
    /// What there is to see in it besides the call.
    pub logic: Logic,
}

/// Why a routine cannot be made to tell that it ran.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnseenRoutine {
    /// It cannot be read.
    #[error("its body cannot be read: {0}")]
    Unreadable(#[from] BodyError),
    /// It has no statement that a probe can be put into.
    #[error(
        "its statements cannot hold a probe: calls that are not inlined are counted, and seen at the end of a transaction"
    )]
    NoStatement,
    /// Its types are those of the call.
    #[error(
        "its types are those of the call, so that a probe cannot be tried: calls that are not inlined are counted, and seen at the end of a transaction"
    )]
    Polymorphic,
    /// Its language.
    #[error(
        "its language is not SQL or PL/pgSQL: calls are counted, and seen at the end of a transaction"
    )]
    Language,
}

impl Routine {
    /// Whether it is not called where an argument is null, and a probe can keep to that.
    fn is_strict_inlined(&self) -> bool {
        self.is_strict && self.passes_by_value
    }

    /// Its body as it has to be so that it tells, and for a server that refuses that one, further ones that tell less.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn telling_bodies(&self) -> Result<Vec<TellingBody>, UnseenRoutine> {
        match self.language.as_str() {
            "plpgsql" => self.plpgsql(),
            "sql" => sql::telling_bodies(self),
            _ => Err(UnseenRoutine::Language),
        }
    }

    fn plpgsql(&self) -> Result<Vec<TellingBody>, UnseenRoutine> {
        // An IF, since PERFORM would set FOUND.
        let entrance = format!(" if {} then end if;", self.entered());
        let told = logic::telling(&self.body, self.oid, &entrance)?;
        let whole = TellingBody {
            text: told.whole,
            logic: told.logic,
        };
        let outside = TellingBody {
            text: told.outside,
            logic: Logic::default(),
        };
        Ok(vec![whole, outside])
    }

    /// The condition that tells of a call in PL/pgSQL.
    fn entered(&self) -> String {
        let oid = self.oid;
        match self.result.as_str() {
            "trigger" => format!(
                "(pg_catalog.strpos(pg_catalog.current_setting('pg_assay.fired_{oid}', true), \
                 pg_catalog.concat(';', TG_RELID, TG_OP, \
                 pg_catalog.replace(pg_catalog.replace(TG_NAME, '!', '!!'), ';', '!.'), ';')) > 0) is not true \
                 and pg_assay.fired({oid}, TG_RELID, TG_NAME, TG_OP)"
            ),
            "event_trigger" => format!("pg_assay.fired_on_event({oid}, TG_EVENT, TG_TAG)"),
            _ => {
                let caller = if self.is_definer {
                    "pg_catalog.current_setting('role')"
                } else {
                    "current_user::pg_catalog.text"
                };
                format!(
                    "pg_catalog.current_setting('pg_assay.ran_{oid}', true) is distinct from {caller} \
                     and pg_assay.ran({oid}, {caller}{})",
                    self.aggregate
                        .map(|it| format!(", {it}"))
                        .unwrap_or_default()
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::coverage::hidden::{BEGIN, END};

    pub(super) fn routine(language: &str, result: &str, body: &str) -> Routine {
        Routine {
            oid: 7,
            language: language.into(),
            body: body.into(),
            aggregate: None,
            result: result.into(),
            returns_set: false,
            is_definer: false,
            is_strict: false,
            is_polymorphic: false,
            is_analysed: false,
            passes_by_value: true,
        }
    }

    #[test]
    fn a_body_in_plpgsql_tells_behind_its_first_begin_on_the_same_line() {
        for (before, behind) in [
            ("BEGIN", " RETURN 1; END"),
            (
                "<<label>>\nDECLARE a int := (SELECT count(*)); \"begin\" text;\nbegin",
                "\n BEGIN NULL; END; END",
            ),
            ("#variable_conflict use_column\n-- begin\nBEGIN", " END"),
            ("declare begin", " end"),
            ("DECLARE c CURSOR FOR SELECT begin FROM t; BEGIN", " END"),
        ] {
            let told = routine("plpgsql", "integer", &format!("{before}{behind}"));
            let [whole, outside] = &told.telling_bodies().unwrap()[..] else {
                panic!("two bodies");
            };
            let text = outside.text.replace(BEGIN, "").replace(END, "");
            let (start, end) = text.split_once(" if ").unwrap();
            assert_eq!(start, before);
            assert!(
                end.ends_with(&format!("then end if;{behind}")),
                "{outside:?}"
            );
            assert_eq!(outside.logic, Logic::default());
            assert_eq!(whole.text.lines().count(), outside.text.lines().count());
        }
        let none = routine("plpgsql", "integer", "RETURN 1").telling_bodies();
        assert!(matches!(none, Err(UnseenRoutine::Unreadable(_))));
    }

    proptest! {
        #[test]
        fn any_body_is_read(body in any::<String>(), words in prop::collection::vec("BEGIN|DECLARE|EXCEPTION|WHEN|OTHERS|THEN|SELECT|[(;)<#]|\n", 0..12)) {
            for language in ["sql", "plpgsql"] {
                let _ = routine(language, "integer", &body).telling_bodies();
                let _ = routine(language, "integer", &words.join(" ")).telling_bodies();
            }
        }
    }
}
