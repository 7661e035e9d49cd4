"""Makes perf/test_claims.py and accuracy/test_claims.py two modules, whatever pytest's settings."""
