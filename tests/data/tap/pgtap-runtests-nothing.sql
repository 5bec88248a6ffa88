CREATE SCHEMA s;
SELECT * FROM runtests('s'::name);
