SELECT 'a\'; SELECT 'b';
SET standard_conforming_strings = off; SELECT 'still standard on this line\';
SELECT 'c\';', E'd\';', N'e\';', U&'f\';
SELECT B'\'; SELECT "\";
SET standard_conforming_strings = on;
SELECT 'g\';
