\p
\r
\set QUIET off
\p
\r
SELECT 1 \p \r
\p
