#!/bin/sh
# Writes what psql prints of every pgtap-*.sql beside it to pgtap-*.tap. The server is psql's default one
# (PGHOST and so on) and has pgTAP's extension files; each file gets a database of its own. With the name of
# a file that holds another pgTAP's SQL as its argument, what that one prints otherwise goes to
# pgtap-*.new-pgtap.tap (those kept here are of 1.3.5, the others of 1.2.0).
set -eu
cd "$(dirname "$0")"
database=pgassay_tap_sample
suffix=.tap
[ $# -eq 0 ] || suffix=.new-pgtap.tap
for sql in pgtap-*.sql; do
    psql -XqAt -d postgres -c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database" 2>/dev/null
    if [ $# -eq 0 ]; then
        psql -XqAt -d "$database" -c 'CREATE EXTENSION pgtap'
    else
        psql -XqAt -d "$database" -f "$1" >/dev/null 2>&1
    fi
    # A script that fails is a sample too.
    psql -XqAt -d "$database" -f "$sql" >"${sql%.sql}$suffix" 2>/dev/null || true
    [ $# -eq 0 ] || ! cmp -s "${sql%.sql}$suffix" "${sql%.sql}.tap" || rm "${sql%.sql}$suffix"
done
psql -XqAt -d postgres -c "DROP DATABASE $database"
