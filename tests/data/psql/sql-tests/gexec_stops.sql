SELECT unnest(ARRAY['SELECT 1','SELECT nosuch','SELECT 3']) \gexec
SELECT 4;
