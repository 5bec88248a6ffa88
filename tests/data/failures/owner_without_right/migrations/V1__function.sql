CREATE FUNCTION area(box) RETURNS float LANGUAGE c AS 'box_area';
