-- It is not the command that fails, but what it sends, so that the rest of its line is no longer its own.
\set ON_ERROR_STOP off
SELECT 1 WHERE false \gset \echo on the same line
SELECT 1 AS n UNION ALL SELECT 2 \gset \echo and here
\gset prefix extra arguments \echo no arguments of it
