SELECT 'printed', 1 \; SELECT 'kept' AS v \gset
\echo :v
