\set ON_ERROR_STOP off
\if true
SELECT 1;
\if false
SELECT 'not sent'
\endif
\endif
\if true
-- The end of the file is no line of its own.
\set ON_ERROR_STOP on
