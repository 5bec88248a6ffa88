--! Previous: -
--! Hash: sha1:4535a3ed1c869ae2c96685dc8fd7b5453a4f7ba9

CREATE TABLE shop.users (id bigint PRIMARY KEY, email text NOT NULL);
