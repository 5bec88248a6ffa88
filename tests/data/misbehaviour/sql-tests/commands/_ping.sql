-- One of two that include each other.
\ir _pong.sql
