//! Triggers that see the rows that got through. They count as the server's own, so that neither pgTAP nor
//! `information_schema` lists them.

use super::oids;
use crate::catalog::{Catalog, Class, Kind};
use crate::session::{Connection, QueryError};

/// Creates them. A table that has one already keeps it.
pub(super) fn install(connection: &mut Connection, catalog: &Catalog) -> Result<(), QueryError> {
    let tables = oids(catalog, Class::Relation, |it| it.name.kind == Kind::Table);
    let version = connection.value("SELECT pg_catalog.current_setting('server_version_num')")?;
    let version: u32 = version.and_then(|it| it.parse().ok()).unwrap_or(0) / 10_000;
    let enforced = if version >= 18 {
        "k.conenforced"
    } else {
        "true"
    };
    connection.execute(
        &INSTALL
            .replace("{tables}", &tables)
            .replace("{enforced}", enforced),
    )
}

/// The names sort behind those of the triggers of foreign keys, so that what a row has come to is known: what refuses has
/// refused. They begin as those do, since people who list triggers leave these out by that.
/// None is ever deferred, since a row that waits for its trigger keeps a table from being altered: what constraints
/// that are deferred from the beginning accept is not seen.
const INSTALL: &str = r#"
DO $install$
DECLARE
    of record;
BEGIN
    FOR of IN
        WITH key AS MATERIALIZED (
            SELECT u.*, NOT u.is_special AND NOT EXISTS (
                       SELECT FROM pg_attribute a
                        WHERE a.attrelid = u.relation AND a.attnum = ANY (u.numbers) AND NOT a.attnotnull) AS is_always
              FROM (SELECT k.conrelid, 'pg_constraint', k.oid, k.conkey,
                           coalesce(i.indexprs IS NOT NULL OR i.indpred IS NOT NULL, false)
                      FROM pg_constraint k
                      LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype <> 'f'
                     WHERE k.conrelid = ANY ({tables}) AND k.contype IN ('p', 'u', 'x', 'f') AND NOT k.condeferred
                       AND {enforced}
                    UNION ALL
                    SELECT i.indrelid, 'pg_class', i.indexrelid, (i.indkey::int2[])[0:i.indnkeyatts - 1],
                           i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
                      FROM pg_index i
                     WHERE i.indrelid = ANY ({tables}) AND i.indisunique AND NOT EXISTS (
                               SELECT FROM pg_constraint k
                                WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
                   ) u (relation, class, oid, numbers, is_special)
        ), simple AS MATERIALIZED (
            SELECT a.attrelid, 'pg_class', a.attrelid, a.attnum
              FROM pg_attribute a
             WHERE a.attrelid = ANY ({tables}) AND a.attnum > 0 AND a.attnotnull AND NOT a.attisdropped
            UNION ALL
            SELECT a.attrelid, 'pg_type', t.oid, 0
              FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
             WHERE a.attrelid = ANY ({tables}) AND a.attnum > 0 AND t.typnotnull AND NOT a.attisdropped
        ), always (relation, class, oid, sub, is_key) AS MATERIALIZED (
            SELECT *, false FROM simple UNION ALL SELECT relation, class, oid, 0, true FROM key WHERE is_always
        )
        SELECT c.oid, c.oid::regclass AS name, c.relacl IS NOT NULL AS is_granted,
               (SELECT coalesce(jsonb_agg(jsonb_build_array(w.class, w.oid::bigint, w.sub)), '[]')
                  FROM always w WHERE w.relation = c.oid) AS rows,
               (SELECT coalesce(jsonb_agg(jsonb_build_array(w.class, w.oid::bigint, w.sub)), '[]')
                  FROM always w WHERE w.relation = c.oid AND NOT w.is_key) AS changes,
               (SELECT coalesce(array_agg((ARRAY[k.class, k.oid::text, k.numbers::text] || (
                              SELECT array_agg(a.attname::text) FROM pg_attribute a
                               WHERE a.attrelid = c.oid AND a.attnum = ANY (k.numbers)))::text), '{}')
                  FROM key k WHERE k.relation = c.oid AND NOT k.is_special AND NOT k.is_always) AS keys,
               (SELECT string_agg(format('%L, %L', k.class, k.oid), ', ')
                  FROM key k WHERE k.relation = c.oid AND k.is_special) AS special,
               (SELECT coalesce(array_agg(ARRAY[a.attrelid::text, a.attnum::text, a.attname, d.objid::text]::text), '{}')
                  FROM (SELECT c.oid UNION SELECT r.relid FROM pg_partition_ancestors(c.oid) r) self (oid)
                  JOIN pg_attribute a ON a.attrelid = self.oid AND a.attidentity <> ''
                  JOIN pg_depend d ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i'
                   AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                  JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S') AS identities,
               EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
                          AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))) AS acts
          FROM pg_class c
         WHERE c.oid = ANY ({tables}) AND c.relkind = 'r'
           AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'RI_ConstraintTrigger_zz_pg_assay')
    LOOP
        EXECUTE format('CREATE TRIGGER "RI_ConstraintTrigger_zz_pg_assay" AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW
                        EXECUTE FUNCTION pg_assay.changed(%L, %L, %L, %L)',
                       of.name, of.rows, of.changes, of.keys, of.identities);
        IF of.special IS NOT NULL THEN
            EXECUTE format('CREATE TRIGGER "RI_ConstraintTrigger_zz_pg_assay_keys" AFTER INSERT OR UPDATE ON %s FOR EACH ROW
                            EXECUTE FUNCTION pg_assay.keyed(%s)', of.name, of.special);
        END IF;
        IF of.acts THEN
            EXECUTE format('CREATE TRIGGER "RI_ConstraintTrigger_zz_pg_assay_act" BEFORE UPDATE OR DELETE ON %s
                            FOR EACH ROW EXECUTE FUNCTION pg_assay.acting()', of.name);
        END IF;
        IF of.is_granted THEN
            EXECUTE format('CREATE TRIGGER "RI_ConstraintTrigger_zz_pg_assay_truncate" AFTER TRUNCATE ON %s
                            FOR EACH STATEMENT EXECUTE FUNCTION pg_assay.truncated()', of.name);
        END IF;
        UPDATE pg_trigger t SET tgisinternal = true
         WHERE t.tgrelid = of.oid AND t.tgname IN ('RI_ConstraintTrigger_zz_pg_assay', 'RI_ConstraintTrigger_zz_pg_assay_act', 'RI_ConstraintTrigger_zz_pg_assay_keys', 'RI_ConstraintTrigger_zz_pg_assay_truncate');
    END LOOP;
END $install$"#;
