CREATE ROLE app LOGIN;
GRANT writers TO app;
