--! Previous: sha1:4535a3ed1c869ae2c96685dc8fd7b5453a4f7ba9
--! Hash: sha1:98ca39ec848b93a54be069ec835bfe69af7a4477
--! Message: index emails

--! no-transaction
CREATE INDEX CONCURRENTLY users_email ON shop.users (email);
