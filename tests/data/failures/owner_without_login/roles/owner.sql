CREATE ROLE schema_owner NOLOGIN;
