"""The table of what was told behind a camera."""

from msgspec.structs import replace

from sdvbench.gate.verdict import Status
from sdvbench.pytest_plugin.realtime_summary import realtime_text
from sdvbench.realtime.camera import replay
from sdvbench.realtime.record import Record, deadlines
from sdvbench.realtime.table import disturbances

SCORES = {
    "sap": 0.1234,
    "sap_interval": (0.1, 0.2),
    "rtia": 0.3,
    "rtia_interval": (0.2, 0.4),
    "offline_map": 0.5,
    "sequence": "drive",
    "truth": "pseudo",
    "replayed_from_hz": 10.0,
}
TOLD = {"status": Status.UNGATED, "reason": "nobody said"}


def record(others: str = "", **more: object) -> Record:
    found = deadlines(
        "yolov5n-orig-W1-int16-b1", 320, replay([0.15], 10.0, 30, "drop-oldest"), others
    )
    return replace(found, **more)


def test_nothing_is_cut_off_and_empty_columns_are_left_out() -> None:
    full = realtime_text([record(energy_mj_per_frame=123456.0, **SCORES, **TOLD)], 80)
    assert "…" not in full
    for told in ("0.1234 (0.100 to 0.200)", "UNGATED", "pseudo", "nobody said", "mJ/frame"):
        assert told in full
    assert "sAP: mAP50-95 of the newest result" in full
    other = realtime_text([record(figure="mean depth error", **SCORES, **TOLD)], 80)
    assert "sAP: mean depth error of the newest result" in other
    brief = realtime_text([record()], 80)
    for told in ("sAP", "mJ/frame", "verdict"):
        assert told not in brief.splitlines()[0]
    assert " 30 of 30 (100.0 %) " in brief


def test_of_disturbances_the_worst_of_each_kind_is_told() -> None:
    used = "other processes used {} cores while it was measured"
    records = [record(used.format(n)) for n in ("9.5", "10.1", "0.3")] + [record()]
    assert disturbances(records) == [f"disturbed, at most: {used.format('10.1')}"]
    assert disturbances([record()]) == []


def test_what_is_unclear_is_told_with_its_reason_and_its_rate() -> None:
    few = {"status": Status.INCONCLUSIVE, "reason": "too few {frames}"}
    told = realtime_text(
        [record(**few), record(**few), record(**TOLD), record(status=Status.PASS)], 80
    )
    cell = "yolov5n-orig-W1-int16-b1 deadlines at 10 Hz (drop-oldest, filmed)"
    assert f"INCONCLUSIVE {cell} and 1 more: too few {{frames}}\n" in told
    assert f"UNGATED {cell}: nobody said" in told
    assert "PASS yolov5n" not in told


def test_what_was_replayed_is_said_to_be() -> None:
    told = realtime_text([record(**SCORES)], 80)
    assert "replayed from what was filmed at 10 Hz; deadlines are gated where they are" in told
    assert "verdict" not in told
    assert "replayed" not in realtime_text([record(**TOLD)], 80)
