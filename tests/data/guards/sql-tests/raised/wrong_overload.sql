-- raises wrong-overload at line 30
-- raises wrong-overload at line 31
-- raises wrong-overload at line 32
-- raises wrong-overload at line 33
-- raises wrong-overload at line 34
-- raises wrong-overload at line 35
-- raises wrong-overload at line 36
-- raises wrong-overload at line 37
-- raises wrong-overload at line 38
-- raises wrong-overload at line 39
-- raises wrong-overload at line 40
-- raises wrong-overload at line 41
-- raises wrong-overload at line 42
-- raises wrong-overload at line 43
-- raises wrong-overload at line 44
-- raises wrong-overload at line 45
-- raises wrong-overload at line 46
-- raises wrong-overload at line 47
-- raises wrong-overload at line 48
-- raises wrong-overload at line 49
-- raises wrong-overload at line 50
-- raises wrong-overload at line 51
-- raises wrong-overload at line 52
-- raises wrong-overload at line 53
-- raises wrong-overload at line 54

BEGIN;
\set name widgets
SELECT plan(25);
SELECT hasnt_table('shop', 'widgets');
SELECT hasnt_table('shop'::name, :'name');
SELECT public.hasnt_relation($$shop$$, E'widgets');
SELECT hasnt_view('shop', 'widget_names');
SELECT hasnt_materialized_view('shop', 'widget_count');
SELECT hasnt_sequence('shop', 'numbers');
SELECT hasnt_composite('shop', 'pair');
SELECT hasnt_type('shop', 'pair');
SELECT hasnt_enum('shop', 'mood');
SELECT hasnt_domain('shop', 'even');
SELECT hasnt_function('shop', 'add');
SELECT hasnt_opclass('pg_catalog', 'int4_ops');
SELECT hasnt_extension('pg_catalog', 'plpgsql');
SELECT isnt_partitioned('shop', 'parts');
SELECT hasnt_inherited_tables('shop', 'widgets');
SELECT hasnt_pk('shop', 'widgets');
SELECT hasnt_fk('shop', 'widgets');
SELECT hasnt_column('shop', 'widgets', 'id');
SELECT col_isnt_pk('shop', 'widgets', 'id');
SELECT col_isnt_fk('shop', 'widgets', 'parent');
SELECT hasnt_index('shop', 'widgets', 'widgets_name');
SELECT hasnt_trigger('shop', 'widgets', 'touched');
SELECT hasnt_rule('shop', 'widgets', 'no_delete');
SELECT hasnt_operator('integer', 'shop', '|+|', 'integer', 'integer');
SELECT hasnt_column('shop', 'widgets', 'there is the table at least');
SELECT * FROM finish();
ROLLBACK;
