\echo 1..0 # SKIP the shop is closed
