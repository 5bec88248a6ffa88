\restrict Key1
SELECT 'inside';
\unrestrict Key1
\echo outside
