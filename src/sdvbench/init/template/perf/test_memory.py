"""How much memory an engine needs."""


def test_memory(bench, gate):
    """The peak of a fresh process that loads the engine and runs it is no higher."""
    gate(bench.memory())
