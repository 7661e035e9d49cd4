"""``sdvbench init``: perf/, accuracy/, settings and a CI workflow for a repository of one's own."""
