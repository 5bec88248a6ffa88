\set n 42
\set name 'it''s'
\set path 'C:\\temp'
\set empty ''
\set table 'My "odd" table'
SELECT :n, :'n', :"n", :'name', :'path', :'empty', :"table";
SELECT x:'path';
SELECT :{?n}, :{?nothing}, :nothing, :'nothing', :"nothing";
SELECT 1::text, x:=:n, a[1:2], a[:n:], ARRAY[1,2][:n], ':n', ":n", $$:n$$ /* :n */ -- :n
;
SELECT \:n, :, :' ;', : n;
SELECT 1:n, :n:n, a:n.b;
\unset n
SELECT :n;
