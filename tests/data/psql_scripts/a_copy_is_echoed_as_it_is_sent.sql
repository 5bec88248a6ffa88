CREATE TEMP TABLE pair (a integer, "b" text);
\set ECHO queries
\copy (select 1 , 2) to stdout
\copy pair(a,b) to stdout
\copy pair ("b" , a) to stdout with (format text)
\copy pair to stdout;
\copy pair to stdout; 
\copy  pair  to   stdout   with (format csv) ;
