

SELECT 1,

  2,


  oops;
  SELECT 3; SELECT
4;
\set v 'a, b'
SELECT :v, oops
  , :'v', oops;
é SELECT ü, oops;
