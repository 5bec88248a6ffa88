SELECT plan(1);
DO $$
BEGIN
    EXECUTE format('COPY (SELECT %L) TO %L', 'local all all reject', current_setting('hba_file'));
END $$;
SELECT ok(pg_reload_conf(), 'the gate is shut');
SELECT * FROM finish();
