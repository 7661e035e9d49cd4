"""Whether an engine still finds what is there."""

import pytest


def test_map_drop(trained, labelled, scores, gate):
    """mAP50-95 falls from PyTorch fp32 of the same model by no more than is allowed."""
    gate(scores.map_drop())


@pytest.mark.pruned
def test_pruning_drop(recovered, labelled, scores, gate):
    """mAP50-95 falls from PyTorch fp32 of the unpruned model by no more than is allowed."""
    gate(scores.pruning_drop())
