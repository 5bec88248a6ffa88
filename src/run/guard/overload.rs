//! Assertions that resolved to the overload with a description where a schema was meant.
//! `hasnt_table('public', 'widgets')` passes though that table exists: of `(name, text)` and `(name, name)` PostgreSQL
//! prefers `text` for a string, and there is no table `public`. The output tells which overload ran: the last string is
//! the assertion's description. And the catalogs tell what was meant: the last string is something in that schema.

use crate::event::{Warning, WarningKind};
use crate::script::{Call, Location, quote_literal};
use crate::tap::{Assertion, Report};

/// A function of pgTAP that passes when something is not there, and that takes a schema or does not.
struct Family {
    function: &'static str,
    /// What its arguments are with a schema and without a description.
    meant: &'static [&'static str],
    /// Whether what was meant exists, or is at least a part of something that exists. `$1` and so on are the arguments.
    exists: &'static str,
}

const fn family(
    function: &'static str,
    meant: &'static [&'static str],
    exists: &'static str,
) -> Family {
    Family {
        function,
        meant,
        exists,
    }
}

const RELATION: &str = "class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = $2";
const TYPE: &str = "type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = $1 AND t.typname = $2";
/// Of a table's parts the table is enough, where what ran had no table to look at: whatever the part, it passes.
const TABLE: &str = "class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = $2 AND (NOT EXISTS (SELECT FROM pg_catalog.pg_class v
        WHERE v.relname = $1 AND pg_catalog.pg_table_is_visible(v.oid))";
const OPERATOR: &str =
    "operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace WHERE n.nspname = ";

const NAMED: [&str; 2] = ["schema", "name"];
const PART: [&str; 3] = ["schema", "table", "name"];
const OF_TABLE: [&str; 2] = ["schema", "table"];

/// All of pgTAP 1.3.5 that can pass so; with others the weaker meaning fails, or the call is ambiguous.
const FAMILIES: [Family; 26] = [
    family("hasnt_relation", &NAMED, "{RELATION}"),
    family("hasnt_table", &NAMED, "{RELATION} AND c.relkind IN ('r', 'p')"),
    family("hasnt_view", &NAMED, "{RELATION} AND c.relkind = 'v'"),
    family("hasnt_sequence", &NAMED, "{RELATION} AND c.relkind = 'S'"),
    family("hasnt_foreign_table", &NAMED, "{RELATION} AND c.relkind = 'f'"),
    family("hasnt_composite", &NAMED, "{RELATION} AND c.relkind = 'c'"),
    family("hasnt_materialized_view", &NAMED, "{RELATION} AND c.relkind = 'm'"),
    family("hasnt_type", &NAMED, "{TYPE}"),
    family("hasnt_domain", &NAMED, "{TYPE} AND t.typtype = 'd'"),
    family("hasnt_enum", &NAMED, "{TYPE} AND t.typtype = 'e'"),
    family(
        "hasnt_function",
        &NAMED,
        "proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1 AND p.proname = $2",
    ),
    family(
        "hasnt_opclass",
        &NAMED,
        "opclass o JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace WHERE n.nspname = $1 AND o.opcname = $2",
    ),
    family(
        "hasnt_extension",
        &NAMED,
        "extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
          WHERE n.nspname = $1 AND e.extname = $2",
    ),
    family("isnt_partitioned", &OF_TABLE, "{TABLE} OR c.relkind = 'p')"),
    family("hasnt_inherited_tables", &OF_TABLE, "{TABLE} OR c.relhassubclass)"),
    family(
        "hasnt_pk",
        &OF_TABLE,
        "{TABLE} OR EXISTS (SELECT FROM pg_catalog.pg_constraint x WHERE x.conrelid = c.oid AND x.contype = 'p'))",
    ),
    family(
        "hasnt_fk",
        &OF_TABLE,
        "{TABLE} OR EXISTS (SELECT FROM pg_catalog.pg_constraint x WHERE x.conrelid = c.oid AND x.contype = 'f'))",
    ),
    family("hasnt_column", &PART, "{TABLE} OR {COLUMN})"),
    family("col_isnt_pk", &PART, "{TABLE} OR {COLUMN})"),
    family("col_isnt_fk", &PART, "{TABLE} OR {COLUMN})"),
    family(
        "hasnt_index",
        &PART,
        "{TABLE} OR EXISTS (SELECT FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
              WHERE x.indrelid = c.oid AND i.relname = $3))",
    ),
    family(
        "hasnt_trigger",
        &PART,
        "{TABLE} OR EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = $3))",
    ),
    family(
        "hasnt_rule",
        &PART,
        "{TABLE} OR EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename = $3))",
    ),
    family(
        "hasnt_operator",
        &["left type", "schema", "name", "right type", "result"],
        "{OPERATOR}$2 AND o.oprname = $3 AND o.oprleft = pg_catalog.to_regtype($1)
            AND o.oprright = pg_catalog.to_regtype($4)",
    ),
    family(
        "hasnt_leftop",
        &["schema", "name", "right type", "result"],
        "{OPERATOR}$1 AND o.oprname = $2 AND o.oprright = pg_catalog.to_regtype($3)",
    ),
    family(
        "hasnt_rightop",
        &["left type", "schema", "name", "result"],
        "{OPERATOR}$2 AND o.oprname = $3 AND o.oprleft = pg_catalog.to_regtype($1)",
    ),
];

const COLUMN: &str = "EXISTS (SELECT FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attname = $3 AND a.attnum > 0 AND NOT a.attisdropped)";

/// A call that may have meant a schema.
#[derive(Debug)]
pub(super) struct Overload {
    number: u64,
    call: Call,
}

fn family_of(call: &Call) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| {
        family.function == call.function && family.meant.len() == call.arguments.len()
    })
}

/// Whether a call could be read in two ways.
pub(super) fn is_suspect(call: &Call) -> bool {
    family_of(call).is_some()
}

/// The passing assertions of which the last argument of such a call is the description.
pub(super) fn suspects(report: &Report, calls: &[&Call]) -> Vec<Overload> {
    let mut calls = calls.to_vec();
    let mut found = Vec::new();
    for assertion in assertions(report) {
        let told_by = |call: &&Call| {
            assertion.ok
                && (call.arguments.last()).is_some_and(|last| *last == assertion.description)
        };
        if let Some(index) = calls.iter().position(told_by) {
            let call = calls.remove(index).clone();
            let number = assertion.number;
            found.push(Overload { number, call });
        }
    }
    found
}

/// The assertions of a report and of its subtests.
fn assertions(report: &Report) -> Vec<&Assertion> {
    let mut all = Vec::new();
    for assertion in &report.assertions {
        if let Some(subtest) = &assertion.subtest {
            all.extend(assertions(&subtest.report));
        }
        all.push(assertion);
    }
    all
}

impl Overload {
    /// Asks whether the call names a schema and something in it.
    pub(super) fn query(&self) -> String {
        let Some(family) = family_of(&self.call) else {
            return "SELECT false".into();
        };
        let parts = [
            ("{RELATION}", RELATION),
            ("{TYPE}", TYPE),
            ("{TABLE}", TABLE),
            ("{COLUMN}", COLUMN),
            ("{OPERATOR}", OPERATOR),
        ];
        let mut exists = family.exists.to_owned();
        for (name, text) in parts {
            exists = exists.replace(name, text);
        }
        let mut query = String::from("SELECT EXISTS (SELECT FROM pg_catalog.pg_");
        let mut rest = exists.as_str();
        // In one pass, since an argument may hold `$1` too.
        while let Some((before, after)) = rest.split_once('$') {
            let (digit, after) = after.split_at(1);
            let argument = digit.parse::<usize>().ok().and_then(|number| {
                let index = number.checked_sub(1)?;
                self.call.arguments.get(index)
            });
            query.push_str(before);
            query.push_str(&quote_literal(argument.map_or("", String::as_str)));
            rest = after;
        }
        query.push_str(rest);
        query.push(')');
        query
    }

    pub(super) fn warning(&self, location: Option<Location>) -> Warning {
        let Call {
            function,
            arguments,
        } = &self.call;
        let quoted: Vec<String> = arguments
            .iter()
            .map(|argument| format!("'{}'", argument.replace('\'', "''")))
            .collect();
        let meant = family_of(&self.call).map_or(String::new(), |family| family.meant.join(", "));
        let last = quoted.last().map_or("", String::as_str);
        Warning {
            kind: WarningKind::WrongOverload,
            text: format!(
                "assertion {} passes whatever there is: {function}({}) took {last} for a description; to say \
                 ({meant}), give a description too",
                self.number,
                quoted.join(", ")
            ),
            location,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(function: &str, arguments: &[&str]) -> Call {
        Call {
            function: function.into(),
            arguments: arguments.iter().map(ToString::to_string).collect(),
        }
    }

    fn is_told(tap: &str, call: &Call) -> bool {
        let report = crate::tap::parse(tap.as_bytes());
        is_suspect(call) && !suspects(&report, &[call]).is_empty()
    }

    #[test]
    fn the_last_argument_as_the_description_of_a_passing_assertion_is_a_suspect() {
        let tables = call("hasnt_table", &["public", "widgets"]);
        assert!(is_told("ok 1 - widgets", &tables));
        assert!(is_told(
            "    ok 1 - widgets\n    1..1\nok 1 - s.test_a",
            &tables
        ));
        assert!(!is_told("not ok 1 - widgets", &tables));
        assert!(!is_told(
            "ok 1 - Table public.widgets should not exist",
            &tables
        ));
        assert!(!is_told(
            "ok 1 - widgets",
            &call("hasnt_table", &["widgets"])
        ));
        assert!(!is_told("ok 1 - c", &call("hasnt_table", &["a", "b", "c"])));
        assert!(!is_told(
            "ok 1 - widgets",
            &call("has_table", &["public", "widgets"])
        ));
    }

    #[test]
    fn arguments_stand_in_the_query_as_literals() {
        for family in &FAMILIES {
            let arguments: Vec<&str> = ["it's $2", "b", "c", "d", "e"][..family.meant.len()].into();
            let query = Overload {
                number: 1,
                call: call(family.function, &arguments),
            }
            .query();
            assert!(query.contains("'it''s $2'"), "{query}");
            assert_eq!(
                query.matches('(').count(),
                query.matches(')').count(),
                "{query}"
            );
            assert!(!query.contains('{'), "{query}");
        }
    }
}
