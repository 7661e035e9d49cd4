"""Claims of the paper as tests: which run, and their findings as outcomes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from sdvbench.pytest_plugin.display import Display
from sdvbench.pytest_plugin.fixtures import trained_suite_of
from sdvbench.pytest_plugin.options import settings_of
from sdvbench.pytest_plugin.workers import SPOILT, is_worker

if TYPE_CHECKING:
    from sdvbench.claims.claim import Claim, Paper
    from sdvbench.claims.evidence import Evidence
    from sdvbench.session.suite import Suite

PAPER: "pytest.StashKey[Paper]" = pytest.StashKey()
EVIDENCE: "pytest.StashKey[dict[Suite, Evidence]]" = pytest.StashKey()
TRAINED_KINDS = ("accuracy", "loss", "lost", "balance")
TIMED_KINDS = ("speed", "order", "balance")


def generate_claims(metafunc: pytest.Metafunc) -> None:
    """One test a claim of the marker's kinds, for tests that take ``claim`` and ``check_claim``."""
    marker = metafunc.definition.get_closest_marker("claim")
    if not marker or not {"claim", "check_claim"} <= set(metafunc.fixturenames):
        return
    claims = paper_of(metafunc.config).claims
    found = [claim for claim in claims if claim.kind in marker.args]
    metafunc.parametrize("claim", found, ids=[claim.id for claim in found])


def paper_of(config: pytest.Config) -> "Paper":
    """The paper that the run's folder of baselines has or changes, read once."""
    if PAPER not in config.stash:
        from sdvbench.claims.paper import read_paper

        config.stash[PAPER] = read_paper(settings_of(config).baselines)
    return config.stash[PAPER]


def _evidence_of(config: pytest.Config, suite: "Suite") -> "Evidence":
    """What was measured so far with ``suite``; claims share it."""
    from sdvbench.claims.evidence import Evidence

    known = config.stash.setdefault(EVIDENCE, {})
    return known.setdefault(suite, Evidence(suite))


@pytest.fixture
def check_claim(
    request: pytest.FixtureRequest, sdv_suite: "Suite", sdv_display: Display
) -> "Callable[[Claim], None]":
    """Passes where the claim is CONFIRMED, fails where it is REFUTED, with the evidence, and skips
    where it is NOT TESTABLE HERE, with what is missing; tells the finding to the summary.
    """

    def check(claim: "Claim") -> None:
        from sdvbench.claims.finding import Finding, Status
        from sdvbench.claims.judged import judged
        from sdvbench.claims.table import recorded
        from sdvbench.typed_json import written

        suite = trained_suite_of(request.config) if claim.kind in TRAINED_KINDS else sdv_suite
        if claim.kind in TIMED_KINDS and is_worker(request.config):
            finding = Finding(Status.NOT_TESTABLE, SPOILT)
        else:
            with sdv_display.showing(claim.id, in_logs=False):
                finding = judged(claim, _evidence_of(request.config, suite))
        paper = paper_of(request.config)
        record = recorded(claim, finding, paper.machine)
        request.node.user_properties.append(("sdvbench.claim", written(record)))
        if finding.status is Status.NOT_TESTABLE:
            pytest.skip(f"NOT TESTABLE HERE: {finding.reason}")
        if finding.status is Status.REFUTED:
            note = f"\nnote: {claim.note}" if claim.note else ""
            pytest.fail(
                f"REFUTED {claim.id}: {claim.text} ({claim.source}).\n"
                f"here: {finding.reason}; on {suite.hardware.summary}.\n"
                f"the paper: {record.paper}, on {paper.machine}.{note}",
                pytrace=False,
            )

    return check
