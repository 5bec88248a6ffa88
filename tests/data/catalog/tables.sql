-- A small schema, without roles, so that it can be made in several databases of a cluster.
CREATE SCHEMA app;
CREATE TYPE app.kind AS ENUM ('a', 'b');
CREATE TABLE app.t (id integer PRIMARY KEY, kind app.kind DEFAULT 'a' NOT NULL, CHECK (id > 0));
CREATE TABLE app.u (t integer REFERENCES app.t, at timestamptz DEFAULT '2020-01-01 12:00+00');
CREATE FUNCTION app.f(app.kind) RETURNS SETOF app.t LANGUAGE sql AS 'SELECT * FROM app.t WHERE kind = $1';
CREATE VIEW app.v AS SELECT * FROM app.f('a');
