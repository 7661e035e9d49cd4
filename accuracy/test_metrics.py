"""Whether an engine keeps what metrics of other packages measure; no test where there are none."""


def test_outside_metric(trained, labelled, scores, outside_metric, gate):
    """It, and what is lost of it from PyTorch fp32 of the same model, are within their limits."""
    gate(scores.loss(outside_metric))
