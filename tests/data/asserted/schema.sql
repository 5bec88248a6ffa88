-- One of each that pgTAP has assertions about.
CREATE ROLE asserted_owner;
CREATE ROLE asserted_reader;
CREATE ROLE asserted_login LOGIN;
GRANT asserted_reader TO asserted_login;
CREATE SCHEMA app AUTHORIZATION asserted_owner;
CREATE SCHEMA other;
GRANT USAGE ON SCHEMA app TO asserted_reader;
CREATE TYPE app.kind AS ENUM ('car', 'house');
CREATE DOMAIN app.zip AS text CHECK (VALUE ~ '^[0-9]+$');
CREATE TYPE app.spot AS (x integer, y integer);
CREATE TABLE app.holders (id integer PRIMARY KEY, name text UNIQUE);
CREATE TABLE app.policies (
    id integer GENERATED ALWAYS AS IDENTITY,
    holder integer NOT NULL REFERENCES app.holders (id),
    kind app.kind DEFAULT 'car',
    price numeric(10, 2) CHECK (price > 0),
    tax numeric CHECK (tax >= 0),
    zip app.zip,
    PRIMARY KEY (id, holder)
);
CREATE TABLE other.holders (id integer);
CREATE INDEX policies_kind ON app.policies (kind, lower(zip)) WHERE kind = 'car';
CREATE INDEX policies_price ON app.policies USING btree (price);
CLUSTER app.policies USING policies_price;
CREATE VIEW app.cars AS SELECT * FROM app.policies WHERE kind = 'car';
CREATE MATERIALIZED VIEW app.totals AS SELECT kind, sum(price) FROM app.policies GROUP BY kind;
CREATE SEQUENCE app.numbers;
CREATE TABLE app.events (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE app.events_2026 PARTITION OF app.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FUNCTION app.quote(integer, varchar) RETURNS numeric LANGUAGE sql STRICT STABLE AS 'SELECT 1.0';
CREATE FUNCTION app.quote(text) RETURNS numeric LANGUAGE sql SECURITY DEFINER AS 'SELECT 2.0';
CREATE FUNCTION app.log() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION app.as_text(app.kind) RETURNS text LANGUAGE sql AS 'SELECT enum_out($1)::text';
CREATE PROCEDURE app.tidy() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE app.product(numeric) (sfunc = numeric_mul, stype = numeric);
CREATE TRIGGER log BEFORE INSERT ON app.policies FOR EACH ROW EXECUTE FUNCTION app.log();
CREATE RULE keep AS ON DELETE TO app.holders DO INSTEAD NOTHING;
ALTER TABLE app.policies ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.policies FOR SELECT TO asserted_reader USING (true);
CREATE CAST (app.kind AS text) WITH FUNCTION app.as_text(app.kind);
CREATE FUNCTION app.plus(app.spot, app.spot) RETURNS app.spot LANGUAGE sql AS 'SELECT $1';
CREATE OPERATOR app.+ (LEFTARG = app.spot, RIGHTARG = app.spot, FUNCTION = app.plus);
CREATE FUNCTION app.minus(app.spot) RETURNS app.spot LANGUAGE sql AS 'SELECT $1';
CREATE OPERATOR app.- (RIGHTARG = app.spot, FUNCTION = app.minus);
CREATE OPERATOR CLASS app.by_length FOR TYPE text USING btree AS OPERATOR 1 <, FUNCTION 1 bttextcmp(text, text);
CREATE FOREIGN DATA WRAPPER away;
CREATE SERVER far FOREIGN DATA WRAPPER away;
CREATE FOREIGN TABLE app.remote (id integer) SERVER far;
GRANT SELECT ON app.policies, app.holders TO asserted_reader;
GRANT SELECT (at) ON app.events TO asserted_reader;
GRANT USAGE ON SEQUENCE app.numbers TO asserted_reader;
GRANT USAGE ON FOREIGN SERVER far TO asserted_reader;
ALTER TABLE app.holders OWNER TO asserted_owner;
