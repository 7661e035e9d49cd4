"""Whether an engine still finds what is there."""


def test_map_drop(trained, scores, gate):
    """mAP50-95 falls from PyTorch fp32 of the same model by no more than is allowed."""
    gate(scores.map_drop())
