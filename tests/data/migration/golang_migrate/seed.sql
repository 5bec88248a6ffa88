SELECT pg_sleep(0); -- passed over, having no number
