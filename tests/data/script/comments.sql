-- Leading comments are not sent;

   -- nor leading blanks.
SELECT 1 -- but these; 'are
  , 2 /* and; these /* nested; */ too; */
  -- and this
  ;
/* A block comment is sent; it hides ' and $$ */ SELECT 3;
SELECT 4 /*/ not closed yet; */ , 5 */* operator, then comment; */ 6;
SELECT 7 --8; */
;
SELECT 1 +-- a comment; after an operator
  1;
SELECT 9; -- the rest
/* only a comment */
