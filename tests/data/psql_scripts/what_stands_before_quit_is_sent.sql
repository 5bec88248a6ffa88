SELECT 'first';
SELECT 'sent by \q' \q
SELECT 'never';
