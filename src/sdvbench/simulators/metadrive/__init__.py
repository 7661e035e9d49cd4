"""MetaDrive, a driving simulator, headless on a CPU, in its own environment and process."""
