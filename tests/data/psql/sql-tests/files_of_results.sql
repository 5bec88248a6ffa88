-- A file is opened for a result: one that fails leaves it as it was.
\set ON_ERROR_STOP off
SELECT 'kept' \g kept.txt
SELECT 1 / 0 \g kept.txt
\g kept.txt
CREATE TABLE seen (line text);
\copy seen from kept.txt
-- The tag goes to where it always goes.
\set QUIET off
INSERT INTO seen VALUES ('two') RETURNING line \g kept.txt
\set QUIET on
\copy seen from kept.txt
-- Data are a result, even if there are none.
COPY (SELECT WHERE false) TO STDOUT \g kept.txt
\copy seen from kept.txt
-- What was sent to a file can be read at once.
\o open.txt
SELECT 'three';
\copy seen from open.txt
\o
SELECT count(*), line FROM seen GROUP BY line ORDER BY line;
