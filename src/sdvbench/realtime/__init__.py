"""Engines behind a camera: deadlines, jitter, and how accurate results are when they come."""
