"""Threads that have nothing to do must not spin on the cores of the engine that runs next."""

import os


def stop_idle_spinning() -> None:
    """Tell PyTorch's OpenMP threads to sleep soon after a call; docs/DESIGN.md has the figures.

    Takes effect in this process only before torch is first imported, and in its children.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
