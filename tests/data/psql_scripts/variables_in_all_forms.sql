\set n 42
\set word 'it''s'
\set col "mixed Case"
SELECT :n, :'word', :"col" FROM (SELECT 7 AS "mixed Case") AS t;
SELECT ':n', $$:n$$, 1::int, ARRAY[1,2,3][1:2], :{?n}, :{?nosuch};
\set both :n '/' :word
\echo :both :'both' ':both'
\unset n
\echo :n
