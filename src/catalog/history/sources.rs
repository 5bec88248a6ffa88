use std::sync::LazyLock;

use super::{Address, Class};

/// A system catalog whose rows tell of objects.
struct Source {
    table: &'static str,
    /// The class of the object that a row tells of, its OID and its column.
    class: Class,
    oid: &'static str,
    column: &'static str,
    /// What tells the row from others of its table.
    key: &'static str,
    /// What counts of it: not what other objects leave in it, or a rewritten table.
    digest: &'static str,
    /// Whether the row is the object itself, and not a part of it that can come later.
    makes: bool,
}

const fn own(class: Class, table: &'static str) -> Source {
    Source {
        table,
        class,
        oid: "o.oid",
        column: "0",
        key: "o.oid",
        digest: "o.*",
        makes: true,
    }
}

const fn part(table: &'static str, class: Class, oid: &'static str, key: &'static str) -> Source {
    Source {
        table,
        class,
        oid,
        column: "0",
        key,
        digest: "o.*",
        makes: false,
    }
}

const SOURCES: &[Source] = &[
    Source {
        digest: "o.relname, o.relnamespace, o.reloftype, o.relowner, o.relam, o.reltablespace, o.relpersistence, o.relkind,
                 o.relrowsecurity, o.relforcerowsecurity, o.relreplident, o.relispartition, o.relpartbound, o.reloptions,
                 o.relacl",
        ..own(Class::Relation, "pg_class")
    },
    Source {
        column: "o.attnum",
        oid: "o.attrelid",
        key: "o.attrelid || ' ' || o.attnum",
        digest: "o.attname, o.atttypid, o.atttypmod, o.attnotnull, o.atthasdef, o.attidentity, o.attgenerated, o.attislocal,
                 o.attinhcount, o.attcollation, o.attstorage, o.attstattarget, o.attacl, o.attoptions, o.attfdwoptions",
        ..own(Class::Relation, "pg_attribute")
    },
    Source {
        column: "o.adnum",
        ..part("pg_attrdef", Class::Relation, "o.adrelid", "o.oid")
    },
    part("pg_index", Class::Relation, "o.indexrelid", "o.indexrelid"),
    part("pg_inherits", Class::Relation, "o.inhrelid", "o.inhrelid || ' ' || o.inhparent"),
    part("pg_sequence", Class::Relation, "o.seqrelid", "o.seqrelid"),
    part("pg_foreign_table", Class::Relation, "o.ftrelid", "o.ftrelid"),
    // Of a view, it is the view's.
    Source {
        class: Class::Relation,
        oid: "CASE o.rulename WHEN '_RETURN' THEN o.ev_class END",
        makes: false,
        ..own(Class::Relation, "pg_rewrite")
    },
    own(Class::Rule, "pg_rewrite"),
    own(Class::Constraint, "pg_constraint"),
    own(Class::Routine, "pg_proc"),
    part("pg_aggregate", Class::Routine, "o.aggfnoid::oid", "o.aggfnoid::oid"),
    own(Class::Trigger, "pg_trigger"),
    own(Class::EventTrigger, "pg_event_trigger"),
    own(Class::Policy, "pg_policy"),
    own(Class::Type, "pg_type"),
    part("pg_enum", Class::Type, "o.enumtypid", "o.oid"),
    own(Class::Schema, "pg_namespace"),
    own(Class::Cast, "pg_cast"),
    own(Class::Operator, "pg_operator"),
    own(Class::OperatorClass, "pg_opclass"),
    own(Class::OperatorFamily, "pg_opfamily"),
    part("pg_amop", Class::OperatorFamily, "o.amopfamily", "o.oid"),
    part("pg_amproc", Class::OperatorFamily, "o.amprocfamily", "o.oid"),
    own(Class::Collation, "pg_collation"),
    own(Class::Conversion, "pg_conversion"),
    own(Class::TextSearchConfiguration, "pg_ts_config"),
    part(
        "pg_ts_config_map",
        Class::TextSearchConfiguration,
        "o.mapcfg",
        "o.mapcfg || ' ' || o.maptokentype || ' ' || o.mapseqno",
    ),
    own(Class::TextSearchDictionary, "pg_ts_dict"),
    own(Class::TextSearchParser, "pg_ts_parser"),
    own(Class::TextSearchTemplate, "pg_ts_template"),
    own(Class::Statistics, "pg_statistic_ext"),
    own(Class::Extension, "pg_extension"),
    own(Class::Language, "pg_language"),
    own(Class::Transform, "pg_transform"),
    own(Class::AccessMethod, "pg_am"),
    own(Class::ForeignDataWrapper, "pg_foreign_data_wrapper"),
    own(Class::ForeignServer, "pg_foreign_server"),
    own(Class::DefaultPrivileges, "pg_default_acl"),
    own(Class::Publication, "pg_publication"),
    part("pg_publication_rel", Class::Publication, "o.prpubid", "o.oid"),
];

/// Roles, memberships and the database are in tables that every database shares, and not everybody may read. They are
/// few, so that all of them are read, and those that are as they were count as seen.
const SHARED: [(&str, &str, &str, &str); 4] = [
    ("pg_roles", "pg_authid", "o.oid", "o.*"),
    ("pg_auth_members", "pg_authid", "o.member", "o.*"),
    (
        "pg_tablespace",
        "pg_tablespace",
        "o.oid",
        "o.spcname, o.spcowner, o.spcacl, o.spcoptions",
    ),
    (
        "pg_database",
        "pg_database",
        "o.oid",
        "o.datname, o.datdba, o.datconnlimit, o.datacl",
    ),
];

/// The query for how far transactions are.
pub(super) const NOW: &str = "SELECT NULL::text, pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text,
    pg_catalog.pg_current_xact_id_if_assigned()::text, NULL::text, NULL::text, NULL::text, NULL::text";

/// The query for rows of which `new` holds.
pub(super) fn question(new: &str) -> String {
    static PARTS: LazyLock<Vec<String>> =
        LazyLock::new(|| SOURCES.iter().map(Source::sql).collect());
    let mut text = NOW.to_owned();
    for part in PARTS.iter() {
        text.push_str(part);
        text.push_str(new);
    }
    for (table, class, oid, digest) in SHARED {
        let own = match table {
            "pg_database" => "o.datname = pg_catalog.current_database()".to_owned(),
            _ => format!("{oid} >= 16384"),
        };
        text.push_str(&format!(
            " UNION ALL SELECT '{class}', ({oid})::text, '0', '{table} ' || ROW({oid}, {})::text,
                pg_catalog.md5(ROW({digest})::text), NULL, {}
              FROM pg_catalog.{table} o WHERE {own}",
            if table == "pg_auth_members" {
                "o.roleid"
            } else {
                "0"
            },
            if table == "pg_auth_members" {
                "''"
            } else {
                "'t'"
            },
        ));
    }
    text
}

impl Source {
    /// All of its query but for which rows are new.
    fn sql(&self) -> String {
        let Self {
            table,
            class,
            oid,
            column,
            key,
            digest,
            makes,
        } = self;
        let class = class.table();
        let makes = if *makes { "'t'" } else { "''" };
        format!(
            " UNION ALL SELECT '{class}', ({oid})::text, ({column})::text, '{table} {class} ' || {key},
                pg_catalog.md5(ROW({digest})::text), o.cmin::text, {makes}
              FROM pg_catalog.{table} o WHERE {oid} IS NOT NULL AND "
        )
    }
}

/// A row of an answer.
pub(super) enum Answer<'a> {
    /// How far transactions are: the next one, and the one that is open and has written something.
    Now { next: u64, current: Option<u64> },
    /// A row of a system catalog.
    Row(Row<'a>),
}

/// A row of a system catalog that may be new.
pub(super) struct Row<'a> {
    pub(super) address: Address,
    /// By which it is known again.
    pub(super) key: String,
    pub(super) digest: &'a str,
    /// The command that wrote it, within its transaction.
    pub(super) command: Option<u64>,
    pub(super) makes: bool,
}

impl<'a> Answer<'a> {
    /// None for a row that makes no sense.
    pub(super) fn of(row: &'a [Option<String>]) -> Option<Self> {
        let [class, oid, column, key, digest, command, makes] = row else {
            return None;
        };
        let Some(class) = class else {
            return Some(Self::Now {
                next: oid.as_deref()?.parse().ok()?,
                current: column.as_deref().and_then(|it| it.parse().ok()),
            });
        };
        let class = Class::ALL.iter().find(|it| it.table() == class)?;
        Some(Self::Row(Row {
            address: Address {
                class: *class,
                oid: oid.as_deref()?.parse().ok()?,
                column: column.as_deref()?.parse().ok()?,
            },
            key: key.clone()?,
            digest: digest.as_deref()?,
            command: command.as_deref().and_then(|it| it.parse().ok()),
            makes: makes.as_deref() == Some("t"),
        }))
    }
}
