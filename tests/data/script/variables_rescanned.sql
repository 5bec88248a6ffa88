\set two 'SELECT 1; SELECT 2'
:two;
\set open 'SELECT ''a'
:open b; c';
\set a ':b'
\set b ':a, 1'
SELECT :a;
\set command '\\echo from a variable'
:command and from the line
\set minus '-'
SELECT 1 :minus:minus 1;
\set lines 'SELECT 3\n, 4'
:lines
, five
  ;
\set leading '  -- comment\n SELECT 6'
:leading;
\set blank ' '
:blank
SELECT 7;
