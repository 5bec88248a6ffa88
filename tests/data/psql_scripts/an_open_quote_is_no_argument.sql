-- psql complains of the quote, and the command goes on with the arguments before it.
\echo it's not closed
\echo before 'it
\set x 'open
\echo [:x]
\if false
\echo isn't run
\endif
SELECT 'goes on';
