-- What comes by NOTIFY is printed after the statement that brought it. The process differs.
\o |sed 's/with PID [0-9]*/with PID N/'
LISTEN channel;
NOTIFY channel;
NOTIFY channel, 'a payload';
BEGIN;
NOTIFY channel, 'kept back';
SELECT 'in the transaction';
COMMIT;
SELECT 'sent to itself' FROM pg_notify('channel', 'by a function');
UNLISTEN channel;
NOTIFY channel;
\o
SELECT 'end';
