SELECT 1, oops;
