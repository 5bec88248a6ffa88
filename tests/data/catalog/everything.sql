-- Makes every kind of schema object, and gives it every property that the catalog knows. It runs once, as a superuser, in an
-- empty database of a cluster that has no such roles: `psql -f everything.sql`.

SELECT :SERVER_VERSION_NUM >= 140000 AS since_14, :SERVER_VERSION_NUM >= 150000 AS since_15,
       :SERVER_VERSION_NUM >= 160000 AS since_16, :SERVER_VERSION_NUM >= 170000 AS since_17,
       :SERVER_VERSION_NUM >= 180000 AS since_18 \gset

-- Roles, memberships, settings.
CREATE ROLE keeper NOLOGIN;
CREATE ROLE readers;
CREATE ROLE writers NOINHERIT CREATEDB;
CREATE ROLE "Ann's" LOGIN CONNECTION LIMIT 5 VALID UNTIL '2040-01-01 00:00:00+00' PASSWORD 'secret';
CREATE ROLE chief SUPERUSER CREATEROLE REPLICATION BYPASSRLS;
GRANT readers TO "Ann's", writers;
GRANT writers TO "Ann's" WITH ADMIN OPTION;
ALTER ROLE "Ann's" SET statement_timeout = '5s';
ALTER ROLE "Ann's" IN DATABASE :"DBNAME" SET work_mem = '8MB';
COMMENT ON ROLE readers IS 'who may read';
\if :since_16
GRANT keeper TO "Ann's" WITH INHERIT FALSE, SET FALSE;
\endif

-- The database and its schemas.
ALTER DATABASE :"DBNAME" SET timezone = 'UTC';
REVOKE TEMPORARY ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CREATE ON DATABASE :"DBNAME" TO keeper;
CREATE SCHEMA app AUTHORIZATION keeper;
CREATE SCHEMA "Order Desk";
COMMENT ON SCHEMA app IS 'what it is all about';
GRANT USAGE ON SCHEMA app TO readers, PUBLIC;
GRANT CREATE, USAGE ON SCHEMA app TO writers WITH GRANT OPTION;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

-- Extensions; what they bring is not ours, but what is made from it is.
CREATE EXTENSION hstore SCHEMA app;
CREATE EXTENSION citext SCHEMA public;

-- Types.
CREATE TYPE app.kind AS ENUM ('car', 'it''s', 'home');
ALTER TYPE app.kind ADD VALUE 'boat' BEFORE 'home';
COMMENT ON TYPE app.kind IS 'what is insured';
REVOKE USAGE ON TYPE app.kind FROM PUBLIC;
CREATE DOMAIN app.amount AS numeric(12, 2) DEFAULT 0 NOT NULL CONSTRAINT amount_positive CHECK (VALUE >= 0);
CREATE DOMAIN app.word AS text COLLATE "C" CHECK (VALUE !~ '\s') CHECK (length(VALUE) < 20);
ALTER DOMAIN app.word ADD CONSTRAINT word_later CHECK (VALUE <> '') NOT VALID;
CREATE TYPE app.address AS (street text, number integer, "Zip Code" character varying(10) COLLATE "C");
COMMENT ON COLUMN app.address.street IS 'without its number';
CREATE FUNCTION app.distance(double precision, double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT $2 - $1';
CREATE TYPE app.span AS RANGE (SUBTYPE = double precision, SUBTYPE_DIFF = app.distance);
CREATE TYPE app.words AS RANGE (SUBTYPE = text, COLLATION = "C", SUBTYPE_OPCLASS = text_pattern_ops);
CREATE TYPE app.code;
CREATE FUNCTION app.code_in(cstring) RETURNS app.code LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION app.code_out(app.code) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE app.code (INPUT = app.code_in, OUTPUT = app.code_out, LIKE = text, CATEGORY = 'S', DEFAULT = 'none');
CREATE TYPE app.shell;

-- Functions, procedures, aggregates.
CREATE FUNCTION app.f(a integer, b text DEFAULT 'x'::text, VARIADIC rest app.kind[] DEFAULT '{}') RETURNS text
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER LEAKPROOF PARALLEL RESTRICTED COST 7
    SET search_path = app, pg_temp SET work_mem = '1MB'
    AS $$ BEGIN RETURN a || b; END $$;
CREATE FUNCTION app.f(a integer) RETURNS SETOF app.address LANGUAGE sql ROWS 5 AS
    $$ SELECT 'street', a, 'zip' $$;
CREATE FUNCTION app.f() RETURNS TABLE (kind app.kind, "How Many" bigint) LANGUAGE sql AS
    $$ SELECT 'car'::app.kind, 1::bigint $$;
CREATE FUNCTION app."Odd Name"(INOUT a app.amount, OUT b app.word[]) LANGUAGE plpgsql AS
    $$ BEGIN b := '{}'; END $$;
CREATE FUNCTION app.ranked() RETURNS bigint LANGUAGE internal WINDOW IMMUTABLE AS 'window_row_number';
CREATE FUNCTION app.to_hstore(app.kind) RETURNS app.hstore LANGUAGE sql AS $$ SELECT NULL::app.hstore $$;
\if :since_14
CREATE FUNCTION app.atomic(a integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT a + 1; END;
\endif
CREATE PROCEDURE app.settle(INOUT a integer, b text) LANGUAGE plpgsql AS $$ BEGIN a := a + 1; END $$;
CREATE PROCEDURE app.settle() LANGUAGE sql SECURITY DEFINER AS '';
CREATE FUNCTION app.add(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE AGGREGATE app.total(integer)
    (SFUNC = app.add, STYPE = integer, INITCOND = '0', COMBINEFUNC = app.add, PARALLEL = SAFE);
CREATE AGGREGATE app.share(double precision ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal,
    FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
REVOKE EXECUTE ON FUNCTION app.f(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.f(integer) TO readers;
ALTER FUNCTION app.f(integer) OWNER TO keeper;
COMMENT ON FUNCTION app.f(integer) IS 'an address';
CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;

-- Tables and columns.
CREATE TABLE app.clients (
    id integer GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 10) CONSTRAINT clients_pkey PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    nick public.citext,
    gone integer,
    home app.address,
    UNIQUE (name) INCLUDE (nick)
);
ALTER TABLE app.clients DROP COLUMN gone;
CREATE TABLE app.policies (
    id bigserial PRIMARY KEY,
    client_id integer REFERENCES app.clients ON UPDATE CASCADE ON DELETE SET NULL,
    kind app.kind DEFAULT 'car' NOT NULL,
    premium app.amount,
    doubled numeric GENERATED ALWAYS AS (premium * 2) STORED,
    during tstzrange NOT NULL DEFAULT tstzrange('2020-01-01 00:00+00', NULL),
    note text,
    number integer GENERATED BY DEFAULT AS IDENTITY,
    CONSTRAINT policies_kind_check CHECK (kind <> 'boat' OR premium > 10),
    CONSTRAINT alone EXCLUDE USING gist (during WITH &&) WHERE (note IS NULL),
    CONSTRAINT numbers UNIQUE (number, kind) DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE app.policies IS 'the contracts';
COMMENT ON COLUMN app.policies.kind IS 'what is insured';
COMMENT ON CONSTRAINT alone ON app.policies IS 'no two at a time';
ALTER TABLE app.policies OWNER TO keeper;
ALTER TABLE app.policies ALTER note SET STORAGE EXTERNAL, ALTER note SET STATISTICS 50,
    ALTER premium SET (n_distinct = 10), REPLICA IDENTITY FULL, SET (fillfactor = 70, toast.autovacuum_enabled = off);
GRANT SELECT ON app.policies TO readers;
GRANT SELECT, INSERT, UPDATE ON app.policies TO writers WITH GRANT OPTION;
GRANT UPDATE (note), REFERENCES (note) ON app.policies TO readers;
REVOKE TRUNCATE ON app.policies FROM keeper;
ALTER TABLE app.policies ADD CONSTRAINT note_later CHECK (note <> '') NO INHERIT NOT VALID;
CREATE TABLE "Order Desk"."Order" (
    "No." integer,
    "user" text,
    client integer,
    nick text DEFAULT CURRENT_USER,
    CONSTRAINT "Order's key" PRIMARY KEY ("No.", "user"),
    CONSTRAINT self FOREIGN KEY (client, nick) REFERENCES "Order Desk"."Order" MATCH FULL
        ON UPDATE RESTRICT ON DELETE SET DEFAULT DEFERRABLE NOT VALID
);
CREATE TABLE app.typed OF app.address (number WITH OPTIONS DEFAULT 1 NOT NULL);
CREATE UNLOGGED TABLE app.loose (a integer, b integer, c text);
CREATE TABLE app.parent (id integer NOT NULL, label text, CONSTRAINT label_short CHECK (length(label) < 9));
CREATE TABLE app.child (label text, more integer) INHERITS (app.parent);
CREATE TABLE app.events (day date NOT NULL, what text, CHECK (what <> ''), PRIMARY KEY (day)) PARTITION BY RANGE (day);
CREATE TABLE app.events_2020 PARTITION OF app.events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')
    PARTITION BY LIST (day);
CREATE TABLE app.events_2020_may PARTITION OF app.events_2020 FOR VALUES IN ('2020-05-01', '2020-05-02');
CREATE TABLE app.events_rest PARTITION OF app.events DEFAULT;
CREATE TABLE app.shelves (label text, number integer) PARTITION BY HASH (lower(label), number);
CREATE TABLE app.day_notes (day date REFERENCES app.events, note text);
\if :since_14
ALTER TABLE app.policies ALTER note SET COMPRESSION pglz;
\endif
\if :since_15
CREATE TABLE app.since_15_target (x integer, y integer, PRIMARY KEY (x, y));
CREATE TABLE app.since_15 (
    a integer, b integer, c integer,
    CONSTRAINT nulls_too UNIQUE NULLS NOT DISTINCT (a),
    CONSTRAINT forgets FOREIGN KEY (b, c) REFERENCES app.since_15_target ON DELETE SET NULL (c)
);
\endif
\if :since_18
CREATE TABLE app.since_18 (
    id int4range, at tstzrange, number integer,
    half integer GENERATED ALWAYS AS (number / 2) VIRTUAL,
    CONSTRAINT filled NOT NULL half NO INHERIT,
    CONSTRAINT over_time PRIMARY KEY (id, at WITHOUT OVERLAPS),
    CONSTRAINT lenient CHECK (number > 0) NOT ENFORCED,
    CONSTRAINT while_there FOREIGN KEY (id, PERIOD at) REFERENCES app.since_18 (id, PERIOD at)
);
\endif

-- Indexes.
CREATE INDEX policies_plain ON app.policies (kind, premium DESC, during NULLS FIRST) INCLUDE (note);
CREATE UNIQUE INDEX policies_few ON app.policies USING btree (lower(note) text_pattern_ops, note COLLATE "POSIX")
    WITH (fillfactor = 50) WHERE kind = 'car';
CREATE INDEX policies_hash ON app.policies USING hash (note);
ALTER TABLE app.loose ALTER a SET NOT NULL;
CREATE UNIQUE INDEX loose_a ON app.loose (a);
ALTER TABLE app.loose REPLICA IDENTITY USING INDEX loose_a;
ALTER TABLE app.loose CLUSTER ON loose_a;
CREATE INDEX events_what ON app.events (what);
COMMENT ON INDEX app.policies_hash IS 'for equality';

-- Sequences.
CREATE SEQUENCE app.counter AS smallint INCREMENT -2 MINVALUE -100 MAXVALUE 100 START 50 CACHE 3 CYCLE;
CREATE SEQUENCE app.plain;
GRANT USAGE ON SEQUENCE app.plain TO writers;
ALTER SEQUENCE app.plain OWNED BY app.loose.a;

-- Views.
CREATE VIEW app.cheap WITH (security_barrier) AS SELECT id, kind, premium FROM app.policies WHERE premium < 100
    WITH LOCAL CHECK OPTION;
ALTER VIEW app.cheap ALTER kind SET DEFAULT 'home';
CREATE VIEW app."Odd View" AS SELECT name AS "The Name", app.f(id, 'x') AS f FROM app.clients;
CREATE MATERIALIZED VIEW app.per_kind AS SELECT kind, count(*) AS number FROM app.policies GROUP BY kind WITH NO DATA;
CREATE UNIQUE INDEX per_kind_kind ON app.per_kind (kind);
GRANT SELECT ON app.cheap TO PUBLIC;
\if :since_15
CREATE VIEW app.as_caller WITH (security_invoker = true) AS SELECT id FROM app.clients;
\endif

-- Triggers, rules, policies.
CREATE TRIGGER note_change BEFORE INSERT OR UPDATE OF note, kind OR DELETE ON app.policies
    FOR EACH ROW WHEN (pg_trigger_depth() < 2) EXECUTE FUNCTION app.note();
CREATE TRIGGER note_new AFTER UPDATE ON app.policies FOR EACH ROW
    WHEN (OLD.note IS DISTINCT FROM NEW.note AND (NEW.kind = 'car')) EXECUTE FUNCTION app.note('a', 'it''s');
CREATE TRIGGER note_all AFTER UPDATE ON app.policies REFERENCING OLD TABLE AS before NEW TABLE AS "After"
    FOR EACH STATEMENT EXECUTE FUNCTION app.note();
CREATE TRIGGER note_truncate AFTER TRUNCATE ON app.policies EXECUTE FUNCTION app.note();
CREATE CONSTRAINT TRIGGER note_late AFTER INSERT ON app.policies FROM app.clients DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION app.note();
CREATE TRIGGER instead INSTEAD OF INSERT ON app.cheap FOR EACH ROW EXECUTE FUNCTION app.note();
CREATE TRIGGER note_event BEFORE INSERT ON app.events_rest FOR EACH ROW EXECUTE FUNCTION app.note();
CREATE TRIGGER note_events AFTER INSERT ON app.events FOR EACH ROW EXECUTE FUNCTION app.note();
ALTER TABLE app.policies DISABLE TRIGGER note_truncate;
ALTER TABLE app.policies ENABLE ALWAYS TRIGGER note_new;
COMMENT ON TRIGGER note_new ON app.policies IS 'keeps it';
CREATE RULE no_deletes AS ON DELETE TO app.clients WHERE old.id > 5 DO INSTEAD NOTHING;
CREATE RULE copied AS ON INSERT TO app.loose DO ALSO
    (INSERT INTO app.parent (id) VALUES (new.a); DELETE FROM app.parent WHERE id = new.b);
ALTER TABLE app.loose ENABLE REPLICA RULE copied;
ALTER TABLE app.policies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE app.clients ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.policies USING (note = CURRENT_USER) WITH CHECK (premium > 0);
CREATE POLICY narrow ON app.policies AS RESTRICTIVE FOR UPDATE TO writers, "Ann's" USING (number < 5);
COMMENT ON POLICY own ON app.policies IS 'one sees one''s own';

-- Casts, operators, collations, and the like.
CREATE CAST (app.kind AS app.hstore) WITH FUNCTION app.to_hstore(app.kind) AS ASSIGNMENT;
CREATE CAST (app.address AS text) WITH INOUT AS IMPLICIT;
CREATE FUNCTION app.same(app.code, app.code) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'texteq';
CREATE FUNCTION app.other(app.code, app.code) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'textne';
CREATE FUNCTION app.hash(app.code) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'hashtext';
CREATE OPERATOR app.<> (FUNCTION = app.other, LEFTARG = app.code, RIGHTARG = app.code);
CREATE OPERATOR app.= (FUNCTION = app.same, LEFTARG = app.code, RIGHTARG = app.code, COMMUTATOR = OPERATOR(app.=),
    NEGATOR = OPERATOR(app.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES);
CREATE OPERATOR app.!! (FUNCTION = app.hash, RIGHTARG = app.code);
CREATE OPERATOR CLASS app.code_ops DEFAULT FOR TYPE app.code USING hash AS
    OPERATOR 1 app.=, FUNCTION 1 app.hash(app.code);
CREATE OPERATOR FAMILY app.bare USING btree;
CREATE TABLE app.coded (code app.code, EXCLUDE USING hash (code WITH OPERATOR(app.=)));
CREATE COLLATION app.plain (LC_COLLATE = 'C', LC_CTYPE = 'POSIX');
CREATE CONVERSION app.from_latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH PARSER app.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
    LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH TEMPLATE app.template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY app.dictionary (TEMPLATE = app.template, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION app.search (PARSER = app.parser);
ALTER TEXT SEARCH CONFIGURATION app.search ADD MAPPING FOR asciiword, word WITH app.dictionary, simple;
CREATE STATISTICS app.related (ndistinct, mcv) ON a, b FROM app.loose;
\if :since_14
CREATE STATISTICS app.on_expression ON (lower(c)) FROM app.loose;
\endif

-- Languages, access methods, what is foreign.
CREATE TRUSTED LANGUAGE own HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
REVOKE USAGE ON LANGUAGE own FROM PUBLIC;
CREATE FUNCTION app.from_sql(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'varchar_support';
CREATE TRANSFORM FOR app.code LANGUAGE own (FROM SQL WITH FUNCTION app.from_sql(internal));
CREATE ACCESS METHOD other_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE app.elsewhere (a integer) USING other_heap;
CREATE FOREIGN DATA WRAPPER wrapper OPTIONS (debug 'true');
CREATE SERVER far TYPE 'oracle' VERSION '9' FOREIGN DATA WRAPPER wrapper OPTIONS (host 'far.example');
CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (username 'guest');
CREATE USER MAPPING FOR "Ann's" SERVER far OPTIONS (username 'ann', password 'secret');
CREATE FOREIGN TABLE app.far_away (id integer OPTIONS (column_name 'no') NOT NULL, CHECK (id > 0)) SERVER far
    OPTIONS (table_name 'T');
GRANT USAGE ON FOREIGN SERVER far TO readers;
GRANT USAGE ON FOREIGN DATA WRAPPER wrapper TO readers;
\if :since_15
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE attic LOCATION '';
GRANT CREATE ON TABLESPACE attic TO keeper;
CREATE TABLE app.stored (a integer PRIMARY KEY USING INDEX TABLESPACE attic) TABLESPACE attic;
\endif

-- Default privileges, publications, subscriptions.
ALTER DEFAULT PRIVILEGES FOR ROLE keeper IN SCHEMA app GRANT SELECT ON TABLES TO readers;
ALTER DEFAULT PRIVILEGES FOR ROLE keeper REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert');
CREATE PUBLICATION a_few FOR TABLE app.clients, app.parent WITH (publish_via_partition_root = true);
\if :since_15
CREATE PUBLICATION part FOR TABLE app.policies (id, kind) WHERE (id > 5);
CREATE PUBLICATION desk FOR TABLES IN SCHEMA "Order Desk";
\endif
CREATE SUBSCRIPTION wanted CONNECTION 'host=far.example password=secret' PUBLICATION b, a
    WITH (connect = false, slot_name = NONE, enabled = false);

-- Event triggers, last, since they would act on all of that.
CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER watching ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE')
    EXECUTE FUNCTION app.watch();
CREATE EVENT TRIGGER dropping ON sql_drop EXECUTE FUNCTION app.watch();
ALTER EVENT TRIGGER dropping DISABLE;
COMMENT ON EVENT TRIGGER watching IS 'sees all';

-- What is left out: what is temporary.
CREATE TEMPORARY TABLE passing (a integer PRIMARY KEY);
