"""Time that passes only where a test says so: no neighbour of a test can slow it."""


class Clock:
    """Gives seconds, as ``time.perf_counter`` does. tick_s: that pass with each look at it."""

    def __init__(self, tick_s: float = 1e-6) -> None:
        self.now_s, self.tick_s = 0.0, tick_s

    def __call__(self) -> float:
        self.now_s += self.tick_s
        return self.now_s

    def pass_s(self, seconds: float) -> None:
        """Let so many pass."""
        self.now_s += seconds
