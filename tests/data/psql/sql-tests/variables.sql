\set v 'it''s'
\set n 3
\set s pg_catalog
SELECT :'v', :n, :"s", :n + 1, ':n', $$:n$$, $q$ :v $q$, ":n" FROM (SELECT 1 AS ":n") x;
SELECT '{a: 1}'::text, '12:30:15'::time, ARRAY[1,2,3][1:2], 'a'::text;
\set a :n :n
\echo :a :'a' :"a" ':a' ":a"
\echo :nosuch :'nosuch' ::n :n:n
\set e E'x\ny'
\echo :e
\set multi 'SELECT 1;' 'SELECT 2;'
:multi
\set m2 'SELECT 3; SELECT 4;'
:m2
\set q 'select \'a\\tb\''
:q;
\echo 'a\tb' "a\tb" a\tb
