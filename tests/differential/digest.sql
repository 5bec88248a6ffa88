CREATE SCHEMA differential;

-- The body of a function that is no string; there are none before PostgreSQL 14.
DO $$
BEGIN
    EXECUTE format('CREATE FUNCTION differential.body(pg_catalog.pg_proc) RETURNS text LANGUAGE sql AS %L',
        CASE WHEN current_setting('server_version_num')::int < 140000 THEN 'SELECT NULL::text'
        ELSE 'SELECT pg_get_function_sqlbody(($1).oid)' END);
END
$$;

-- All that scripts may make, as text, row by row.
CREATE FUNCTION differential.digest() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
    digest text := '';
    relation record;
BEGIN
    FOR found IN
        SELECT concat_ws(' ', 'schema', nspname, obj_description(n.oid, 'pg_namespace'))
          FROM pg_namespace n WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'differential')
        UNION ALL
        SELECT concat_ws(' ', relkind, c.oid::regclass, relpersistence,
                         CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
                         CASE WHEN relkind = 'i' THEN pg_get_indexdef(c.oid) END,
                         obj_description(c.oid, 'pg_class'))
          FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
         WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'differential')
        UNION ALL
        SELECT concat_ws(' ', 'column', attrelid::regclass, attnum, attname, format_type(atttypid, atttypmod), attnotnull,
                         pg_get_expr(adbin, adrelid))
          FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
          LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'differential') AND attnum > 0
        UNION ALL
        SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(c.oid))
          FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace
         WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'differential')
        UNION ALL
        SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL
        SELECT concat_ws(' ', 'function', p.oid::regprocedure, prokind, format_type(prorettype, NULL), prosrc,
                         differential.body(p), provolatile, proconfig)
          FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
         WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'differential')
        UNION ALL
        SELECT concat_ws(' ', 'type', t.oid::regtype, typtype,
                         (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
          FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace
         WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'differential')
        UNION ALL
        SELECT concat_ws(' ', 'large object', CASE WHEN loid < 16384 THEN loid END, pageno, encode(data, 'escape')) FROM pg_largeobject
        ORDER BY 1
    LOOP
        digest := digest || found || E'\n';
    END LOOP;
    FOR relation IN
        SELECT c.oid::regclass AS name, relkind
          FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
         WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'differential') AND relkind IN ('r', 'm', 'S')
         ORDER BY c.oid::regclass::text
    LOOP
        IF relation.relkind = 'S' THEN
            EXECUTE format('SELECT concat_ws('' '', last_value, is_called) FROM %s', relation.name) INTO found;
        ELSE
            EXECUTE format('SELECT string_agg(t::text, E''\n'' ORDER BY t::text) FROM %s t', relation.name) INTO found;
        END IF;
        digest := digest || relation.name || ': ' || coalesce(found, 'nothing') || E'\n';
    END LOOP;
    RETURN digest;
END
$$;

-- Drops all that scripts may have made.
CREATE FUNCTION differential.clear() RETURNS void LANGUAGE plpgsql SET client_min_messages = warning AS $$
DECLARE
    schema name;
BEGIN
    FOR schema IN
        SELECT nspname FROM pg_namespace
         WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'differential')
    LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', schema);
    END LOOP;
    PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
    CREATE SCHEMA public;
END
$$;
