-- What the wrapped functions of pgTAP call. The first one tells the client of an assertion, the second one of an error
-- that an assertion caught; the others find, in the way of pgTAP, what an assertion names by its arguments.
--
-- RAISE INFO reaches the client whatever client_min_messages is, and survives whatever is rolled back.
--
-- The functions that find things return addresses, [catalog, OID, column], of what is named unmistakably: where a name
-- fits two functions, one of them may vanish without the assertion noticing it. They see the search_path of the test,
-- so all that they name is qualified, and their parameters have no names, which a setting of PL/pgSQL could confuse
-- with columns. They are planned once in a session, whatever their arguments: planning takes longer than running, and by an
-- index, though the catalogs are small.

CREATE OR REPLACE FUNCTION pg_assay.asserted(text, text, jsonb, jsonb DEFAULT NULL, name[] DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    RAISE INFO USING MESSAGE = 'pgassay:asserted:' || pg_catalog.jsonb_build_object(
        -- What is still to be done counts neither way: it could vanish without anybody noticing.
        'overload', $2, 'passed', COALESCE(pg_catalog.starts_with($1, 'ok ')
            AND pg_catalog.strpos(pg_catalog.upper(pg_catalog.split_part($1, E'\n', 1)), '# TODO') = 0, false),
        'stated', COALESCE($3, '[]'), 'implied', COALESCE($4, '[]'), 'about', COALESCE($5, '{}'::pg_catalog.name[]))::pg_catalog.text;
    RETURN $1;
END $$;

CREATE OR REPLACE FUNCTION pg_assay.caught(text, text, text, text, text, text, text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    RAISE INFO USING MESSAGE = 'pgassay:caught:' || pg_catalog.jsonb_build_object(
        'code', $1, 'message', $2, 'schema', $3, 'table', $4, 'column', $5, 'datatype', $6, 'constraint', $7)::pg_catalog.text;
    RETURN NULL;
END $$;

-- The table of this name: that of the schema, or the one that search_path shows. The server's own way is the quick one, but
-- not open to who has no right to the schema. (schema or NULL, table)
CREATE OR REPLACE FUNCTION pg_assay.relation(name, name) RETURNS oid
LANGUAGE plpgsql AS $$
BEGIN
    IF $1 IS NULL OR pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace(pg_catalog.quote_ident(NULLIF($1, '')))::oid, 'USAGE') THEN
        RETURN pg_catalog.to_regclass(COALESCE(pg_catalog.quote_ident($1) || '.', '') || pg_catalog.quote_ident(NULLIF($2, '')))::oid;
    END IF;
    RETURN (SELECT c.oid FROM pg_catalog.pg_class c
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = $1 AND c.relname = $2);
END $$;

-- (schema or NULL, relations)
CREATE OR REPLACE FUNCTION pg_assay.relations(name, name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    table_name name;
    table_oids oid[];
BEGIN
    FOREACH table_name IN ARRAY $2 LOOP
        table_oids := pg_catalog.array_append(table_oids, pg_assay.relation($1, table_name));
    END LOOP;
    RETURN (SELECT pg_catalog.jsonb_agg(CASE c.relkind
                       WHEN 'c' THEN pg_catalog.jsonb_build_array('pg_type', c.reltype::bigint, 0)
                       ELSE pg_catalog.jsonb_build_array('pg_class', c.oid::bigint, 0) END)
              FROM pg_catalog.pg_class c
             WHERE c.oid = ANY (table_oids));
END $$;

-- (schema or NULL, relation, columns)
CREATE OR REPLACE FUNCTION pg_assay.columns(name, name, name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    table_oid oid := pg_assay.relation($1, $2);
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_class', a.attrelid::bigint, a.attnum))
              FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = table_oid AND a.attname = ANY ($3) AND a.attnum > 0 AND NOT a.attisdropped);
END $$;

-- (schema or NULL, table, contype, columns in the constraint's order, or NULL for whatever columns)
CREATE OR REPLACE FUNCTION pg_assay.constraints(name, name, "char", name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    table_oid oid := pg_assay.relation($1, $2);
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_constraint', k.oid::bigint, 0))
              FROM pg_catalog.pg_constraint k
             WHERE k.conrelid = table_oid AND k.contype = $3
               AND ($4 IS NULL OR $4 = (
                       SELECT pg_catalog.array_agg(a.attname ORDER BY u.place)
                         FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (number, place)
                         JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number))
            HAVING pg_catalog.count(*) = 1);
END $$;

-- (schema or NULL, table or NULL, indexes); it is the table that search_path must show.
CREATE OR REPLACE FUNCTION pg_assay.indexes(name, name, name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    table_oid oid;
BEGIN
    IF $2 IS NOT NULL THEN
        table_oid := pg_assay.relation($1, $2);
        RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_class', i.oid::bigint, 0))
                  FROM pg_catalog.pg_index x
                  JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
                 WHERE x.indrelid = table_oid AND i.relname = ANY ($3));
    END IF;
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_class', u.oid, 0))
              FROM (SELECT pg_catalog.min(i.oid::bigint) AS oid
                      FROM pg_catalog.pg_class i
                      JOIN pg_catalog.pg_index x ON x.indexrelid = i.oid
                      JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
                     WHERE i.relname = ANY ($3)
                       AND CASE WHEN $1 IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)
                                ELSE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1) END
                     GROUP BY i.relname HAVING pg_catalog.count(*) = 1) AS u);
END $$;

-- (schema or NULL, table, columns and expressions)
CREATE OR REPLACE FUNCTION pg_assay.indexes_on(name, name, name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_class', x.indexrelid::bigint, 0))
              FROM pg_catalog.pg_class c
              JOIN pg_catalog.pg_index x ON x.indrelid = c.oid
             WHERE c.relname = $2
               AND $3::pg_catalog.text[] = (SELECT pg_catalog.array_agg(pg_catalog.pg_get_indexdef(x.indexrelid, s.i, false) ORDER BY s.i)
                                   FROM pg_catalog.generate_series(1, x.indnatts) AS s (i))
               AND ($1 IS NULL OR c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1))
            HAVING pg_catalog.count(*) = 1);
END $$;

-- (schema or NULL, table, triggers)
CREATE OR REPLACE FUNCTION pg_assay.triggers(name, name, name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    table_oid oid := pg_assay.relation($1, $2);
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_trigger', t.oid::bigint, 0))
              FROM pg_catalog.pg_trigger t
             WHERE t.tgrelid = table_oid AND t.tgname = ANY ($3));
END $$;

-- (schema or NULL, relation, rules)
CREATE OR REPLACE FUNCTION pg_assay.rules(name, name, name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    table_oid oid := pg_assay.relation($1, $2);
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_rewrite', r.oid::bigint, 0))
              FROM pg_catalog.pg_rewrite r
             WHERE r.ev_class = table_oid AND r.rulename = ANY ($3));
END $$;

-- (schema or NULL, table, policies); without a schema pgTAP looks at tables of this name everywhere.
CREATE OR REPLACE FUNCTION pg_assay.policies(name, name, name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_policy', u.oid, 0))
              FROM (SELECT pg_catalog.min(p.oid::bigint) AS oid
                      FROM pg_catalog.pg_class c
                      JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid
                     WHERE c.relname = $2 AND p.polname = ANY ($3)
                       AND ($1 IS NULL
                            OR c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1))
                     GROUP BY p.polname HAVING pg_catalog.count(*) = 1) AS u);
END $$;

-- (schema or NULL, partitioned table, partitions as regclass writes them)
CREATE OR REPLACE FUNCTION pg_assay.partitions(name, name, name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_class', i.inhrelid::bigint, 0))
              FROM pg_catalog.pg_class c
              JOIN pg_catalog.pg_inherits i ON i.inhparent = c.oid
             WHERE c.relname = $2 AND c.relkind = 'p' AND i.inhrelid::pg_catalog.regclass::pg_catalog.name = ANY ($3)
               AND CASE WHEN $1 IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)
                        ELSE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1) END);
END $$;

-- (schema or NULL, functions, argument types in whatever spelling, or NULL for whatever arguments)
CREATE OR REPLACE FUNCTION pg_assay.routines(name, name[], name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    wanted_arguments text;
BEGIN
    IF $3 IS NOT NULL THEN
        BEGIN
            wanted_arguments := pg_catalog.array_to_string($3::pg_catalog.regtype[], ',');
        EXCEPTION WHEN OTHERS THEN
            wanted_arguments := pg_catalog.array_to_string($3, ',');
        END;
    END IF;
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_proc', u.oid, 0))
              FROM (SELECT pg_catalog.min(p.oid::bigint) AS oid
                      FROM pg_catalog.pg_proc p
                     WHERE p.proname = ANY ($2)
                       AND CASE WHEN $1 IS NULL THEN pg_catalog.pg_function_is_visible(p.oid)
                                ELSE p.pronamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1) END
                       AND ($3 IS NULL
                            OR pg_catalog.array_to_string(p.proargtypes::pg_catalog.regtype[], ',') = wanted_arguments)
                     GROUP BY p.proname HAVING pg_catalog.count(*) = 1) AS u);
END $$;

-- (schema or NULL, types)
CREATE OR REPLACE FUNCTION pg_assay.types(name, name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(CASE
                       WHEN c.relkind <> 'c' THEN pg_catalog.jsonb_build_array('pg_class', c.oid::bigint, 0)
                       ELSE pg_catalog.jsonb_build_array('pg_type', t.oid::bigint, 0) END)
              FROM pg_catalog.pg_type t
              LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
             WHERE t.typname = ANY ($2)
               AND CASE WHEN $1 IS NULL THEN pg_catalog.pg_type_is_visible(t.oid)
                        ELSE t.typnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1) END);
END $$;

-- (source type, target type), in whatever spelling
CREATE OR REPLACE FUNCTION pg_assay.casts(name, name) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    source_type text := pg_assay.type_name($1);
    target_type text := pg_assay.type_name($2);
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_cast', k.oid::bigint, 0))
              FROM pg_catalog.pg_cast k
             WHERE pg_catalog.format_type(k.castsource, NULL) = source_type
               AND pg_catalog.format_type(k.casttarget, NULL) = target_type
            HAVING pg_catalog.count(*) = 1);
END $$;

-- (schema or NULL, left operand's type or NULL, operator, right operand's type or NULL)
CREATE OR REPLACE FUNCTION pg_assay.operators(name, name, name, name) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    left_type text := pg_assay.type_name($2);
    right_type text := pg_assay.type_name($4);
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_operator', o.oid::bigint, 0))
              FROM pg_catalog.pg_operator o
             WHERE o.oprname = $3
               AND CASE WHEN o.oprleft = 0 THEN $2 IS NULL ELSE pg_catalog.format_type(o.oprleft, NULL) = left_type END
               AND CASE WHEN o.oprright = 0 THEN $4 IS NULL ELSE pg_catalog.format_type(o.oprright, NULL) = right_type END
               AND CASE WHEN $1 IS NULL THEN pg_catalog.pg_operator_is_visible(o.oid)
                        ELSE o.oprnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1) END
            HAVING pg_catalog.count(*) = 1);
END $$;

-- A type as the server writes it, or as it is where there is none of this name.
CREATE OR REPLACE FUNCTION pg_assay.type_name(name) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    RETURN $1::pg_catalog.regtype::pg_catalog.text;
EXCEPTION WHEN OTHERS THEN
    RETURN $1::pg_catalog.text;
END $$;

-- (casts as `source AS target`)
CREATE OR REPLACE FUNCTION pg_assay.casts_listed(text[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_cast', k.oid::bigint, 0))
              FROM pg_catalog.pg_cast k
             WHERE pg_catalog.format_type(k.castsource, NULL) || ' AS ' || pg_catalog.format_type(k.casttarget, NULL) = ANY ($1)
               AND k.oid >= 16384);
END $$;

-- (schema or NULL, operators as `+(integer,integer) RETURNS integer`)
CREATE OR REPLACE FUNCTION pg_assay.operators_listed(name, text[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_operator', o.oid::bigint, 0))
              FROM pg_catalog.pg_operator o
             WHERE o.oid >= 16384
               AND o.oprname || pg_catalog.substring(o.oid::pg_catalog.regoperator::pg_catalog.text, '[(][^)]+[)]$') || ' RETURNS '
                   || o.oprresult::pg_catalog.regtype::pg_catalog.text = ANY ($2)
               AND CASE WHEN $1 IS NULL THEN pg_catalog.pg_operator_is_visible(o.oid)
                        ELSE o.oprnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1) END);
END $$;

-- (schema or NULL, operator classes)
CREATE OR REPLACE FUNCTION pg_assay.operator_classes(name, name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array('pg_opclass', u.oid, 0))
              FROM (SELECT pg_catalog.min(o.oid::bigint) AS oid
                      FROM pg_catalog.pg_opclass o
                     WHERE o.opcname = ANY ($2)
                       AND CASE WHEN $1 IS NULL THEN pg_catalog.pg_opclass_is_visible(o.oid)
                                ELSE o.opcnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1) END
                     GROUP BY o.opcname HAVING pg_catalog.count(*) = 1) AS u);
END $$;

-- (catalog, names), for what lies in no schema and has no namesakes
CREATE OR REPLACE FUNCTION pg_assay.named(text, name[]) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array($1, u.oid::bigint, 0))
              FROM (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE $1 = 'pg_namespace' AND n.nspname = ANY ($2)
                    UNION ALL
                    SELECT r.oid FROM pg_catalog.pg_roles r WHERE $1 = 'pg_authid' AND r.rolname = ANY ($2)
                    UNION ALL
                    SELECT e.oid FROM pg_catalog.pg_extension e WHERE $1 = 'pg_extension' AND e.extname = ANY ($2)
                    UNION ALL
                    SELECT l.oid FROM pg_catalog.pg_language l WHERE $1 = 'pg_language' AND l.lanname = ANY ($2)
                    UNION ALL
                    SELECT t.oid FROM pg_catalog.pg_tablespace t WHERE $1 = 'pg_tablespace' AND t.spcname = ANY ($2)
                    UNION ALL
                    SELECT w.oid FROM pg_catalog.pg_foreign_data_wrapper w
                     WHERE $1 = 'pg_foreign_data_wrapper' AND w.fdwname = ANY ($2)
                    UNION ALL
                    SELECT s.oid FROM pg_catalog.pg_foreign_server s
                     WHERE $1 = 'pg_foreign_server' AND s.srvname = ANY ($2)
                    UNION ALL
                    SELECT d.oid FROM pg_catalog.pg_database d
                     WHERE $1 = 'pg_database' AND d.datname = ANY ($2) AND d.datname = pg_catalog.current_database()
                   ) AS u);
END $$;
