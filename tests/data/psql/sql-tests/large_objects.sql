-- Large objects: their numbers differ, so that they are only told by variables.
\lo_import sql-tests/_included.sql
SELECT convert_from(lo_get(:LASTOID), 'UTF8') = pg_read_file(current_setting('data_directory') || '/PG_VERSION'), length(lo_get(:LASTOID)) > 0;
\lo_import sql-tests/_included.sql 'it''s "a" comment'
SELECT obj_description(:LASTOID, 'pg_largeobject');
\lo_export :LASTOID /tmp/pgassay_lo_export_sample
SELECT pg_read_binary_file('/tmp/pgassay_lo_export_sample') = lo_get(:LASTOID);
\lo_unlink :LASTOID
SELECT count(*) FROM pg_largeobject_metadata WHERE oid = :LASTOID;
BEGIN;
\lo_import sql-tests/_included.sql
ROLLBACK;
SELECT count(*) FROM pg_largeobject_metadata WHERE oid = :LASTOID;
\set ON_ERROR_STOP 0
\lo_import sql-tests/nosuch
\lo_import
\lo_unlink 1
\lo_unlink
\lo_export 1 /tmp/pgassay_lo_export_none
\lo_export 1
BEGIN;
SELECT 1/0;
\lo_unlink 2
ROLLBACK;
\! rm -f /tmp/pgassay_lo_export_sample /tmp/pgassay_lo_export_none
SELECT 'end';
