"""When a FAIL stands."""

import pytest

from sdvbench.gate.confirmation import confirmed
from sdvbench.gate.verdict import Status, Tier, Verdict

FAIL = Verdict(Status.FAIL, "1.200 times", 1.2, (1.1, 1.3), Tier.ARTIFACT)


@pytest.mark.parametrize(
    ("second", "expected", "told"),
    [
        (Verdict(Status.FAIL, "1.19 times", 1.19, (1.1, 1.3)), Status.FAIL, "process says 1.190"),
        (Verdict(Status.PASS, "1.01 times", 1.01, (1, 1.02)), Status.INCONCLUSIVE, "1.01 times"),
        (Verdict(Status.INCONCLUSIVE, "others"), Status.INCONCLUSIVE, "fresh process others"),
    ],
)
def test_a_fail_is_reported_only_where_a_fresh_process_agrees(second, expected, told):
    verdict = confirmed(FAIL, lambda: second)
    assert verdict.status is expected
    assert told in verdict.reason
    assert "1.200" in verdict.reason


def test_a_process_that_cannot_tell_is_followed_by_another():
    said = iter([Verdict(Status.INCONCLUSIVE, "noise", 1.2, (0.9, 1.5)), FAIL])
    assert confirmed(FAIL, lambda: next(said)).status is Status.FAIL


def test_what_does_not_fail_needs_no_fresh_process():
    passed = Verdict(Status.PASS, "1.0 times", 1.0, (0.99, 1.01))
    assert confirmed(passed, lambda: pytest.fail("asked a fresh process")) is passed
