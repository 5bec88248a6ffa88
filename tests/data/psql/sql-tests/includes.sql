\i sql-tests/_included.sql
\ir _included.sql
\set name _included
\ir :name'.sql'
\ir ./_included.sql
SELECT 'end';
