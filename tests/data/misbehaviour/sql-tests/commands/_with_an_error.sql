-- Included by error_in_an_include.sql.
SELECT pass('the file was included');
SELECT owner, ballance FROM account;
