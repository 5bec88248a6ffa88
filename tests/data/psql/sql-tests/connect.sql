-- A new session in the same database.
CREATE ROLE pgassay_connect_sample LOGIN;
CREATE TABLE here (n int);
SET search_path = nowhere;
SET application_name = 'lost';
\set kept 'variables stay'
\pset null none
BEGIN;
INSERT INTO public.here VALUES (1);
\c
SELECT current_setting('search_path'), current_user, :'kept', NULL;
SELECT count(*) FROM here;
\c - pgassay_connect_sample
SELECT current_user, session_user, :'USER';
\c :DBNAME -
SELECT current_user;
\connect - postgres
SELECT current_user, :'USER';
\c :"DBNAME" pgassay_connect_sample - -
SELECT current_user;
\c - postgres :HOST :PORT
DROP ROLE pgassay_connect_sample;
SELECT current_user;
