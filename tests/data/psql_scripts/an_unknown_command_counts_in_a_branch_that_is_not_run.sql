\echo before
\if false
\nosuch
\endif
\echo after
