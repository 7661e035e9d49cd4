"""How long one call takes."""


def test_latency(bench, gate):
    """The median call, as a share of the anchor's, is no slower than what was accepted."""
    gate(bench.latency())
