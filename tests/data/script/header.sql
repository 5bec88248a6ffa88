-- A test of the header.
-- pgassay: timeout 5s
--pgassay:role "App ""User"
-- pgassay runs this, and that is only a comment

  -- pgassay: tags slow, nightly,slow
-- pgassay: serial
-- pgassay: serial please
-- pgassay: timout 1s
-- pgassay: quickly
-- pgassay: timeout 5 minutes
-- pgassay: timeout 0
-- pgassay: tags , a
-- pgassay: role a b
-- pgassay: role
-- pgassay:
-- pgassay timeout 1s
SELECT 1;
-- pgassay: timeout 9s
