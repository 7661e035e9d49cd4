"""Claims of studies as tests: which run, and their findings as outcomes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from sdvbench.pytest_plugin.display import Display
from sdvbench.pytest_plugin.fixtures import suite_of, trained_suite_of
from sdvbench.pytest_plugin.options import settings_of
from sdvbench.pytest_plugin.workers import SPOILT, is_worker

if TYPE_CHECKING:
    from sdvbench.claims.claim import Claim, Paper
    from sdvbench.claims.evidence import Evidence
    from sdvbench.session.suite import Suite

STUDIES: "pytest.StashKey[tuple[Paper, ...]]" = pytest.StashKey()
EVIDENCE: "pytest.StashKey[dict[tuple[Suite, str], Evidence]]" = pytest.StashKey()
TRAINED_KINDS = ("accuracy", "loss", "lost", "balance")
TIMED_KINDS = ("speed", "order", "balance", "driven")


def generate_claims(metafunc: pytest.Metafunc) -> None:
    """One test a claim of the marker's kinds, for tests that take ``claim`` and ``check_claim``."""
    marker = metafunc.definition.get_closest_marker("claim")
    if not marker or not {"claim", "check_claim"} <= set(metafunc.fixturenames):
        return
    studies = _studies_of(metafunc.config)
    found = [one for study in studies for one in study.claims if one.kind in marker.args]
    metafunc.parametrize("claim", found, ids=[claim.id for claim in found])


def _studies_of(config: pytest.Config) -> "tuple[Paper, ...]":
    """Those that the run's models are of, as its folder of baselines has or changes them."""
    if STUDIES not in config.stash:
        from sdvbench.claims.paper import read_studies

        settings = settings_of(config)
        config.stash[STUDIES] = read_studies(settings.baselines, settings.model)
    return config.stash[STUDIES]


def _study_of(config: pytest.Config, claim: "Claim") -> "Paper":
    return next(study for study in _studies_of(config) if claim in study.claims)


def suite_and_model(config: pytest.Config, claim: "Claim") -> "tuple[Suite, str]":
    """With what ``claim`` is checked: the model that it is about, where the run has it, else the
    first that its study is about.
    """
    suite = trained_suite_of(config) if claim.kind in TRAINED_KINDS else suite_of(config)
    models, own = suite.settings.model, _study_of(config, claim).run_models
    others = {name for study in _studies_of(config) for name in study.run_models}
    fitting = [name for name in models if (name in own if own else name not in others)]
    return suite, claim.model if claim.model in models else (fitting or models)[0]


def _evidence_of(config: pytest.Config, suite: "Suite", model: str) -> "Evidence":
    """What was measured so far of ``model``; claims share it."""
    from sdvbench.claims.evidence import Evidence
    from sdvbench.session.driving import Course

    known = config.stash.setdefault(EVIDENCE, {})
    return known.setdefault((suite, model), Evidence(suite, model, Course(suite)))


@pytest.fixture
def check_claim(request: pytest.FixtureRequest, sdv_display: Display) -> "Callable[[Claim], None]":
    """Passes where the claim is CONFIRMED, fails where it is REFUTED, with the evidence, and skips
    where it is NOT TESTABLE HERE, with what is missing; tells the finding to the summary.
    """

    def check(claim: "Claim") -> None:
        from sdvbench.claims.finding import Finding, Status
        from sdvbench.claims.judged import judged
        from sdvbench.claims.table import recorded
        from sdvbench.typed_json import written

        suite, model = suite_and_model(request.config, claim)
        if claim.kind in TIMED_KINDS and is_worker(request.config):
            finding = Finding(Status.NOT_TESTABLE, SPOILT)
        else:
            with sdv_display.showing(claim.id, in_logs=False):
                finding = judged(claim, _evidence_of(request.config, suite, model))
        paper = _study_of(request.config, claim)
        record = recorded(claim, finding, paper)
        request.node.user_properties.append(("sdvbench.claim", written(record)))
        if finding.status is Status.NOT_TESTABLE:
            pytest.skip(f"NOT TESTABLE HERE: {finding.reason}")
        if finding.status is Status.REFUTED:
            note = f"\nnote: {claim.note}" if claim.note else ""
            pytest.fail(
                f"REFUTED {claim.id}: {claim.text} ({claim.source}).\n"
                f"here: {finding.reason}; on {suite.hardware.summary}.\n"
                f"the study: {record.paper}, on {paper.machine}.{note}",
                pytrace=False,
            )

    return check
