SELECT 'shown';
SELECT 1/(2-g) FROM generate_series(1, 3) AS g;
SELECT 'never';
