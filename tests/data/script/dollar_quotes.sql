SELECT $$a;b$$, $tag$a; $$ ; $other$ ; $tag$, $_é1$;$_é1$;
PREPARE p AS SELECT $1; EXECUTE p(1);
-- No dollar quotes: parameters, and dollar signs within words.
SELECT $1$; SELECT a$b$; SELECT c$d$;
SELECT $a$ $a $a$;
SELECT $b$ $b$b$;
DO $do$
BEGIN
  PERFORM 1; -- :not_a_variable \not a command
END
$do$;
