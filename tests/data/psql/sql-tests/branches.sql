\if true
\echo yes
\else
\echo no \if
\endif
\if :{?x}
SELECT 1;
\elif 0
SELECT 2;
\elif yes
SELECT 3;
\else
SELECT 4;
\endif
\set x off
\if :x
 \if garbage
 \endif
\else
 \if 1 \echo inner \endif
 SELECT 'a' \if false
 , 'b'
 \else
 , 'c'
 \endif
 ;
\endif
\if maybe
\echo not here
\endif
