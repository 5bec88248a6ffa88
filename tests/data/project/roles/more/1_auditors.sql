CREATE ROLE auditor;
