SELECT 1;
\if true
SELECT 'and then psql complains'
