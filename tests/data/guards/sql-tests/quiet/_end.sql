SELECT * FROM finish(true);
