SELECT id, email, name FROM shop.users WHERE false;
