"""The claims of a paper as checks: paper.toml, compared with what runs here."""
