-- pgassay: group
-- pgassay: group two words
-- pgassay: group first
-- pgassay: group second
-- pgassay: groups third
SELECT 1;
-- pgassay: group fourth
