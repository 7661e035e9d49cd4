"""Whether an engine still computes what its model says."""


def test_agreement(scores, gate):
    """Raw outputs stay as close to PyTorch fp32 of the same model as the precision allows."""
    gate(scores.agreement())
