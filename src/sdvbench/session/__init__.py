"""One run: its settings, data, engines and figures, without pytest."""
