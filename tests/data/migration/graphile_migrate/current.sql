--! Message: greet people

DROP FUNCTION IF EXISTS shop.greeting(shop.users);
--! include greeting.sql
