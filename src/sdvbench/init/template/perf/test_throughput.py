"""How many images pass in a second."""


def test_throughput(bench, gate):
    """An image's time in back-to-back calls, as a share of the anchor's, is no longer."""
    gate(bench.throughput())
