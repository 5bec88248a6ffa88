/* c1 /* nested ; */ still */ SELECT 'a;b' -- ; '
 , $$;$$, $a$ $$ ; $a$
;
-- \echo no
SELECT 1 -- \g
;
SELECT E'a\';b', 'c\', "x;y" FROM (SELECT 1 AS "x;y") t;
CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 ELSE 3 END; END;
SELECT f();
CREATE TABLE t(i int);
CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2);
INSERT INTO t VALUES (1);
;;
SELECT U&'d\0061t\+000061', B'101', X'1F';
SELECT 'con'
'cat';
SELECT 1 \; SELECT 2 \; SELECT 3;
SELECT 'last without semicolon'
