\set ON_ERROR_STOP off
\ir on_error_stop_is_set_here_and_an_error_follows.sql
\echo goes on, and from this line on an error stops: :ON_ERROR_STOP
\ir on_error_stop_is_set_here_and_an_error_follows.sql
\echo never
