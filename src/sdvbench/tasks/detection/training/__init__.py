"""How detectors are trained."""
