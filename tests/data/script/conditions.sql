\set yes true
\if :yes
SELECT 'yes';
\else
SELECT 'no'; \echo no \! not run
:'yes' ( \unknown
\endif
SELECT 1
\if false
  , 2 (
  \if true
    \echo `never run`
  \else
    , 'x
    \endif in a literal'
  \endif
\elif :{?yes}
  , 3
\elif true
  , 4
\else
  , 5
\endif
, 6;
\if off \echo a \\ SELECT 7; \endif
SELECT 8;
\if nonsense
\endif
\endif
\if true \\ SELECT 9; \endif SELECT 10;
\if 1
