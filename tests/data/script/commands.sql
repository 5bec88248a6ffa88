\echo plain 'single; ''quoted'' \\ \n \t \101\x42\q' "double; \ quoted" mixed'up'"so" ;
\echo one \echo two \\ SELECT 1; \echo three\\SELECT 2;
\set v 'a value'
\echo :v :'v' :"v" :{?v} :{?w} ':v' ":v" :w :'w' a:v:v;
\set joined a b 'c d' :v
\echo :joined
\identifier FOO."Bar ""Baz" x"Y"z Ünï
\connect FOO "Foo" -
\plain `date` :v 'q'
\o |cat > 'x' ; :v
\o file.txt ignored 'too'
\i file.sql;
\i 'file.sql;';
\! echo 'not closed \\ and more
SELECT 1
  \g
SELECT 2 \g out.txt
SELECT 3 AS three
\gset prefix_
SELECT 4,
  \echo in the middle
  5;
SELECT (6
\r
SELECT 7;
\unknown and the rest \\ of this line
\
\echo `date`
\echo 'open
\echo "open
\echo '\377'
\echo \
\echo last
