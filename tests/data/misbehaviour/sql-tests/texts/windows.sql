-- pgassay: tags windows
BEGIN;
SELECT plan(2);
SELECT is(balance, 100::numeric, 'Ada has 100')
  FROM account WHERE owner = 'Ada';
\set two 2
SELECT is(:two, 2, 'variables end where the line ends');
SELECT * FROM finish();
ROLLBACK;
