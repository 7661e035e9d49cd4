"""The claims of a paper as checks: baselines/paper.toml, held against what runs here."""
