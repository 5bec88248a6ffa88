--! Previous: sha1:98ca39ec848b93a54be069ec835bfe69af7a4477
--! Hash: sha1:53f5f30248dbb310e8c388868e70715e34cfbd29
--! Message: names

ALTER TABLE shop.users ADD COLUMN name text;

GRANT SELECT ON shop.users TO CURRENT_USER;
