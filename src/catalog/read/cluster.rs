//! What lies in no schema: the database, extensions, languages, what is foreign, roles, publications.

use super::selection::{self, Selection, sorted, words};
use crate::catalog::object::FIRST_OID;
use crate::catalog::{Class, Property};

/// Settings of a role or database, by their key in `pg_db_role_setting`.
fn settings(database: &str, role: &str) -> String {
    selection::settings(&format!(
        "(SELECT array_agg(setting) FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) setting
           WHERE s.setdatabase IN ({database}) AND s.setrole = {role})"
    ))
}

/// The database that is read.
pub(super) fn database(version: u32) -> Selection {
    Selection::of(Class::Database, version)
        .kind("'database'")
        .name("''")
        .only("o.datname = current_database()")
        .owner("o.datdba")
        .with(
            Property::ConnectionLimit,
            "CASE WHEN o.datconnlimit >= 0 THEN o.datconnlimit END",
        )
        .with(Property::Settings, &settings("o.oid", "0"))
}

/// Roles that are not the server's own; what they are set to in the database that is read counts too.
pub(super) fn roles(version: u32) -> Selection {
    Selection::of(Class::Role, version)
        .kind("'role'")
        .name("r.rolname")
        .oid("r.oid")
        .from("pg_catalog.pg_roles r")
        .only(&format!("r.oid >= {FIRST_OID} AND r.rolname !~ '^pg_'"))
        .with(Property::Superuser, "CASE WHEN r.rolsuper THEN 'superuser' END")
        .with(Property::Login, "CASE WHEN r.rolcanlogin THEN 'login' END")
        .with(
            Property::Attributes,
            "nullif(concat_ws(', ', CASE WHEN r.rolcreatedb THEN 'createdb' END,
                CASE WHEN r.rolcreaterole THEN 'createrole' END, CASE WHEN NOT r.rolinherit THEN 'noinherit' END,
                CASE WHEN r.rolreplication THEN 'replication' END, CASE WHEN r.rolbypassrls THEN 'bypassrls' END,
                'valid until ' || r.rolvaliduntil), '')",
        )
        .with(
            Property::ConnectionLimit,
            "CASE WHEN r.rolconnlimit >= 0 THEN r.rolconnlimit END",
        )
        .with(
            Property::Settings,
            &settings(
                "0, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())",
                "r.oid",
            ),
        )
}

/// Default privileges; what they are comes as privileges.
pub(super) fn default_privileges(version: u32) -> Selection {
    Selection::of(Class::DefaultPrivileges, version)
        .kind("'default privileges'")
        .name("pg_get_userbyid(o.defaclrole)")
        .schema("(SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid = o.defaclnamespace)")
        .signature(
            "CASE o.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
             WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects' END",
        )
        .own()
}

/// Extensions.
pub(super) fn extensions(version: u32) -> Selection {
    Selection::of(Class::Extension, version)
        .kind("'extension'")
        .name("o.extname")
        .own()
        .only("o.extname <> 'pgtap'")
        .owner("o.extowner")
        .with(Property::Version, "o.extversion")
        .with(
            Property::Schema,
            "(SELECT quote_ident(n.nspname) FROM pg_catalog.pg_namespace n WHERE n.oid = o.extnamespace)",
        )
}

/// Languages.
pub(super) fn languages(version: u32) -> Selection {
    Selection::of(Class::Language, version)
        .kind("'language'")
        .name("o.lanname")
        .own()
        .owner("o.lanowner")
        .with(
            Property::Trust,
            "CASE WHEN o.lanpltrusted THEN 'trusted' ELSE 'untrusted' END",
        )
        .with(
            Property::Function,
            "concat_ws(', ', nullif(o.lanplcallfoid, 0)::regproc, 'inline ' || nullif(o.laninline, 0)::regproc,
             'validator ' || nullif(o.lanvalidator, 0)::regproc)",
        )
}

/// Transforms.
pub(super) fn transforms(version: u32) -> Selection {
    Selection::of(Class::Transform, version)
        .kind("'transform'")
        .name("format_type(o.trftype, NULL)")
        .signature("l.lanname")
        .join("JOIN pg_catalog.pg_language l ON l.oid = o.trflang")
        .own()
        .with(
            Property::Function,
            "concat_ws(', ', 'from SQL ' || nullif(o.trffromsql::oid, 0)::regproc,
             'to SQL ' || nullif(o.trftosql::oid, 0)::regproc)",
        )
}

/// Access methods.
pub(super) fn access_methods(version: u32) -> Selection {
    Selection::of(Class::AccessMethod, version)
        .kind("'access method'")
        .name("o.amname")
        .own()
        .with(
            Property::Type,
            &words("o.amtype", &[("i", "index"), ("t", "table")]),
        )
        .with(Property::Function, "o.amhandler")
}

/// Foreign-data wrappers.
pub(super) fn wrappers(version: u32) -> Selection {
    Selection::of(Class::ForeignDataWrapper, version)
        .kind("'foreign-data wrapper'")
        .name("o.fdwname")
        .own()
        .owner("o.fdwowner")
        .with(
            Property::Function,
            "nullif(concat_ws(', ', 'handler ' || nullif(o.fdwhandler, 0)::regproc,
             'validator ' || nullif(o.fdwvalidator, 0)::regproc), '')",
        )
        .with(Property::Options, &sorted("o.fdwoptions"))
}

/// Foreign servers.
pub(super) fn servers(version: u32) -> Selection {
    Selection::of(Class::ForeignServer, version)
        .kind("'foreign server'")
        .name("o.srvname")
        .own()
        .owner("o.srvowner")
        .with(
            Property::Server,
            "(SELECT f.fdwname FROM pg_catalog.pg_foreign_data_wrapper f WHERE f.oid = o.srvfdw)",
        )
        .with(Property::Type, "o.srvtype")
        .with(Property::Version, "o.srvversion")
        .with(Property::Options, &sorted("o.srvoptions"))
}

/// User mappings. What they hold are secrets: of options that may be one, only the names are read.
pub(super) fn user_mappings(version: u32) -> Selection {
    Selection::of(Class::UserMapping, version)
        .kind("'user mapping'")
        .name("u.usename")
        .parent("u.srvname")
        .oid("u.umid")
        .from("pg_catalog.pg_user_mappings u")
        .only(&format!("u.umid >= {FIRST_OID}"))
        .with(
            Property::Options,
            &sorted(
                r"(SELECT array_agg(regexp_replace(option, '^([^=]*(pass|secret|key|token)[^=]*)=.*$', '\1=…', 'i'))
                     FROM unnest(u.umoptions) option)",
            ),
        )
}

/// Tablespaces. Where they lie on disk is the machine's.
pub(super) fn tablespaces(version: u32) -> Selection {
    Selection::of(Class::Tablespace, version)
        .kind("'tablespace'")
        .name("o.spcname")
        .only(&format!("o.oid >= {FIRST_OID}"))
        .owner("o.spcowner")
        .with(Property::Options, &sorted("o.spcoptions"))
}

/// Publications.
pub(super) fn publications(version: u32) -> Selection {
    let tables = match version {
        15.. => {
            "o.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname)
             || coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY number.at)
                    FROM unnest(t.prattrs) WITH ORDINALITY number (attnum, at)
                    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.prrelid AND a.attnum = number.attnum) || ')', '')
             || coalesce(' WHERE ' || pg_get_expr(t.prqual, t.prrelid), '')"
        }
        _ => "o.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname)",
    };
    Selection::of(Class::Publication, version)
        .kind("'publication'")
        .name("o.pubname")
        .own()
        .owner("o.pubowner")
        .with(
            Property::Tables,
            &format!(
                "CASE WHEN o.puballtables THEN 'all' ELSE (
                    SELECT string_agg(shown, ', ' ORDER BY shown COLLATE \"C\") FROM (
                        SELECT {tables} FROM pg_catalog.pg_publication_rel t
                          JOIN pg_catalog.pg_class c ON c.oid = t.prrelid
                          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                         WHERE t.prpubid = o.oid) t (publication, shown)) END"
            ),
        )
        .with_since(
            15,
            Property::Schemas,
            "(SELECT string_agg(s.pnnspid::regnamespace::text, ', ' ORDER BY s.pnnspid::regnamespace::text COLLATE \"C\")
                FROM pg_catalog.pg_publication_namespace s WHERE s.pnpubid = o.oid)",
        )
        .with(
            Property::Events,
            "concat_ws(', ', CASE WHEN o.pubinsert THEN 'insert' END, CASE WHEN o.pubupdate THEN 'update' END,
             CASE WHEN o.pubdelete THEN 'delete' END, CASE WHEN o.pubtruncate THEN 'truncate' END)",
        )
        .with(
            Property::Options,
            if version >= 18 {
                "nullif(concat_ws(', ', CASE WHEN o.pubviaroot THEN 'publish_via_partition_root' END,
                 CASE o.pubgencols WHEN 's' THEN 'publish_generated_columns = stored' END), '')"
            } else {
                "CASE WHEN o.pubviaroot THEN 'publish_via_partition_root' END"
            },
        )
}

/// Subscriptions of the database; how they connect is a secret.
pub(super) fn subscriptions(version: u32) -> Selection {
    Selection::of(Class::Subscription, version)
        .kind("'subscription'")
        .name("s.subname")
        .oid("s.oid")
        .from(
            "(SELECT oid, subname, subowner, subdbid, subenabled, subslotname, subsynccommit, subpublications
                FROM pg_catalog.pg_subscription) s",
        )
        .only("s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())")
        .owner("s.subowner")
        .with(Property::Firing, "CASE WHEN NOT s.subenabled THEN 'disabled' END")
        .with(Property::Publications, &sorted("s.subpublications"))
        .with(
            Property::Options,
            "concat_ws(', ', 'slot_name = ' || quote_ident(s.subslotname), 'synchronous_commit = ' || s.subsynccommit)",
        )
}
