\set QUIET off
CREATE TABLE made AS SELECT 1 AS n;
SELECT 2 AS n INTO also;
INSERT INTO made VALUES (2), (3) RETURNING n;
DELETE FROM made WHERE n = 3;
\gset
DELETE FROM made WHERE n = 2 RETURNING n \gset
COPY made TO STDOUT;
COPY (SELECT 1 WHERE false) TO STDOUT;
\t on
\t off
\t
\pset footer off
\pset footer
\x auto
\x
\pset recordsep
\pset recordsep ';'
\pset border 3
\pset format
