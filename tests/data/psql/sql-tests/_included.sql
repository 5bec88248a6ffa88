\echo included :{?once}
\set once 1
SELECT 'unfinished in the include'
