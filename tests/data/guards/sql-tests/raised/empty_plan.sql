-- raises empty-plan at line 2
SELECT plan(0);
