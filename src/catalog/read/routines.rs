//! Functions, procedures and aggregates, and what calls them: triggers, event triggers, rules, policies.

use super::selection::{Selection, columns, settings, words};
use crate::catalog::{Class, Property};

/// Whether a trigger, event trigger or rule acts, by letter.
const FIRING: [(&str, &str); 3] = [("D", "disabled"), ("R", "replica"), ("A", "always")];

/// Functions, procedures and aggregates.
pub(super) fn routines(version: u32) -> Selection {
    let body = match version {
        14.. => "WHEN o.prosqlbody IS NOT NULL THEN pg_get_function_sqlbody(o.oid)",
        _ => "",
    };
    let of_routine = |sql: &str| format!("CASE WHEN o.prokind <> 'a' THEN {sql} END");
    Selection::of(Class::Routine, version)
        .kind("CASE o.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END")
        .in_schema("o.pronamespace")
        .name("o.proname")
        .signature(
            "coalesce((SELECT string_agg(format_type(type.oid, NULL), ', ' ORDER BY type.at)
                FROM unnest(o.proargtypes) WITH ORDINALITY type (oid, at)), '')",
        )
        .definition("CASE WHEN o.prokind <> 'a' THEN pg_get_functiondef(o.oid) END")
        .join("JOIN pg_catalog.pg_language l ON l.oid = o.prolang")
        .join("LEFT JOIN pg_catalog.pg_aggregate g ON g.aggfnoid = o.oid")
        .own()
        .made_by_people()
        .owner("o.proowner")
        .with(Property::Arguments, "nullif(pg_get_function_arguments(o.oid), '')")
        .with(Property::Result, "pg_get_function_result(o.oid)")
        .with(Property::Language, &of_routine("l.lanname"))
        .with(Property::Windowing, &words("o.prokind", &[("w", "window")]))
        .with(
            Property::Volatility,
            "CASE WHEN o.prokind IN ('f', 'w') THEN CASE o.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable'
             ELSE 'volatile' END END",
        )
        .with(
            Property::Security,
            &of_routine("CASE WHEN o.prosecdef THEN 'definer' ELSE 'invoker' END"),
        )
        .with(Property::Strictness, "CASE WHEN o.proisstrict THEN 'strict' END")
        .with(Property::Leakproofness, "CASE WHEN o.proleakproof THEN 'leakproof' END")
        .with(
            Property::ParallelSafety,
            &words("o.proparallel", &[("s", "safe"), ("r", "restricted")]),
        )
        .with(
            Property::Cost,
            &of_routine(
                "CASE WHEN o.procost <> CASE WHEN l.lanname IN ('internal', 'c') THEN 1 ELSE 100 END THEN o.procost END",
            ),
        )
        .with(Property::Rows, "CASE WHEN o.proretset AND o.prorows NOT IN (0, 1000) THEN o.prorows END")
        .with(Property::Support, "CASE WHEN o.prosupport::oid <> 0 THEN o.prosupport END")
        .with(Property::Settings, &settings("o.proconfig"))
        .with(
            Property::Body,
            &format!(
                "CASE WHEN g.aggfnoid IS NOT NULL THEN {AGGREGATE} {body}
                 WHEN l.lanname = 'c' THEN o.probin || ', ' || o.prosrc ELSE o.prosrc END"
            ),
        )
}

/// What an aggregate is made of, in the words of `CREATE AGGREGATE`.
const AGGREGATE: &str = "concat_ws(', ',
    'SFUNC = ' || nullif(g.aggtransfn::oid, 0)::regproc, 'STYPE = ' || format_type(g.aggtranstype, NULL),
    'SSPACE = ' || nullif(g.aggtransspace, 0), 'FINALFUNC = ' || nullif(g.aggfinalfn::oid, 0)::regproc,
    CASE WHEN g.aggfinalextra THEN 'FINALFUNC_EXTRA' END, 'COMBINEFUNC = ' || nullif(g.aggcombinefn::oid, 0)::regproc,
    'SERIALFUNC = ' || nullif(g.aggserialfn::oid, 0)::regproc,
    'DESERIALFUNC = ' || nullif(g.aggdeserialfn::oid, 0)::regproc, 'INITCOND = ' || quote_literal(g.agginitval),
    'MSFUNC = ' || nullif(g.aggmtransfn::oid, 0)::regproc, 'MINVFUNC = ' || nullif(g.aggminvtransfn::oid, 0)::regproc,
    'MSTYPE = ' || format_type(nullif(g.aggmtranstype, 0), NULL),
    'MFINALFUNC = ' || nullif(g.aggmfinalfn::oid, 0)::regproc, 'MINITCOND = ' || quote_literal(g.aggminitval),
    'SORTOP = ' || nullif(g.aggsortop, 0)::regoperator, CASE g.aggkind WHEN 'h' THEN 'HYPOTHETICAL' END)";

/// Triggers that people made, and the copies that partitions have of them.
pub(super) fn triggers(version: u32) -> Selection {
    Selection::of(Class::Trigger, version)
        .kind("'trigger'")
        .parent("c.relname")
        .name("o.tgname")
        .definition("pg_get_triggerdef(o.oid)")
        .join("JOIN pg_catalog.pg_class c ON c.oid = o.tgrelid")
        .in_schema("c.relnamespace")
        // Before PostgreSQL 15 the copies count as internal, as do the triggers behind foreign keys.
        .only("(NOT o.tgisinternal OR (o.tgparentid <> 0 AND o.tgconstraint = 0))")
        .own()
        .no_member(Class::Relation, "o.tgrelid")
        .with(
            Property::Timing,
            "CASE WHEN o.tgtype & 2 > 0 THEN 'before' WHEN o.tgtype & 64 > 0 THEN 'instead of' ELSE 'after' END",
        )
        .with(
            Property::Events,
            "concat_ws(', ', CASE WHEN o.tgtype & 4 > 0 THEN 'insert' END, CASE WHEN o.tgtype & 16 > 0 THEN 'update' END,
             CASE WHEN o.tgtype & 8 > 0 THEN 'delete' END, CASE WHEN o.tgtype & 32 > 0 THEN 'truncate' END)",
        )
        .with(Property::Columns, &columns("o.tgrelid", "o.tgattr"))
        .with(Property::Level, "CASE WHEN o.tgtype & 1 > 0 THEN 'row' ELSE 'statement' END")
        .with(
            // It is about two rows, which pg_get_expr does not take.
            Property::Condition,
            r"CASE WHEN o.tgqual IS NOT NULL
              THEN substring(pg_get_triggerdef(o.oid) FROM ' WHEN \((.*)\) EXECUTE FUNCTION ') END",
        )
        .with(
            Property::Function,
            "o.tgfoid::regproc || substring(pg_get_triggerdef(o.oid)
                FROM position(o.tgfoid::regproc || '(' IN pg_get_triggerdef(o.oid)) + length(o.tgfoid::regproc::text))",
        )
        .with(
            Property::TransitionTables,
            "nullif(concat_ws(', ', 'old table ' || quote_ident(o.tgoldtable), 'new table ' || quote_ident(o.tgnewtable)), '')",
        )
        .with(Property::ConstraintTrigger, "CASE WHEN o.tgconstraint <> 0 THEN 'constraint' END")
        .with(
            Property::Deferrability,
            "CASE WHEN o.tginitdeferred THEN 'deferred' WHEN o.tgdeferrable THEN 'deferrable' END",
        )
        .with(Property::References, "CASE WHEN o.tgconstrrelid <> 0 THEN o.tgconstrrelid::regclass END")
        .with(Property::Firing, &words("o.tgenabled", &FIRING))
        .with(Property::Inheritance, "CASE WHEN o.tgparentid <> 0 THEN 'inherited' END")
}

/// Event triggers.
pub(super) fn event_triggers(version: u32) -> Selection {
    Selection::of(Class::EventTrigger, version)
        .kind("'event trigger'")
        .name("o.evtname")
        .own()
        .owner("o.evtowner")
        .with(Property::Timing, "o.evtevent")
        .with(
            Property::Condition,
            "'tag in (' || array_to_string(o.evttags, ', ') || ')'",
        )
        .with(Property::Function, "o.evtfoid::regproc || '()'")
        .with(Property::Firing, &words("o.evtenabled", &FIRING))
}

/// Rules, but for those by which views are views.
pub(super) fn rules(version: u32) -> Selection {
    Selection::of(Class::Rule, version)
        .kind("'rule'")
        .parent("c.relname")
        .name("o.rulename")
        .join("JOIN pg_catalog.pg_class c ON c.oid = o.ev_class")
        .in_schema("c.relnamespace")
        .only("o.rulename <> '_RETURN'")
        .own()
        .no_member(Class::Relation, "o.ev_class")
        .definition("pg_get_ruledef(o.oid)")
        .with(
            Property::Events,
            &words("o.ev_type", &[("1", "select"), ("2", "update"), ("3", "insert"), ("4", "delete")]),
        )
        .with(Property::Instead, "CASE WHEN o.is_instead THEN 'instead' END")
        .with(Property::Firing, &words("o.ev_enabled", &FIRING))
        .with(
            Property::Body,
            "btrim(rtrim(substring(pg_get_ruledef(o.oid) FROM
                position(' TO ' || o.ev_class::regclass IN pg_get_ruledef(o.oid)) + length(' TO ' || o.ev_class::regclass)),
                ';'), E' \\n')",
        )
}

/// Policies.
pub(super) fn policies(version: u32) -> Selection {
    Selection::of(Class::Policy, version)
        .kind("'policy'")
        .parent("c.relname")
        .name("o.polname")
        .join("JOIN pg_catalog.pg_class c ON c.oid = o.polrelid")
        .in_schema("c.relnamespace")
        .own()
        .no_member(Class::Relation, "o.polrelid")
        .with(
            Property::Command,
            &words("o.polcmd", &[("*", "all"), ("r", "select"), ("a", "insert"), ("w", "update"), ("d", "delete")]),
        )
        .with(
            Property::Permissiveness,
            "CASE WHEN o.polpermissive THEN 'permissive' ELSE 'restrictive' END",
        )
        .with(
            Property::Roles,
            "(SELECT string_agg(name, ', ' ORDER BY name COLLATE \"C\") FROM (
                SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(role)::text END FROM unnest(o.polroles) role) r (name))",
        )
        .with(Property::Expression, "pg_get_expr(o.polqual, o.polrelid)")
        .with(Property::CheckExpression, "pg_get_expr(o.polwithcheck, o.polrelid)")
}
