-- Quotes hide semicolons and backslashes.
SELECT 'a;b', 'it''s', 'back\slash';
SELECT E'it\'s; \\', e'\x27;', E'ends in a backslash\\';
SELECT B'01;', X'1F;', N'n;', U&'d\0061t;', u&'!;' UESCAPE '!';
SELECT "odd;name", "a""b;", U&"d\0061ta;";
-- A literal goes on after a newline; psql takes the second part for a plain one.
SELECT 'one;'
  'two;' AS both;
SELECT 'a literal

of three lines;' AS lines;
SELECT 1 AS "an identifier;
of two lines";
