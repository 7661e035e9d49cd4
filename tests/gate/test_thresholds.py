"""What is allowed: sdvbench's own thresholds, and those of a repository."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.defaults import FOLDER
from sdvbench.errors import BaselineError
from sdvbench.gate.threshold_keys import NAME, limited, tolerances
from sdvbench.gate.thresholds import Thresholds
from sdvbench.gate.verdict import Tier
from sdvbench.workflows import WORKFLOWS
from tests.gate.figures import CELL

EAGER, INT16 = "yolov5s-orig-Wd-fp32-b1", "yolov5s-orig-W1-int16-b1"


@pytest.fixture
def thresholds(tmp_path):
    """Those of a folder that has a thresholds.toml with this text, or none."""

    def of(text=None):
        if text is not None:
            (tmp_path / NAME).write_text(text, encoding="utf-8")
        return Thresholds(tmp_path)

    return of


def test_every_workflow_has_tolerances_and_limits_without_a_file(thresholds):
    found = thresholds()
    for metric in ("latency", "throughput"):
        assert found.tolerance(Tier.ARTIFACT, metric, CELL) == 0.05
        assert found.tolerance(Tier.ANCHOR, metric, CELL) == 0.15
        assert found.tolerance(Tier.ANCHOR, metric, EAGER) == 0.5
    assert found.tolerance(Tier.ABSOLUTE, "memory", CELL) == 0.2
    for metric, names in limited().items():
        for workflow in WORKFLOWS:
            for precision in WORKFLOWS[workflow].precisions:
                assert found.limits(metric, precision, list(names)).keys() == set(names)


def test_what_comes_with_sdvbench_is_itself_a_valid_file(thresholds):
    thresholds((FOLDER / NAME).read_text(encoding="utf-8"))


def test_a_repository_s_own_keys_override_and_the_others_stay(thresholds):
    found = thresholds(
        "[tolerance.anchor]\nlatency = 0.1\n[map_drop]\nint8 = { map = 0.01 }\n"
        "[agreement.int8]\nbox_error = 0.5\n"
    )
    assert found.tolerance(Tier.ANCHOR, "latency", CELL) == 0.1
    assert found.tolerance(Tier.ANCHOR, "throughput", CELL) == 0.15
    assert found.tolerance(Tier.ANCHOR, "latency", EAGER) == 0.5, "sdvbench's pattern stays"
    assert found.limits("map_drop", "int8", ["map"]) == {"map": 0.01}
    assert found.limits("map_drop", "fp16", ["map"]) == {"map": 0.005}
    both = found.limits("agreement", "int8", ["box_error", "confidence_error"])
    assert both == {"box_error": 0.5, "confidence_error": 1.0}


def test_a_repository_s_own_patterns_decide_first(thresholds):
    found = thresholds(
        '[tolerance.anchor."yolov5s-*"]\nlatency = 0.2\n'
        '[tolerance.anchor."*-int16-*"]\nlatency = 0.3\n'
    )
    assert found.tolerance(Tier.ANCHOR, "latency", EAGER) == 0.2
    assert found.tolerance(Tier.ANCHOR, "latency", EAGER.replace("v5s", "v5n")) == 0.5
    assert found.tolerance(Tier.ANCHOR, "latency", INT16.replace("v5s", "v5n")) == 0.3
    assert found.tolerance(Tier.ANCHOR, "throughput", INT16) == 0.5


@pytest.mark.parametrize(
    ("some", "none"),
    [
        ("*-W1-*", "*-w1-*"),
        ("yolov5[ns]-*", "yolov6*"),
        ("*-P?-W1-int8-b1", "*-P?-W1-int8"),
        ("*-b4096", "*-b04*"),
        ("*-b[12]??", "*-b-[12]??"),
        ("pilotnet-MP.QAT-*", "pilotnet-MP.qat-*"),
        ("*-PL.QAT-W1-*", "*-.QAT-W1-*"),
        (EAGER, EAGER.replace("orig", "PX")),
    ],
)
def test_a_pattern_must_match_a_cell_that_can_be(thresholds, some, none):
    text = '[tolerance.absolute."{}"]\nlatency = 0.3\n'
    thresholds(text.format(some))
    with pytest.raises(BaselineError, match="is neither a known metric nor a pattern"):
        thresholds(text.format(none))


def test_a_tolerance_may_be_of_some_cells_alone(thresholds):
    found = thresholds('[tolerance.absolute."*-Wd-*"]\nlatency = 0.5\n')
    assert found.has(Tier.ABSOLUTE, "latency", EAGER)
    assert not found.has(Tier.ABSOLUTE, "latency", CELL)
    with pytest.raises(BaselineError, match=r"tolerance\.absolute\.latency is missing"):
        found.tolerance(Tier.ABSOLUTE, "latency", CELL)


def test_a_byte_order_mark_and_an_empty_file_are_read(thresholds):
    assert thresholds("\ufeff[tolerance.anchor]\nlatency = 0.1\n").has(Tier.ANCHOR, "latency", CELL)
    assert thresholds("").has(Tier.ANCHOR, "latency", CELL)


WRONG = {
    "tolerence is not known. Choose from tolerance, agr": "[tolerence.anchor]\nlatency = 1\n",
    "tolerance.ankor is not known. Choose from artifact, anchor": "[tolerance.ankor]\nlatency=1\n",
    "tolerance.anchor.latncy is not known. Choose from latency": "[tolerance.anchor]\nlatncy = 1\n",
    "tolerance.anchor.memory is not known": "[tolerance.anchor]\nmemory = 1\n",
    "tolerance.anchor.latency is not a number": "[tolerance.anchor]\nlatency = true\n",
    "tolerance.anchor.latency is not a number of": "[tolerance.anchor]\nlatency = -0.1\n",
    "tolerance.anchor.throughput is not a number": "[tolerance.anchor]\nthroughput = nan\n",
    "anchor.latency is 100 % or more. Write a share below 1: 0.15": "tolerance.anchor.latency = 15",
    "tolerance.anchor.latency is 100 % or more": "[tolerance.anchor]\nlatency = inf\n",
    "absolute.memory is 100 % or more": f"[tolerance.absolute]\nmemory = {'9' * 321}\n",
    "anchor.*-Wd-*.latency is 100 % or more": '[tolerance.anchor."*-Wd-*"]\nlatency = 1.0\n',
    "anchor.*-w1-* is neither a known metric": '[tolerance.anchor."*-w1-*"]\nlatency = 0.2\n',
    "anchor.*-int8 is neither a known": '[tolerance.anchor."*-int8"]\nlatency = 0.2\n',
    "map_drop.int8.map is more than 1. Write 0.045 for 4.5": "map_drop.int8.map = 4.5\n",
    "agreement.int8.box_error is too large": "[agreement.int8]\nbox_error = inf\n",
    "agreement.fp16.box_error is too large": f"agreement.fp16.box_error = {'9' * 321}\n",
    "tolerance.anchor.*-Wd-*.latncy is not known": '[tolerance.anchor."*-Wd-*"]\nlatncy = 1\n',
    "tolerance.anchor.Wd is neither a known metric nor": "[tolerance.anchor.Wd]\nlatency = 1\n",
    "tolerance is not a table": "tolerance = 1\n",
    "tolerance.anchor is not a table": "[tolerance]\nanchor = 0.1\n",
    "map_drop is not a table. Write it as [map_drop]": "map_drop = 0.1\n",
    "map_drop.int4 is not known. Choose from fp32, fp16": "[map_drop]\nint4 = { map = 0.1 }\n",
    "map_drop.int8 is not a table. Write it like { map": "[map_drop]\nint8 = 0.1\n",
    "map_drop.int8.mAP is not known. Choose from map": "[map_drop]\nint8 = { mAP = 0.1 }\n",
    "agreement.int8.box_error is not a number": '[agreement.int8]\nbox_error = "1"\n',
    "cannot be read as TOML": "[tolerance\n",
}


@pytest.mark.parametrize("problem", WRONG)
def test_a_wrong_key_is_named_with_its_file_and_the_known_ones(thresholds, problem):
    with pytest.raises(BaselineError) as caught:
        thresholds(WRONG[problem])
    assert problem in str(caught.value)
    assert NAME in str(caught.value)


def test_what_is_not_text_is_named(thresholds, tmp_path):
    (tmp_path / NAME).write_bytes(b"\xff\xfe[")
    with pytest.raises(BaselineError, match="cannot be read"):
        thresholds()


KEYS = st.sampled_from(
    ["tolerance", "anchor", "absolute", "latency", "memory", "*-Wd-*", "map_drop", "int8", "map"]
)
VALUES = st.recursive(
    st.one_of(st.floats(0, 1), st.integers(), st.booleans(), st.text(max_size=3)),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3),
)


def toml(content):
    """Inline tables throughout."""
    if isinstance(content, dict):
        return "{" + ", ".join(f'"{key}" = {toml(value)}' for key, value in content.items()) + "}"
    text = str(content).lower() if isinstance(content, bool) else repr(content)
    return '"?"' if isinstance(content, str) else text


@given(st.dictionaries(KEYS, VALUES, max_size=3))
def test_any_content_is_taken_or_refused_in_its_own_words(tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp()
    text = "\n".join(f'"{key}" = {toml(value)}' for key, value in content.items())
    tomllib.loads(text)
    (folder / NAME).write_text(text, encoding="utf-8")
    try:
        found = Thresholds(folder)
    except BaselineError:
        return
    for tier, metrics in tolerances().items():
        for metric in metrics:
            if found.has(tier, metric, EAGER):
                assert found.tolerance(tier, metric, EAGER) >= 0
