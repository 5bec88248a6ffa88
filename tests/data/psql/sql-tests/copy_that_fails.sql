\set ON_ERROR_STOP off
COPY nosuch FROM STDIN;
SELECT 'data-ish';
\.
SELECT 'goes on 1';
/* c */ copy public."no such" (a, b) from stdin with (format csv);
SELECT 'data-ish';
\.
SELECT 'goes on 2';
\copy nosuch from stdin
SELECT 'data-ish';
\.
SELECT 'goes on 3';
COPY nosuch FROM '/x';
SELECT 'goes on 4';
COPY nosuch TO STDOUT;
SELECT 'goes on 5';
COPY pg_class FROM STDIN WHERE nosuch;
SELECT 'data-ish';
\.
SELECT 'goes on 6';
COPY nosuch FROM STDIN \g
SELECT 'data-ish';
\.
SELECT 'goes on 7';
