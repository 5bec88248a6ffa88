-- What the probes of logic call: at statements and branches in bodies of functions. What is said above exercised.sql holds
-- here too.

-- At a statement or a branch of a function in PL/pgSQL, which keeps in a variable what it has told. Returns what that is
-- then. A variable has 62 probes, and a setting of the same bits lets other calls know. (function, probe, bits)
CREATE OR REPLACE FUNCTION pg_assay.hit(oid, integer, bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    setting text := pg_catalog.concat('pg_assay.hits_', $1, '_', pg_catalog.int4div($2, 62));
    hits bigint := pg_catalog.int8or($3, pg_catalog.int8or(pg_catalog.int8shl(1, pg_catalog.int4mod($2, 62)),
                                     pg_catalog.concat('0', pg_catalog.current_setting(setting, true))::bigint));
BEGIN
    RAISE INFO 'pgassay:hit:{"routine":%,"probe":%}', $1, $2;
    IF NOT pg_assay.is_worker() THEN
        setting := pg_catalog.set_config(setting, hits::text, false);
    END IF;
    RETURN hits;
END $$;

-- At a statement of a function in SQL behind its first one, as a condition that is asked when the statement runs.
-- (function, probe)
CREATE OR REPLACE FUNCTION pg_assay.reached(oid, integer) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
BEGIN
    IF pg_assay.is_new(pg_catalog.concat('pg_assay.reached_', $1), $2::text) THEN
        RAISE INFO 'pgassay:hit:{"routine":%,"probe":%}', $1, $2;
    END IF;
    RETURN true;
END $$;

-- The call of a function in SQL that is STRICT, and inlined: nothing in these takes a null, and nothing of them is left in
-- a plan. (function)
CREATE OR REPLACE FUNCTION pg_assay.planned(oid) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF pg_assay.is_planned($1) THEN
        RETURN -1;
    END IF;
END $$;

-- (function, aggregate)
CREATE OR REPLACE FUNCTION pg_assay.planned(oid, oid) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF pg_assay.is_planned($1, $2) THEN
        RETURN -1;
    END IF;
END $$;

-- What is given first. For the planner it is a cast to a type without a limit (-1), which it leaves out.
CREATE OR REPLACE FUNCTION pg_assay.same(anyelement, integer) RETURNS anyelement
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE SUPPORT pg_catalog.varchar_support AS 'int8up';
