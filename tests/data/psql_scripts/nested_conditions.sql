\set yes 1
\if :yes
\echo one
\if no
\echo two
\if :yes
\echo three
\endif
\elif true
\echo four
\else
\echo five
\endif
\elif true
\echo six
\endif
SELECT 'a' \if false , 'b' \else , 'c' \endif ;
