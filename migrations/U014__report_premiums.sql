DROP FUNCTION reporting.premium_income(date, date);
DROP MATERIALIZED VIEW reporting.monthly_premiums;
