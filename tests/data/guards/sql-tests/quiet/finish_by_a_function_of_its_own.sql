BEGIN;
SELECT :SERVER_VERSION_NUM >= 140000 AS parses_bodies \gset
\if :parses_bodies
CREATE FUNCTION good_bye() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT finish(); END;
\else
CREATE FUNCTION good_bye() RETURNS SETOF text LANGUAGE sql AS 'SELECT finish()';
\endif
COMMIT;
SELECT plan(1);
SELECT pass('one');
SELECT good_bye();
