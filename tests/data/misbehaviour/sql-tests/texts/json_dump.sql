{"plan": 1, "tests": ["pass"]}
