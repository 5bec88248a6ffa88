SELECT 1, 1.5, .5, 1., 1e5, 1e+5, 1.5e-5, 0x1F, 1_000, 1..2;
-- Letters that follow a number belong to it: no E'…' begins here.
SELECT 1E'\'; SELECT 1.E'\'; SELECT $1E'\';
SELECT 1..E'\';'; SELECT .E'\';'; SELECT 1 E'\';';
SELECT 1e--2; 3
;
SELECT 1a$b$; SELECT 1$b$;$b$;
