//! Schemas, types, and what defines how values compare and convert: casts, operators, collations.

use super::selection::{Selection, sorted, words};
use crate::catalog::object::FIRST_OID;
use crate::catalog::{Class, Property};

/// Schemas; `public` is there before any migration, and is the project's all the same.
pub(super) fn schemas(version: u32) -> Selection {
    Selection::of(Class::Schema, version)
        .kind("'schema'")
        .name("o.nspname")
        .only(&format!(
            "(o.oid >= {FIRST_OID} OR o.nspname = 'public') AND o.nspname !~ '^pg_'"
        ))
        .no_member(Class::Schema, "o.oid")
        .owner("o.nspowner")
}

/// Types, but for those that come by themselves: of tables' rows, of arrays, and multiranges.
pub(super) fn types(version: u32) -> Selection {
    let domain = |sql: &str| format!("CASE o.typtype WHEN 'd' THEN {sql} END");
    Selection::of(Class::Type, version)
        .kind(
            "CASE o.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite type'
             WHEN 'r' THEN 'range type' ELSE 'base type' END",
        )
        .in_schema("o.typnamespace")
        .name("o.typname")
        .join("LEFT JOIN pg_catalog.pg_type b ON b.oid = o.typbasetype")
        .join("LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = o.oid")
        .only("o.typtype IN ('e', 'd', 'c', 'r', 'b', 'p')")
        .only("(o.typtype <> 'c' OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = o.typrelid AND c.relkind = 'c'))")
        .only("o.oid NOT IN (SELECT e.typarray FROM pg_catalog.pg_type e)")
        .own()
        .owner("o.typowner")
        .with(
            Property::Labels,
            "CASE o.typtype WHEN 'e' THEN (
                SELECT string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder)
                  FROM pg_catalog.pg_enum l WHERE l.enumtypid = o.oid) END",
        )
        .with(Property::Type, &domain("format_type(o.typbasetype, o.typtypmod)"))
        .with(
            Property::Nullability,
            &domain("CASE WHEN o.typnotnull THEN 'not null' ELSE 'nullable' END"),
        )
        .with(
            Property::Default,
            "CASE WHEN o.typdefaultbin IS NOT NULL THEN pg_get_expr(o.typdefaultbin, 0) ELSE quote_literal(o.typdefault) END",
        )
        .with(
            Property::Collation,
            "CASE WHEN o.typtype = 'd' AND o.typcollation NOT IN (0, b.typcollation) THEN o.typcollation::regcollation::text
             WHEN r.rngcollation NOT IN (0, 100) THEN r.rngcollation::regcollation::text END",
        )
        .with(Property::Subtype, "format_type(nullif(r.rngsubtype, 0), NULL)")
        .with_since(14, Property::Multirange, "r.rngmultitypid::regtype")
        .with(
            Property::Body,
            "CASE WHEN r.rngtypid IS NOT NULL THEN nullif(concat_ws(', ',
                'SUBTYPE_OPCLASS = ' || (SELECT p.opcname FROM pg_catalog.pg_opclass p
                                         WHERE p.oid = r.rngsubopc AND NOT p.opcdefault),
                'CANONICAL = ' || nullif(r.rngcanonical::oid, 0)::regproc,
                'SUBTYPE_DIFF = ' || nullif(r.rngsubdiff::oid, 0)::regproc), '')
             WHEN NOT o.typisdefined THEN 'a shell'
             WHEN o.typtype = 'b' THEN concat_ws(', ',
                'INPUT = ' || o.typinput, 'OUTPUT = ' || o.typoutput,
                'RECEIVE = ' || nullif(o.typreceive::oid, 0)::regproc, 'SEND = ' || nullif(o.typsend::oid, 0)::regproc,
                'TYPMOD_IN = ' || nullif(o.typmodin::oid, 0)::regproc,
                'TYPMOD_OUT = ' || nullif(o.typmodout::oid, 0)::regproc,
                'ANALYZE = ' || nullif(o.typanalyze::oid, 0)::regproc,
                'INTERNALLENGTH = ' || CASE o.typlen WHEN -1 THEN 'VARIABLE' ELSE o.typlen::text END,
                CASE WHEN o.typbyval THEN 'PASSEDBYVALUE' END, 'ALIGNMENT = ' || o.typalign::text, 'STORAGE = ' || o.typstorage::text,
                'CATEGORY = ' || quote_literal(o.typcategory::text), CASE WHEN o.typispreferred THEN 'PREFERRED' END,
                'ELEMENT = ' || format_type(nullif(o.typelem, 0), NULL)) END",
        )
}

/// Casts.
pub(super) fn casts(version: u32) -> Selection {
    Selection::of(Class::Cast, version)
        .kind("'cast'")
        .name("format_type(o.castsource, NULL) || ' AS ' || format_type(o.casttarget, NULL)")
        .own()
        .made_by_people()
        .with(
            Property::Context,
            &words(
                "o.castcontext",
                &[("e", "explicit"), ("a", "assignment"), ("i", "implicit")],
            ),
        )
        .with(
            Property::Method,
            &words(
                "o.castmethod",
                &[("f", "function"), ("i", "inout"), ("b", "binary")],
            ),
        )
        .with(
            Property::Function,
            "CASE WHEN o.castfunc <> 0 THEN o.castfunc::regprocedure END",
        )
}

/// Operators; what is only named as another's commutator or negator is not yet one.
pub(super) fn operators(version: u32) -> Selection {
    Selection::of(Class::Operator, version)
        .kind("'operator'")
        .in_schema("o.oprnamespace")
        .name("o.oprname")
        .signature(
            "CASE o.oprleft WHEN 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END || ', '
             || CASE o.oprright WHEN 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END",
        )
        .only("o.oprcode::oid <> 0")
        .own()
        .owner("o.oprowner")
        .with(Property::Result, "format_type(o.oprresult, NULL)")
        .with(Property::Function, "o.oprcode::oid::regprocedure")
        .with(Property::Commutator, "CASE WHEN o.oprcom <> 0 THEN o.oprcom::regoperator END")
        .with(Property::Negator, "CASE WHEN o.oprnegate <> 0 THEN o.oprnegate::regoperator END")
        .with(
            Property::Planning,
            "nullif(concat_ws(', ', CASE WHEN o.oprcanmerge THEN 'merges' END, CASE WHEN o.oprcanhash THEN 'hashes' END,
                'restrict = ' || nullif(o.oprrest::oid, 0)::regproc, 'join = ' || nullif(o.oprjoin::oid, 0)::regproc), '')",
        )
}

/// A schema's name and a dot before what lies in it, unless it is the server's.
const QUALIFIER: &str =
    "CASE n.nspname WHEN 'pg_catalog' THEN '' ELSE quote_ident(n.nspname) || '.' END";

/// Operator classes.
pub(super) fn operator_classes(version: u32) -> Selection {
    Selection::of(Class::OperatorClass, version)
        .kind("'operator class'")
        .in_schema("o.opcnamespace")
        .name("o.opcname")
        .signature("a.amname")
        .join("JOIN pg_catalog.pg_am a ON a.oid = o.opcmethod")
        .own()
        .owner("o.opcowner")
        .with(Property::Type, "format_type(o.opcintype, NULL)")
        .with(Property::Default, "CASE WHEN o.opcdefault THEN 'default' END")
        .with(
            Property::Storage,
            "CASE WHEN o.opckeytype <> 0 THEN format_type(o.opckeytype, NULL) END",
        )
        .with(
            Property::Family,
            &format!(
                "(SELECT {QUALIFIER} || quote_ident(f.opfname) FROM pg_catalog.pg_opfamily f
                    JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace WHERE f.oid = o.opcfamily)"
            ),
        )
}

/// Operator families, with what their classes brought.
pub(super) fn operator_families(version: u32) -> Selection {
    Selection::of(Class::OperatorFamily, version)
        .kind("'operator family'")
        .in_schema("o.opfnamespace")
        .name("o.opfname")
        .signature("a.amname")
        .join("JOIN pg_catalog.pg_am a ON a.oid = o.opfmethod")
        .own()
        .owner("o.opfowner")
        .with(
            Property::Members,
            "(SELECT string_agg(member, ', ' ORDER BY sort, number, member) FROM (
                SELECT 1, m.amopstrategy, 'operator ' || m.amopstrategy || ' ' || m.amopopr::regoperator
                       || CASE m.amoppurpose WHEN 'o' THEN ' for order by' ELSE '' END
                  FROM pg_catalog.pg_amop m WHERE m.amopfamily = o.oid
                UNION ALL
                SELECT 2, m.amprocnum, 'function ' || m.amprocnum || ' ' || m.amproc::oid::regprocedure
                  FROM pg_catalog.pg_amproc m WHERE m.amprocfamily = o.oid) member (sort, number, member))",
        )
}

/// Collations.
pub(super) fn collations(version: u32) -> Selection {
    let locale = match version {
        17.. => "o.colllocale",
        15.. => "o.colliculocale",
        _ => "NULL",
    };
    let provider = words(
        "o.collprovider",
        &[
            ("c", "libc"),
            ("i", "icu"),
            ("b", "builtin"),
            ("d", "default"),
        ],
    );
    Selection::of(Class::Collation, version)
        .kind("'collation'")
        .in_schema("o.collnamespace")
        .name("o.collname")
        .own()
        .owner("o.collowner")
        .with(
            Property::Body,
            // Until PostgreSQL 14, the two of libc hold ICU's locale.
            &format!(
                "concat_ws(', ', 'provider = ' || {provider}, CASE WHEN {locale} IS NOT NULL THEN 'locale = ' || {locale}
                 WHEN o.collcollate = o.collctype THEN 'locale = ' || o.collcollate
                 ELSE 'lc_collate = ' || o.collcollate || ', lc_ctype = ' || o.collctype END,
                 CASE WHEN NOT o.collisdeterministic THEN 'deterministic = false' END)"
            ),
        )
}

/// Conversions.
pub(super) fn conversions(version: u32) -> Selection {
    Selection::of(Class::Conversion, version)
        .kind("'conversion'")
        .in_schema("o.connamespace")
        .name("o.conname")
        .own()
        .owner("o.conowner")
        .with(Property::Default, "CASE WHEN o.condefault THEN 'default' END")
        .with(
            Property::Body,
            "pg_encoding_to_char(o.conforencoding) || ' to ' || pg_encoding_to_char(o.contoencoding)",
        )
        .with(Property::Function, "o.conproc")
}

/// Text search configurations.
pub(super) fn configurations(version: u32) -> Selection {
    Selection::of(Class::TextSearchConfiguration, version)
        .kind("'text search configuration'")
        .in_schema("o.cfgnamespace")
        .name("o.cfgname")
        .own()
        .owner("o.cfgowner")
        .with(
            Property::Body,
            &format!(
                "concat_ws(', ', (SELECT 'PARSER = ' || {QUALIFIER} || quote_ident(p.prsname) FROM pg_catalog.pg_ts_parser p
                    JOIN pg_catalog.pg_namespace n ON n.oid = p.prsnamespace WHERE p.oid = o.cfgparser),
                 (SELECT string_agg(alias || ': ' || dictionaries, ', ' ORDER BY alias) FROM (
                    SELECT t.alias, string_agg(m.mapdict::regdictionary::text, ' then ' ORDER BY m.mapseqno)
                      FROM pg_catalog.ts_token_type(o.cfgparser) t
                      JOIN pg_catalog.pg_ts_config_map m ON m.mapcfg = o.oid AND m.maptokentype = t.tokid
                     GROUP BY t.alias) map (alias, dictionaries)))"
            ),
        )
}

/// Text search dictionaries.
pub(super) fn dictionaries(version: u32) -> Selection {
    Selection::of(Class::TextSearchDictionary, version)
        .kind("'text search dictionary'")
        .in_schema("o.dictnamespace")
        .name("o.dictname")
        .own()
        .owner("o.dictowner")
        .with(
            Property::Body,
            &format!(
                "concat_ws(', ', (SELECT 'TEMPLATE = ' || {QUALIFIER} || quote_ident(p.tmplname)
                    FROM pg_catalog.pg_ts_template p
                    JOIN pg_catalog.pg_namespace n ON n.oid = p.tmplnamespace WHERE p.oid = o.dicttemplate), o.dictinitoption)"
            ),
        )
}

/// Text search parsers.
pub(super) fn parsers(version: u32) -> Selection {
    Selection::of(Class::TextSearchParser, version)
        .kind("'text search parser'")
        .in_schema("o.prsnamespace")
        .name("o.prsname")
        .own()
        .with(
            Property::Body,
            "concat_ws(', ', 'START = ' || o.prsstart, 'GETTOKEN = ' || o.prstoken, 'END = ' || o.prsend,
             'LEXTYPES = ' || o.prslextype, 'HEADLINE = ' || nullif(o.prsheadline::oid, 0)::regproc)",
        )
}

/// Text search templates.
pub(super) fn templates(version: u32) -> Selection {
    Selection::of(Class::TextSearchTemplate, version)
        .kind("'text search template'")
        .in_schema("o.tmplnamespace")
        .name("o.tmplname")
        .own()
        .with(
            Property::Body,
            "concat_ws(', ', 'INIT = ' || nullif(o.tmplinit::oid, 0)::regproc, 'LEXIZE = ' || o.tmpllexize)",
        )
}

/// Extended statistics.
pub(super) fn statistics(version: u32) -> Selection {
    let columns = match version {
        14.. => "pg_get_statisticsobjdef_columns(o.oid)".to_owned(),
        _ => super::selection::columns("o.stxrelid", "o.stxkeys"),
    };
    Selection::of(Class::Statistics, version)
        .kind("'statistics object'")
        .in_schema("o.stxnamespace")
        .name("o.stxname")
        .definition("pg_get_statisticsobjdef(o.oid)")
        .own()
        .no_member(Class::Relation, "o.stxrelid")
        .owner("o.stxowner")
        .with(Property::Table, "o.stxrelid::regclass")
        .with(Property::Columns, &columns)
        .with(
            Property::Method,
            &sorted(
                "(SELECT array_agg(CASE kind WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies' WHEN 'm' THEN 'mcv'
                    ELSE 'expressions' END) FROM unnest(o.stxkind) kind)",
            ),
        )
        .with(
            Property::StatisticsTarget,
            "CASE WHEN o.stxstattarget >= 0 THEN o.stxstattarget END",
        )
}
