CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;
SELECT f(); /* a /* nested */ ; comment */ SELECT $q$ ; $$ $q$, E'it\'s;', U&'\0041', "a;b" FROM (SELECT 1 AS "a;b") t; -- end ;
SELECT 'two
lines;';
