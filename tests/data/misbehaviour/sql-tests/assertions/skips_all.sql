SELECT '1..0 # SKIP the other bank is closed';
