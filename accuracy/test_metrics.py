"""Whether an engine keeps what metrics of its task, and of other packages, measure; no test where
there are none. What detectors have is in test_map.py.
"""


def test_task_metric(trained, labelled, scores, task_metric, gate):
    """It has grown over PyTorch fp32 of the same model by no more than is allowed."""
    gate(scores.loss(task_metric))


def test_outside_metric(trained, labelled, scores, outside_metric, gate):
    """It, and what is lost of it from PyTorch fp32 of the same model, are within their limits."""
    gate(scores.loss(outside_metric))
