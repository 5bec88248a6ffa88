\set ON_ERROR_STOP off
\set ON_ERROR_STOP on \\ SELECT 1 / 0; \echo passed over
\set ON_ERROR_STOP off \\ SELECT 1 / 0; \echo never
\echo never
