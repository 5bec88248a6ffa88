\t off
SELECT 1 AS a, 'x' AS b;
SELECT 1 AS a WHERE false;
SELECT;
SELECT 1 AS a UNION ALL SELECT 2;
\x
SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2,'y';
SELECT 1 AS a WHERE false;
\x off
\pset footer off
SELECT 1 AS a;
SELECT 1 AS a WHERE false;
\pset recordsep '##'
SELECT 1 AS a UNION ALL SELECT 2;
\t
SELECT 1 AS a UNION ALL SELECT 2;
\pset recordsep '\n'
\pset fieldsep_zero
SELECT 1,2;
\pset fieldsep '\t'
SELECT 1,2;
\pset null '<n>'
SELECT NULL, NULL;
\pset title 'T'
SELECT 1;
\t
SELECT 1;
\a
SELECT 1;
\a
\t off
\x
SELECT 1 AS abcdefgh, 2 AS b;
SELECT 1 AS a WHERE false;
SELECT;
\t
SELECT 1 AS abcdefgh, 2 AS b;
SELECT 1 AS a WHERE false;
SELECT;
\x
SELECT 1 AS abcdefgh, 2 AS b;
SELECT 1 AS a WHERE false;
SELECT;
\t
SELECT 1 AS abcdefgh, 2 AS b;
SELECT 1 AS a WHERE false;
SELECT;
