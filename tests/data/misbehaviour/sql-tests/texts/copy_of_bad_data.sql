BEGIN;
SELECT plan(1);
COPY account (owner, balance) FROM stdin;
Barbara	10
Edsger	much
\.
SELECT is(count(*), 4::bigint, 'there are four') FROM account;
SELECT * FROM finish();
ROLLBACK;
