"""The renderer behind Scenes: a street in metres, seen by a pinhole camera, painted far to near."""
