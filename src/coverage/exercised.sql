-- What the probes of behaviour call: in expressions of the schema, in triggers of their own, and in bodies of functions.
-- Each tells once in a session what it saw, and remembers that in a setting of its own; what is rolled back is
-- forgotten and told again.
--
-- RAISE INFO reaches the client whatever client_min_messages is, and survives whatever is rolled back. They run with the
-- search_path and as the role of the test, so all that they name is qualified, and nothing in them needs a right.
--
-- Every file plans them anew, so they have few expressions, and those are cheap to plan: `concat` is, while `||` on a text
-- and a number is a function in SQL, which the planner has to read each time.

-- (class, object, column, behaviour)
CREATE OR REPLACE FUNCTION pg_assay.exercised(text, oid, bigint, text) RETURNS boolean
LANGUAGE plpgsql PARALLEL RESTRICTED AS $$
BEGIN
    RAISE INFO 'pgassay:exercised:{"objects":[["%",%,%]],"behaviour":%}', $1, $2, $3, pg_catalog.to_json($4);
    RETURN true;
END $$;

-- Whether something is told for the first time; from then on it is remembered, in a list with semicolons around each
-- item, which are written as `!.` where they are a part of it. Its cost makes it the last of several conditions. (of what, what)
CREATE OR REPLACE FUNCTION pg_assay.is_new(text, text) RETURNS boolean
LANGUAGE plpgsql PARALLEL RESTRICTED COST 1000000 AS $$
DECLARE
    item text := pg_catalog.concat(';', pg_catalog.replace(pg_catalog.replace($2, '!', '!!'), ';', '!.'), ';');
BEGIN
    IF pg_catalog.strpos(pg_catalog.current_setting($1, true), item) > 0 THEN
        RETURN false;
    END IF;
    RETURN pg_catalog.set_config($1, pg_catalog.concat(pg_catalog.current_setting($1, true), item), false) IS NOT NULL;
END $$;

-- Tells what an object does, and remembers that. (class, object, column, behaviour)
CREATE OR REPLACE FUNCTION pg_assay.tell(text, oid, oid, text) RETURNS boolean
LANGUAGE plpgsql PARALLEL RESTRICTED COST 1000000 AS $$
BEGIN
    RAISE INFO USING MESSAGE = pg_catalog.concat('pgassay:exercised:{"objects":[["', $1, '",', $2, ',', $3,
                                                 ']],"behaviour":"', $4, '"}');
    RETURN pg_catalog.set_config(pg_catalog.concat('pg_assay.', $4, '_', $2, '_', $3), '1', false) IS NOT NULL;
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

-- Those around expressions are called with every row, so each has one condition, whose last part is only reached where
-- there is something to tell.

-- Around the expression of a check. (what came of it, constraint)
CREATE OR REPLACE FUNCTION pg_assay.checked(boolean, oid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1 AS $$
BEGIN
    IF (CASE WHEN $1 THEN pg_catalog.current_setting(pg_catalog.concat('pg_assay.accepts_', $2, '_0'), true) IS DISTINCT FROM '1'
             ELSE $1 IS FALSE END)
       AND pg_assay.tell('pg_constraint', $2, 0, CASE WHEN $1 THEN 'accepts' ELSE 'rejects' END)
    THEN
    END IF;
    RETURN $1;
END $$;

-- Around the expressions of a policy. (what came of it, policy)
CREATE OR REPLACE FUNCTION pg_assay.admitted(boolean, oid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1 AS $$
BEGIN
    IF pg_catalog.current_setting(pg_catalog.concat('pg_assay.', CASE WHEN $1 THEN 'admits_' ELSE 'refuses_' END, $2, '_0'), true)
           IS DISTINCT FROM '1'
       AND pg_assay.tell('pg_policy', $2, 0, CASE WHEN $1 THEN 'admits' ELSE 'refuses' END)
    THEN
    END IF;
    RETURN $1;
END $$;

-- Around the expression of a default or a generated column. (value, table, column)
CREATE OR REPLACE FUNCTION pg_assay.produced(anyelement, oid, oid) RETURNS anyelement
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1 AS $$
BEGIN
    IF pg_catalog.current_setting(pg_catalog.concat('pg_assay.produces_', $2, '_', $3), true) IS DISTINCT FROM '1'
       AND pg_assay.tell('pg_class', $2, $3, 'produces')
    THEN
    END IF;
    RETURN $1;
END $$;

-- Around the default of a domain. (value, domain)
CREATE OR REPLACE FUNCTION pg_assay.produced(anyelement, oid) RETURNS anyelement
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1 AS $$
BEGIN
    IF pg_catalog.current_setting(pg_catalog.concat('pg_assay.produces_', $2, '_0'), true) IS DISTINCT FROM '1'
       AND pg_assay.tell('pg_type', $2, 0, 'produces')
    THEN
    END IF;
    RETURN $1;
END $$;

-- Whether this is a parallel worker, which may set nothing. Workers begin with the settings of the session that they work
-- for, its number among them.
CREATE OR REPLACE FUNCTION pg_assay.is_worker() RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF pg_catalog.current_setting('pg_assay.session', true) = pg_catalog.pg_backend_pid()::text THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a WHERE a.leader_pid IS NOT NULL) THEN
        RETURN true;
    END IF;
    RETURN pg_catalog.set_config('pg_assay.session', pg_catalog.pg_backend_pid()::text, false) IS NULL;
END $$;

-- At the beginning of a function in PL/pgSQL. (function, the role that called it, the aggregate that it is part of)
CREATE OR REPLACE FUNCTION pg_assay.ran(oid, text, oid DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    told text;
BEGIN
    IF NOT pg_assay.is_worker() THEN
        told := pg_catalog.set_config(pg_catalog.concat('pg_assay.ran_', $1), $2, false);
    END IF;
    RAISE INFO 'pgassay:exercised:{"objects":[["pg_proc",%,0]],"behaviour":"runs"}',
        CASE WHEN $3 IS NULL THEN $1::text ELSE pg_catalog.concat($1, ',0],["pg_proc",', $3) END;
    RETURN pg_assay.allowed('pg_proc', $1, 'EXECUTE', COALESCE(NULLIF($2, 'none'), SESSION_USER));
END $$;

-- In a function in SQL. The planner works it out, once for a plan, and nothing of it stays. (function, aggregate)
CREATE OR REPLACE FUNCTION pg_assay.is_planned(oid, oid DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF pg_catalog.current_setting(pg_catalog.concat('pg_assay.ran_', $1), true) IS DISTINCT FROM CURRENT_USER::text THEN
        PERFORM pg_assay.ran($1, CURRENT_USER::text, $2);
        RAISE INFO 'pgassay:hit:{"routine":%,"probe":0}', $1;
    END IF;
    RETURN true;
END $$;

-- At the beginning of a trigger function. (function, table, trigger, event)
CREATE OR REPLACE FUNCTION pg_assay.fired(oid, oid, name, text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF pg_assay.is_new(pg_catalog.concat('pg_assay.fired_', $1), pg_catalog.concat($2, $4, $3)) THEN
        RAISE INFO 'pgassay:exercised:{"objects":[["pg_proc",%,0]],"behaviour":"runs"}', $1;
        RAISE INFO 'pgassay:exercised:{"objects":[["pg_trigger",%,0]],"behaviour":"fires on %"}',
            COALESCE((SELECT t.oid FROM pg_catalog.pg_trigger t WHERE t.tgrelid = $2 AND t.tgname = $3), 0), pg_catalog.lower($4);
    END IF;
    RETURN true;
END $$;

-- At the beginning of an event trigger's function, which is not told the trigger's name. (function, event, command)
CREATE OR REPLACE FUNCTION pg_assay.fired_on_event(oid, text, text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF pg_assay.is_new(pg_catalog.concat('pg_assay.ran_', $1), 'runs') THEN
        RAISE INFO 'pgassay:exercised:{"objects":[["pg_proc",%,0]],"behaviour":"runs"}', $1;
    END IF;
    PERFORM pg_assay.exercised('pg_event_trigger', e.oid, 0, 'fires on ' || e.evtevent)
       FROM pg_catalog.pg_event_trigger e
      WHERE e.evtfoid = $1 AND e.evtevent = $2 AND e.evtenabled <> 'D' AND (e.evttags IS NULL OR $3 = ANY (e.evttags))
        AND pg_assay.is_new(pg_catalog.concat('pg_assay.fired_', $1), e.oid::text);
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
        AND pg_assay.is_new('pg_assay.acted', pg_catalog.concat(k.oid, act.word));
END $$;

-- The number that a sequence gave last; who may not ask gets none.
CREATE OR REPLACE FUNCTION pg_assay.last_value(oid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS 'BEGIN RETURN pg_catalog.pg_sequence_last_value($1::pg_catalog.regclass); END';

-- The names that columns have now. (table, numbers)
CREATE OR REPLACE FUNCTION pg_assay.names(oid, int2[]) RETURNS text[]
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT pg_catalog.array_agg(a.attname::text) FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1 AND a.attnum = ANY ($2));
END $$;

-- Which keys a row has come to: their columns are not null, and not what they were. Each is an array: its catalog, its
-- number, its columns, and their names when the probes came. (event, table, keys, told, the row and what it was)
CREATE OR REPLACE FUNCTION pg_assay.keys_met(text, oid, text[], text, jsonb, jsonb, OUT met text, OUT numbers text, OUT is_rest boolean)
LANGUAGE plpgsql AS $$
DECLARE
    filled jsonb := pg_catalog.jsonb_strip_nulls($5);
    item text;
    key text[];
    names text[];
    name text;
    is_met boolean;
BEGIN
    is_rest := false;
    FOREACH item IN ARRAY $3 LOOP
        key := item::text[];
        CONTINUE WHEN pg_catalog.strpos($4, ';' || key[2] || ';') > 0;
        names := key[4:];
        IF NOT pg_catalog.jsonb_exists_all($5, names) THEN
            names := pg_assay.names($2, key[3]::int2[]);
        END IF;
        is_met := COALESCE(pg_catalog.jsonb_exists_all(filled, names), false);
        IF is_met AND $1 = 'UPDATE' THEN
            is_met := false;
            FOREACH name IN ARRAY names LOOP
                is_met := is_met OR $5 -> name IS DISTINCT FROM $6 -> name;
            END LOOP;
        END IF;
        IF is_met THEN
            met := pg_catalog.concat(met || ',', '["', key[1], '",', key[2], ',0]');
            numbers := pg_catalog.concat(numbers, ';', key[2], ';');
        ELSE
            is_rest := true;
        END IF;
    END LOOP;
END $$;

-- Whether identity columns got what their sequences gave; each is an array: table, column, its name when the probes came,
-- sequence. (identity columns, the row)
CREATE OR REPLACE FUNCTION pg_assay.identified(text[], jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    item text;
    identity text[];
    is_all boolean := true;
BEGIN
    FOREACH item IN ARRAY $1 LOOP
        identity := item::text[];
        CONTINUE WHEN pg_catalog.current_setting(pg_catalog.concat('pg_assay.produces_', identity[1], '_', identity[2]), true) = '1';
        IF NOT pg_catalog.jsonb_exists($2, identity[3]) THEN
            identity[3] := (pg_assay.names(identity[1]::oid, ARRAY[identity[2]]::int2[]))[1];
        END IF;
        IF $2 ->> identity[3] = pg_assay.last_value(identity[4]::oid)::text THEN
            is_all := pg_assay.tell('pg_class', identity[1]::oid, identity[2]::oid, 'produces') AND is_all;
        ELSE
            is_all := false;
        END IF;
    END LOOP;
    RETURN is_all;
END $$;

-- What a row that got through shows, and whether there is more that another one can show. (event, table, the trigger's
-- arguments, the row and what it was, where these have a say)
CREATE OR REPLACE FUNCTION pg_assay.passed(text, oid, text[], jsonb, jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    accepting text := pg_catalog.concat('pg_assay.accepted_', $2);
    told text := pg_catalog.current_setting(accepting, true);
    judged record;
    is_rest boolean := false;
BEGIN
    -- What superusers do, no privilege allows.
    IF (pg_catalog.current_setting('is_superuser') = 'on'
           AND CURRENT_USER = COALESCE(NULLIF(pg_catalog.current_setting('role'), 'none'), SESSION_USER)) IS NOT TRUE
       AND pg_assay.is_new(pg_catalog.concat('pg_assay.role_', $2), pg_catalog.concat($1, ' ', CURRENT_USER))
       AND pg_assay.allowed('pg_class', $2, $1, CURRENT_USER::text)
    THEN
    END IF;
    IF $1 = 'DELETE' THEN
        RETURN false;
    END IF;
    IF (pg_catalog.strpos(told, ';' || $1 || ';') > 0) IS NOT TRUE THEN
        RAISE INFO 'pgassay:exercised:{"objects":%,"behaviour":"accepts"}', $3[CASE $1 WHEN 'INSERT' THEN 0 ELSE 1 END];
        told := pg_catalog.set_config(accepting, pg_catalog.concat(told, ';', $1, ';'), false);
    END IF;
    IF $3[2] <> '{}' THEN
        judged := pg_assay.keys_met($1, $2, $3[2]::text[], told, $4, $5);
        IF judged.met IS NOT NULL THEN
            RAISE INFO 'pgassay:exercised:{"objects":[%],"behaviour":"accepts"}', judged.met;
            told := pg_catalog.set_config(accepting, told || judged.numbers, false);
        END IF;
        is_rest := judged.is_rest;
    END IF;
    IF $3[3] <> '{}' AND $1 = 'INSERT' THEN
        is_rest := NOT pg_assay.identified($3[3]::text[], $4) OR is_rest;
    END IF;
    RETURN is_rest;
END $$;

-- Whether rows of a table have shown all that they can. What a hundred rows did not show is waited for no longer, until
-- the transaction is rolled back. (whether there is more, the setting that counts)
CREATE OR REPLACE FUNCTION pg_assay.is_done(boolean, text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    tries text;
BEGIN
    IF NOT $1 THEN
        RETURN true;
    END IF;
    tries := pg_catalog.concat(pg_catalog.current_setting($2, true), '.');
    RETURN pg_catalog.length(pg_catalog.set_config($2, tries, false)) >= 100;
END $$;

-- The trigger that sees the rows that got through. It is compiled for each table, so it does little itself. Its arguments
-- are lists: of objects that let every new row through, of those that let every changed row through, of keys, which do so
-- where their columns are not null, and of identity columns with their sequences.
CREATE OR REPLACE FUNCTION pg_assay.changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF (pg_catalog.current_setting(pg_catalog.concat('pg_assay.', TG_OP, '_', TG_RELID), true) = CURRENT_USER) IS NOT TRUE
       AND pg_assay.is_done(
               pg_assay.passed(TG_OP, TG_RELID, TG_ARGV,
                   CASE WHEN TG_OP <> 'DELETE' AND (TG_ARGV[2] <> '{}' OR TG_ARGV[3] <> '{}') THEN pg_catalog.to_jsonb(NEW) END,
                   CASE WHEN TG_OP = 'UPDATE' AND TG_ARGV[2] <> '{}' THEN pg_catalog.to_jsonb(OLD) END),
               pg_catalog.concat('pg_assay.tries_', TG_RELID))
       AND pg_catalog.set_config(pg_catalog.concat('pg_assay.', TG_OP, '_', TG_RELID), CURRENT_USER::text, false) = ''
    THEN
    END IF;
    RETURN NULL;
END $$;

-- The trigger that sees the rows that keys over expressions, or of some rows, let through. Its arguments are the keys, each
-- by its catalog and its number. The row's types are the table's, so it is this that asks.
CREATE OR REPLACE FUNCTION pg_assay.keyed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    key record;
    is_met boolean;
    is_rest boolean := false;
BEGIN
    IF pg_catalog.current_setting(pg_catalog.concat('pg_assay.keyed_', TG_OP, '_', TG_RELID), true) = CURRENT_USER THEN
        RETURN NULL;
    END IF;
    FOR at IN 0 .. TG_NARGS - 1 BY 2 LOOP
        CONTINUE WHEN pg_catalog.strpos(pg_catalog.current_setting(pg_catalog.concat('pg_assay.keys_', TG_RELID), true),
                                        ';' || TG_ARGV[at + 1] || ';') > 0;
        -- The role that wrote it need not be allowed what the key's expressions need.
        BEGIN
            key := pg_assay.key(TG_ARGV[at + 1]::oid);
            -- The table's name stands for the whole row.
            EXECUTE pg_catalog.format('SELECT %s FROM pg_catalog.unnest(ARRAY[$1]) AS %I', key.condition, TG_TABLE_NAME)
               INTO is_met USING NEW;
            IF is_met AND TG_OP = 'UPDATE' THEN
                EXECUTE pg_catalog.format('SELECT (SELECT ROW(%1$s)::text FROM pg_catalog.unnest(ARRAY[$1]) AS %2$I)
                    IS DISTINCT FROM (SELECT ROW(%1$s)::text FROM pg_catalog.unnest(ARRAY[$2]) AS %2$I WHERE %3$s)',
                    key.columns, TG_TABLE_NAME, key.condition)
                   INTO is_met USING NEW, OLD;
            END IF;
        EXCEPTION WHEN OTHERS THEN
            is_met := false;
            IF pg_assay.is_new(pg_catalog.concat('pg_assay.key_refused_', TG_RELID),
                               pg_catalog.concat(TG_ARGV[at + 1], ' ', CURRENT_USER))
            THEN
                RAISE INFO 'pgassay:unseen:{"objects":[["%",%,0]],"why":%}', TG_ARGV[at], TG_ARGV[at + 1],
                    pg_catalog.to_json(pg_catalog.concat('what it accepts cannot be seen where role "', CURRENT_USER, '" writes: ', SQLERRM));
            END IF;
        END;
        IF is_met AND pg_assay.is_new(pg_catalog.concat('pg_assay.keys_', TG_RELID), TG_ARGV[at + 1]) THEN
            RAISE INFO 'pgassay:exercised:{"objects":[["%",%,0]],"behaviour":"accepts"}', TG_ARGV[at], TG_ARGV[at + 1];
        ELSE
            is_rest := true;
        END IF;
    END LOOP;
    IF pg_assay.is_done(is_rest, pg_catalog.concat('pg_assay.key_tries_', TG_RELID))
       AND pg_catalog.set_config(pg_catalog.concat('pg_assay.keyed_', TG_OP, '_', TG_RELID), CURRENT_USER::text, false) = ''
    THEN
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
    -- What the same statements brought about is told already.
    IF pg_catalog.strpos(context, ' OPERATOR(') > 0
       AND pg_catalog.current_setting(pg_catalog.concat('pg_assay.context_', TG_RELID), true) IS DISTINCT FROM context
    THEN
        PERFORM pg_assay.acted(context, TG_RELID);
        PERFORM pg_catalog.set_config(pg_catalog.concat('pg_assay.context_', TG_RELID), context, false);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION pg_assay.truncated() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF pg_assay.is_new(pg_catalog.concat('pg_assay.truncate_', TG_RELID), CURRENT_USER::text) THEN
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
