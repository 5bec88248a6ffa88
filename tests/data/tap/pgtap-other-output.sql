SELECT plan(2);
\echo a banner
SELECT pass('a');
SELECT * FROM (VALUES (1, 'x'), (2, NULL)) AS v;
SELECT '    indented text';
SELECT diag('a note', ' in two parts');
SELECT pass('b');
SELECT * FROM finish();
