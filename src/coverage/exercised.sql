-- What the probes of behaviour call: in expressions of the schema, in triggers of their own, and in bodies of functions.
-- Each tells once in a session what it saw, and remembers that in a setting of its own; what is rolled back is
-- forgotten and told again.
--
-- RAISE INFO reaches the client whatever client_min_messages is, and survives whatever is rolled back. They run with the
-- search_path and as the role of the test, so all that they name is qualified, and nothing in them needs a right.

-- (addresses of objects in JSON, behaviour)
CREATE OR REPLACE FUNCTION pg_assay.exercised(text, text) RETURNS boolean
LANGUAGE plpgsql PARALLEL RESTRICTED AS $$
BEGIN
    RAISE INFO 'pgassay:exercised:{"objects":%,"behaviour":%}', $1, pg_catalog.to_json($2);
    RETURN true;
END $$;

-- (class, object, column, behaviour)
CREATE OR REPLACE FUNCTION pg_assay.exercised(text, oid, bigint, text) RETURNS boolean
LANGUAGE plpgsql PARALLEL RESTRICTED AS $$
BEGIN
    RAISE INFO 'pgassay:exercised:{"objects":[["%",%,%]],"behaviour":%}', $1, $2, $3, pg_catalog.to_json($4);
    RETURN true;
END $$;

-- Whether something is told for the first time; from then on it is remembered. Its cost makes it the last of several
-- conditions. (of what, what)
CREATE OR REPLACE FUNCTION pg_assay.is_new(text, text) RETURNS boolean
LANGUAGE plpgsql PARALLEL RESTRICTED COST 1000000 AS $$
DECLARE
    told text := pg_catalog.current_setting($1, true);
BEGIN
    IF pg_catalog.strpos(told, ';' || $2 || ';') > 0 THEN
        RETURN false;
    END IF;
    told := pg_catalog.set_config($1, pg_catalog.concat(told, ';', $2, ';'), false);
    RETURN true;
END $$;

-- A role's use of a privilege, which superusers do not need. (class, object, privilege, role)
CREATE OR REPLACE FUNCTION pg_assay.allowed(text, oid, text, text) RETURNS boolean
LANGUAGE plpgsql PARALLEL RESTRICTED AS $$
BEGIN
    -- The quick way, where the session's own role is the one.
    IF pg_catalog.current_setting('is_superuser') = 'on'
       AND $4 = COALESCE(NULLIF(pg_catalog.current_setting('role'), 'none'), SESSION_USER)
    THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = $4 AND NOT r.rolsuper) THEN
        RETURN pg_assay.exercised($1, $2, 0, 'allows ' || $3 || ' to ' || $4);
    END IF;
    RETURN false;
END $$;

-- Around the expression of a check. (what came of it, constraint)
CREATE OR REPLACE FUNCTION pg_assay.checked(boolean, oid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1 AS $$
DECLARE
    told text;
BEGIN
    IF $1 THEN
        IF pg_catalog.current_setting('pg_assay.accepted_' || $2, true) = '1' THEN
            RETURN $1;
        END IF;
        RAISE INFO 'pgassay:exercised:{"objects":[["pg_constraint",%,0]],"behaviour":"accepts"}', $2;
        told := pg_catalog.set_config('pg_assay.accepted_' || $2, '1', false);
    ELSIF NOT $1 THEN
        RAISE INFO 'pgassay:exercised:{"objects":[["pg_constraint",%,0]],"behaviour":"rejects"}', $2;
    END IF;
    RETURN $1;
END $$;

-- Around the expressions of a policy. (what came of it, policy)
CREATE OR REPLACE FUNCTION pg_assay.admitted(boolean, oid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1 AS $$
DECLARE
    told text;
BEGIN
    IF $1 THEN
        IF pg_catalog.current_setting('pg_assay.admitted_' || $2, true) = '1' THEN
            RETURN $1;
        END IF;
        RAISE INFO 'pgassay:exercised:{"objects":[["pg_policy",%,0]],"behaviour":"admits"}', $2;
        told := pg_catalog.set_config('pg_assay.admitted_' || $2, '1', false);
    ELSIF pg_assay.is_new('pg_assay.refused_' || $2, 'refuses') THEN
        RAISE INFO 'pgassay:exercised:{"objects":[["pg_policy",%,0]],"behaviour":"refuses"}', $2;
    END IF;
    RETURN $1;
END $$;

-- Around the expression of a default or a generated column. (value, table, column)
CREATE OR REPLACE FUNCTION pg_assay.produced(anyelement, oid, oid) RETURNS anyelement
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1 AS $$
DECLARE
    told text;
BEGIN
    IF pg_catalog.current_setting('pg_assay.produced_' || $2 || '_' || $3, true) = '1' THEN
        RETURN $1;
    END IF;
    RAISE INFO 'pgassay:exercised:{"objects":[["pg_class",%,%]],"behaviour":"produces"}', $2, $3;
    told := pg_catalog.set_config('pg_assay.produced_' || $2 || '_' || $3, '1', false);
    RETURN $1;
END $$;

-- Around the default of a domain. (value, domain)
CREATE OR REPLACE FUNCTION pg_assay.produced(anyelement, oid) RETURNS anyelement
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1 AS $$
BEGIN
    IF pg_assay.is_new('pg_assay.produced_' || $2, 'produces') THEN
        RAISE INFO 'pgassay:exercised:{"objects":[["pg_type",%,0]],"behaviour":"produces"}', $2;
    END IF;
    RETURN $1;
END $$;

-- At the beginning of a function in PL/pgSQL. (function, the role that called it, the aggregate that it is part of)
CREATE OR REPLACE FUNCTION pg_assay.ran(oid, text, oid DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    is_told boolean;
BEGIN
    -- A parallel worker may set nothing.
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a WHERE a.leader_pid IS NOT NULL) THEN
        PERFORM pg_catalog.set_config('pg_assay.ran_' || $1, $2, false);
    END IF;
    RAISE INFO 'pgassay:exercised:{"objects":[["pg_proc",%,0]],"behaviour":"runs"}', $1;
    is_told := pg_assay.allowed('pg_proc', $1, 'EXECUTE', COALESCE(NULLIF($2, 'none'), SESSION_USER));
    IF $3 IS NOT NULL THEN
        RAISE INFO 'pgassay:exercised:{"objects":[["pg_proc",%,0]],"behaviour":"runs"}', $3;
    END IF;
    RETURN true;
END $$;

-- In a function in SQL. The planner works it out, once for a plan, and nothing of it stays. (function, aggregate)
CREATE OR REPLACE FUNCTION pg_assay.is_planned(oid, oid DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF pg_catalog.current_setting('pg_assay.ran_' || $1, true) IS DISTINCT FROM CURRENT_USER::text THEN
        PERFORM pg_assay.ran($1, CURRENT_USER::text, $2);
    END IF;
    RETURN true;
END $$;

-- At the beginning of a trigger function. (function, table, trigger, event)
CREATE OR REPLACE FUNCTION pg_assay.fired(oid, oid, name, text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF pg_assay.is_new('pg_assay.fired_' || $1, pg_catalog.concat($2, $4, $3)) THEN
        RAISE INFO 'pgassay:exercised:{"objects":[["pg_proc",%,0]],"behaviour":"runs"}', $1;
        PERFORM pg_assay.exercised('pg_trigger', t.oid, 0, 'fires on ' || pg_catalog.lower($4))
           FROM pg_catalog.pg_trigger t WHERE t.tgrelid = $2 AND t.tgname = $3;
    END IF;
    RETURN true;
END $$;

-- At the beginning of an event trigger's function, which is not told the trigger's name. (function, event, command)
CREATE OR REPLACE FUNCTION pg_assay.fired_on_event(oid, text, text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_assay.exercised('pg_proc', $1, 0, 'runs') WHERE pg_assay.is_new('pg_assay.ran_' || $1, 'runs');
    PERFORM pg_assay.exercised('pg_event_trigger', e.oid, 0, 'fires on ' || e.evtevent)
       FROM pg_catalog.pg_event_trigger e
      WHERE e.evtfoid = $1 AND e.evtevent = $2 AND e.evtenabled <> 'D' AND (e.evttags IS NULL OR $3 = ANY (e.evttags))
        AND pg_assay.is_new('pg_assay.fired_' || $1, e.oid::text);
    RETURN true;
END $$;

-- In a handler of PL/pgSQL: the same as what catches in pgTAP, but each refusal once.
CREATE OR REPLACE FUNCTION pg_assay.handled(text, text, text, text, text, text, text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    IF ($1 LIKE '23%' OR $1 = '42501')
       AND pg_assay.is_new('pg_assay.handled', pg_catalog.md5(pg_catalog.concat_ws('|', $1, $3, $4, $5, $6, $7, CASE $1 WHEN '42501' THEN $2 END)))
    THEN
        RETURN pg_assay.caught($1, $2, $3, $4, $5, $6, $7);
    END IF;
    RETURN NULL;
END $$;

-- What decides whether a row has come to a unique index or an index's constraint at all, in SQL over its columns, and the
-- key that is compared. (constraint or index)
CREATE OR REPLACE FUNCTION pg_assay.key(oid, OUT condition text, OUT columns text)
LANGUAGE plpgsql AS $$
BEGIN
    SELECT pg_catalog.concat_ws(' AND ', VARIADIC
               pg_catalog.array_agg(key.text || ' IS NOT NULL' ORDER BY key.at) || pg_catalog.pg_get_expr(i.indpred, i.indrelid)),
           pg_catalog.string_agg(key.text, ', ' ORDER BY key.at)
      INTO condition, columns
      FROM pg_catalog.pg_index i,
           LATERAL (SELECT n.at, '(' || pg_catalog.pg_get_indexdef(i.indexrelid, n.at, false) || ')' AS text
                      FROM pg_catalog.generate_series(1, i.indnkeyatts) n (at)) key
     WHERE i.indexrelid = COALESCE((SELECT k.conindid FROM pg_catalog.pg_constraint k WHERE k.oid = $1 AND k.contype <> 'f'), $1)
     GROUP BY i.indpred, i.indrelid;
END $$;

-- Whether a row has come to a key. The role that wrote it need not be allowed what the key's expressions need: what
-- cannot be worked out is not met. (constraint or index, the table's name, the row and what it was)
CREATE OR REPLACE FUNCTION pg_assay.is_met(oid, name, record, record) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    key record;
    is_met boolean;
BEGIN
    SELECT k.condition, k.columns INTO key FROM pg_assay.key($1) k;
    -- The table's name stands for the whole row.
    EXECUTE pg_catalog.format('SELECT %s FROM pg_catalog.unnest(ARRAY[$1]) AS %I', key.condition, $2) INTO is_met USING $3;
    IF is_met AND $4 IS DISTINCT FROM NULL THEN
        EXECUTE pg_catalog.format('SELECT (SELECT ROW(%1$s)::text FROM pg_catalog.unnest(ARRAY[$1]) AS %2$I)
            IS DISTINCT FROM (SELECT ROW(%1$s)::text FROM pg_catalog.unnest(ARRAY[$2]) AS %2$I)', key.columns, $2)
           INTO is_met USING $3, $4;
    END IF;
    RETURN COALESCE(is_met, false);
EXCEPTION WHEN OTHERS THEN
    RETURN false;
END $$;

-- Which foreign key's action changes or deletes a row, by the statement with which the server does that. (context, table)
CREATE OR REPLACE FUNCTION pg_assay.acted(text, oid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_assay.exercised('pg_constraint', k.oid, 0, 'acts on ' || act.word)
       FROM pg_catalog.pg_constraint k,
            LATERAL (SELECT r.relid FROM pg_catalog.pg_partition_ancestors($2) r UNION SELECT $2) kin,
            LATERAL (SELECT '"' || pg_catalog.replace(n.nspname, '"', '""') || '"."' || pg_catalog.replace(c.relname, '"', '""') || '"' AS name,
                            c.relkind
                       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                      WHERE c.oid = kin.relid) target,
            LATERAL (SELECT pg_catalog.array_agg('"' || pg_catalog.replace(a.attname, '"', '""') || '"') AS names
                       FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u (attnum, at)
                       JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) key,
            LATERAL (VALUES ('delete', k.confdeltype), ('update', k.confupdtype)) act (word, action),
            LATERAL (SELECT CASE
                                WHEN act.action = 'c' AND act.word = 'delete' THEN 'DELETE FROM '
                                WHEN act.action IN ('c', 'n', 'd') THEN 'UPDATE ' END
                            || CASE target.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END || target.name
                            || CASE WHEN act.action = 'c' AND act.word = 'delete' THEN ' WHERE ' ELSE ' SET ' END AS begin,
                            CASE WHEN act.action = 'n' THEN ' = NULL' WHEN act.action = 'd' THEN ' = DEFAULT'
                                 WHEN act.word = 'update' THEN ' = $1' ELSE '' END AS sets) words,
            LATERAL (SELECT pg_catalog.split_part(pg_catalog.substr($1, pg_catalog.strpos($1, words.begin)), E'\n', 1) AS text) statement
      WHERE k.conrelid = $2 AND k.contype = 'f'
        AND act.action IN ('c', 'n', 'd')
        -- These two look the same when both are there.
        AND NOT (act.action IN ('n', 'd') AND k.confdeltype = k.confupdtype)
        AND pg_catalog.strpos($1, words.begin) > 0
        AND pg_catalog.strpos(statement.text, words.sets) > 0
        AND NOT EXISTS (
                SELECT FROM pg_catalog.unnest(key.names) AS wanted (name)
                 WHERE pg_catalog.strpos(statement.text, wanted.name) = 0)
        AND pg_catalog.cardinality(k.conkey) = pg_catalog.cardinality(pg_catalog.string_to_array(
                statement.text, ' OPERATOR(')) - 1
        AND pg_assay.is_new('pg_assay.acted', k.oid || act.word);
END $$;

-- The number that a sequence gave last; who may not ask gets none.
CREATE OR REPLACE FUNCTION pg_assay.last_value(oid) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT pg_catalog.pg_sequence_last_value($1::pg_catalog.regclass)';

-- What a row that got through shows, and whether there is more that another one can show. (event, table, the trigger's
-- arguments, the row and what it was)
CREATE OR REPLACE FUNCTION pg_assay.passed(text, oid, text[], jsonb, jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    accepting text := 'pg_assay.accepted_' || $2;
    told text;
    judged record;
    identity jsonb;
    is_told boolean;
    is_rest boolean := false;
BEGIN
    IF pg_assay.is_new('pg_assay.role_' || $2, $1 || ' ' || CURRENT_USER) THEN
        is_told := pg_assay.allowed('pg_class', $2, $1, CURRENT_USER::text);
    END IF;
    IF $1 = 'DELETE' THEN
        RETURN false;
    END IF;
    IF pg_assay.is_new(accepting, $1) THEN
        RAISE INFO 'pgassay:exercised:{"objects":%,"behaviour":"accepts"}', $3[CASE $1 WHEN 'INSERT' THEN 0 ELSE 1 END];
    END IF;
    IF $3[2] <> '[]' THEN
        told := pg_catalog.current_setting(accepting, true);
        SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(key.item -> 0, key.item -> 1, 0)) FILTER (WHERE key.is_met) AS met,
               pg_catalog.string_agg(';' || (key.item ->> 1) || ';', '') FILTER (WHERE key.is_met) AS numbers,
               pg_catalog.bool_or(NOT key.is_met) AS is_rest
          INTO judged
          FROM (SELECT k.item,
                       NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements_text(k.item -> 2) n (attnum)
                                     JOIN pg_catalog.pg_attribute a ON a.attrelid = $2 AND a.attnum = n.attnum::int2
                                    WHERE COALESCE($4 -> a.attname, 'null') = 'null')
                       AND ($1 = 'INSERT' OR EXISTS (
                               SELECT FROM pg_catalog.jsonb_array_elements_text(k.item -> 2) n (attnum)
                                 JOIN pg_catalog.pg_attribute a ON a.attrelid = $2 AND a.attnum = n.attnum::int2
                                WHERE $4 -> a.attname IS DISTINCT FROM $5 -> a.attname)) AS is_met
                  FROM pg_catalog.jsonb_array_elements($3[2]::jsonb) k (item)
                 WHERE pg_catalog.strpos(told, ';' || (k.item ->> 1) || ';') = 0) key;
        IF judged.met IS NOT NULL THEN
            RAISE INFO 'pgassay:exercised:{"objects":%,"behaviour":"accepts"}', judged.met;
            told := pg_catalog.set_config(accepting, told || judged.numbers, false);
        END IF;
        is_rest := COALESCE(judged.is_rest, false);
    END IF;
    IF $1 = 'INSERT' AND $3[3] <> '[]' THEN
        FOR identity IN SELECT pg_catalog.jsonb_array_elements($3[3]::jsonb) LOOP
            CONTINUE WHEN pg_catalog.current_setting('pg_assay.produced_' || (identity ->> 0) || '_' || (identity ->> 1), true) = '1';
            IF ($4 ->> (SELECT a.attname FROM pg_catalog.pg_attribute a
                         WHERE a.attrelid = (identity ->> 0)::oid AND a.attnum = (identity ->> 1)::int)::text)
               = pg_assay.last_value((identity ->> 2)::oid)::text
            THEN
                PERFORM pg_assay.exercised('pg_class', (identity ->> 0)::oid, (identity ->> 1)::bigint, 'produces');
                PERFORM pg_catalog.set_config('pg_assay.produced_' || (identity ->> 0) || '_' || (identity ->> 1), '1', false);
            ELSE
                is_rest := true;
            END IF;
        END LOOP;
    END IF;
    RETURN is_rest;
END $$;

-- The trigger that sees the rows that got through. It is compiled for each table, so it does little itself. Its arguments
-- are lists: of objects that let every new row through, of those that let every changed row through, of keys, which do so
-- where their columns are not null, of identity columns with their sequences, and of keys over expressions or some rows.
CREATE OR REPLACE FUNCTION pg_assay.changed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    item jsonb;
    is_met boolean;
    is_rest boolean;
    tries text;
BEGIN
    IF pg_catalog.current_setting('pg_assay.' || TG_OP || '_' || TG_RELID, true) = CURRENT_USER THEN
        RETURN NULL;
    END IF;
    is_rest := pg_assay.passed(TG_OP, TG_RELID, TG_ARGV, pg_catalog.to_jsonb(NEW), pg_catalog.to_jsonb(OLD));
    IF TG_ARGV[4] <> '[]' AND TG_OP <> 'DELETE' THEN
        FOR item IN SELECT pg_catalog.jsonb_array_elements(TG_ARGV[4]::jsonb) LOOP
            CONTINUE WHEN pg_catalog.strpos(pg_catalog.current_setting('pg_assay.accepted_' || TG_RELID, true), ';' || (item ->> 1) || ';') > 0;
            is_met := pg_assay.is_met((item ->> 1)::oid, TG_TABLE_NAME, NEW, CASE TG_OP WHEN 'UPDATE' THEN OLD END);
            IF is_met AND pg_assay.is_new('pg_assay.accepted_' || TG_RELID, item ->> 1) THEN
                PERFORM pg_assay.exercised(item ->> 0, (item ->> 1)::oid, 0, 'accepts');
            ELSE
                is_rest := true;
            END IF;
        END LOOP;
    END IF;
    -- What a hundred rows did not show is waited for no longer, until the transaction is rolled back.
    IF is_rest THEN
        tries := pg_catalog.concat(pg_catalog.current_setting('pg_assay.tries_' || TG_RELID, true), '.');
        is_rest := pg_catalog.length(tries) < 100;
        tries := pg_catalog.set_config('pg_assay.tries_' || TG_RELID, tries, false);
    END IF;
    IF NOT is_rest THEN
        tries := pg_catalog.set_config('pg_assay.' || TG_OP || '_' || TG_RELID, CURRENT_USER::text, false);
    END IF;
    RETURN NULL;
END $$;

-- The trigger that sees the actions of foreign keys. It fires before the row is changed, since what comes afterwards is put
-- off until the action is over.
CREATE OR REPLACE FUNCTION pg_assay.acting() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    context text;
BEGIN
    GET DIAGNOSTICS context = PG_CONTEXT;
    IF pg_catalog.strpos(context, ' OPERATOR(') > 0 THEN
        PERFORM pg_assay.acted(context, TG_RELID);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION pg_assay.truncated() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF pg_assay.is_new('pg_assay.truncate_' || TG_RELID, CURRENT_USER::text) THEN
        PERFORM pg_assay.allowed('pg_class', TG_RELID, 'TRUNCATE', CURRENT_USER::text);
    END IF;
    RETURN NULL;
END $$;

-- An expression of the schema with a probe around it, of which nothing is seen where the server writes it: a call that
-- stands for an implicit cast, with numbers behind the expression. (expression, probe, type, collation, numbers)
CREATE OR REPLACE FUNCTION pg_assay.around(text, regprocedure, oid, oid, VARIADIC oid[]) RETURNS text
LANGUAGE sql AS $$
    SELECT pg_catalog.format('{FUNCEXPR :funcid %s :funcresulttype %s :funcretset false :funcvariadic false :funcformat 2 :funccollid %s :inputcollid %s :args (%s%s) :location -1}',
               $2::oid, $3, $4, $4, $1,
               (SELECT pg_catalog.string_agg(pg_catalog.format(
                           ' {CONST :consttype 26 :consttypmod -1 :constcollid 0 :constlen 4 :constbyval true :constisnull false :location -1 :constvalue 4 [ %s %s %s %s 0 0 0 0 ]}',
                           n & 255, n >> 8 & 255, n >> 16 & 255, n >> 24 & 255), '' ORDER BY at)
                  FROM pg_catalog.unnest($5::bigint[]) WITH ORDINALITY u (n, at)))
$$;
