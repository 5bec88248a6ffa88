//! Properties that come from tables of their own: privileges, memberships, comments. Each row names the object by its
//! address, and has no name.

use crate::catalog::object::FIRST_OID;

/// The catalogs with privileges: their rows' owners, which letter `acldefault` knows them by, and their lists.
const LISTS: [(&str, &str, &str, &str); 10] = [
    (
        "pg_class",
        "CASE o.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\"",
        "o.relowner",
        "o.relacl",
    ),
    ("pg_proc", "'f'", "o.proowner", "o.proacl"),
    ("pg_type", "'T'", "o.typowner", "o.typacl"),
    ("pg_namespace", "'n'", "o.nspowner", "o.nspacl"),
    ("pg_language", "'l'", "o.lanowner", "o.lanacl"),
    ("pg_database", "'d'", "o.datdba", "o.datacl"),
    ("pg_tablespace", "'t'", "o.spcowner", "o.spcacl"),
    ("pg_foreign_data_wrapper", "'F'", "o.fdwowner", "o.fdwacl"),
    ("pg_foreign_server", "'S'", "o.srvowner", "o.srvacl"),
    // Those for a schema come on top of what there is; the others are in its place.
    (
        "pg_default_acl",
        "CASE o.defaclobjtype WHEN 'S' THEN 's' ELSE o.defaclobjtype END",
        "CASE o.defaclnamespace WHEN 0 THEN o.defaclrole END",
        "o.defaclacl",
    ),
];

/// Privileges, where they differ from what the server gives by itself.
pub(super) fn privileges() -> String {
    let lists: String = LISTS
        .map(|(class, letter, owner, list)| {
            // Of a database there is one that counts, whatever its number, and of schemas there is `public`.
            let own = match class {
                "pg_namespace" => format!("(o.oid >= {FIRST_OID} OR o.nspname = 'public')"),
                "pg_database" => "o.datname = current_database()".to_owned(),
                _ => format!("o.oid >= {FIRST_OID}"),
            };
            format!(
                "SELECT '{class}', o.oid, 0, {list}, acldefault({letter}, {owner})
                   FROM pg_catalog.{class} o WHERE {list} IS NOT NULL AND {own} UNION ALL "
            )
        })
        .concat();
    format!(
        "WITH list (class, oid, sub, given, usual) AS (
             {lists}
             SELECT 'pg_class', o.attrelid, o.attnum, o.attacl, NULL
               FROM pg_catalog.pg_attribute o WHERE o.attacl IS NOT NULL AND o.attrelid >= {FIRST_OID}
         ), item (class, oid, sub, is_given, grantee, privilege, grantable) AS (
             SELECT class, oid, sub, true, a.grantee, a.privilege_type, a.is_grantable
               FROM list, aclexplode(given) a
             UNION ALL
             SELECT class, oid, sub, false, a.grantee, a.privilege_type, a.is_grantable
               FROM list, aclexplode(usual) a
         ), single AS (
             SELECT class, oid, sub, is_given, grantee, privilege,
                    privilege || CASE WHEN bool_or(grantable) THEN ' WITH GRANT OPTION' ELSE '' END AS words
               FROM item GROUP BY 1, 2, 3, 4, 5, 6
         ), both_sides AS (
             SELECT class, oid, sub, grantee,
                    string_agg(words, ', ' ORDER BY array_position(usual_order, privilege), privilege)
                        FILTER (WHERE is_given) AS given,
                    string_agg(words, ', ' ORDER BY array_position(usual_order, privilege), privilege)
                        FILTER (WHERE NOT is_given) AS usual
               FROM single, (SELECT ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER',
                                          'USAGE', 'CREATE', 'CONNECT', 'TEMPORARY', 'EXECUTE']) u (usual_order)
              GROUP BY 1, 2, 3, 4
         )
         SELECT class, oid, sub, NULL, NULL, NULL, NULL, NULL, NULL,
                'privileges of ' || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee)::text END,
                coalesce(given, 'none')
           FROM both_sides WHERE given IS DISTINCT FROM usual"
    )
}

/// Memberships of roles. Until PostgreSQL 15, whether privileges are inherited was the member's own affair.
pub(super) fn memberships(version: u32) -> String {
    let (inherits, sets) = match version {
        16.. => ("bool_or(m.inherit_option)", "bool_or(m.set_option)"),
        _ => ("bool_or(r.rolinherit)", "true"),
    };
    format!(
        "SELECT 'pg_authid', m.member, 0, NULL, NULL, NULL, NULL, NULL, NULL,
                'membership in ' || pg_get_userbyid(m.roleid),
                coalesce(nullif(concat_ws(', ', CASE WHEN {inherits} THEN 'inherit' END, CASE WHEN {sets} THEN 'set' END,
                          CASE WHEN bool_or(m.admin_option) THEN 'admin' END), ''), 'in name only')
           FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.member
          WHERE m.member >= {FIRST_OID} GROUP BY m.member, m.roleid"
    )
}

/// Comments.
pub(super) fn comments() -> String {
    format!(
        "SELECT c.relname, d.objoid, d.objsubid, NULL, NULL, NULL, NULL, NULL, NULL, 'comment', d.description
           FROM pg_catalog.pg_description d JOIN pg_catalog.pg_class c ON c.oid = d.classoid
          WHERE d.objoid >= {FIRST_OID}
                OR d.classoid = 'pg_catalog.pg_namespace'::regclass AND d.description <> 'standard public schema'
         UNION ALL
         SELECT c.relname, d.objoid, 0, NULL, NULL, NULL, NULL, NULL, NULL, 'comment', d.description
           FROM pg_catalog.pg_shdescription d JOIN pg_catalog.pg_class c ON c.oid = d.classoid"
    )
}
