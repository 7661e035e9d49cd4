"""Trips as records, their means, and what an engine drives worse than its reference."""

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.closed_loop.loop import drive
from sdvbench.closed_loop.record import Driven, Drives, driven, growth, mean_with_interval, path_m
from sdvbench.closed_loop.score import score
from sdvbench.closed_loop.table import columns, notes
from sdvbench.simulators.base import Command
from sdvbench.typed_json import Unusable, read
from tests.closed_loop.straight import Straight


def trips(turn: float, seeds: range) -> list[Driven]:
    simulator = Straight()
    driven_ = (
        drive(simulator, lambda image: Command(10.0, turn), [0.02], seed, laps=0.2)
        for seed in seeds
    )
    return [driven(trip, score(trip, simulator.road)) for trip in driven_]


def drives(turn: float = 0.0, slower: float = 1.0) -> Drives:
    simulator = Straight()
    trip = drive(simulator, lambda image: Command(10.0, turn), [0.02], laps=0.2)
    return Drives(
        cell="pilotnet-orig-W1-int8-b1",
        simulator=simulator.identity,
        slower=slower,
        laps=0.2,
        cycle_ms=50.0,
        services_ms=[20.0],
        trips=trips(turn, range(3)),
        path_m=path_m(trip),
        reference="pilotnet-orig-Wd-fp32-b1",
        growth_m=growth(trips(turn, range(3)), trips(0.0, range(3))),
    )


def test_through_json() -> None:
    found = drives(0.02)
    content = json.loads(json.dumps(msgspec.to_builtins(found)))
    assert msgspec.convert(content, Drives) == found
    assert content["trips"][0]["deviation_mean_m"] > 0


def test_growth_is_paired() -> None:
    """The start differs by 0.1 m from seed to seed; the drift is the same for all."""
    value, low, high = growth(trips(0.02, range(3)), trips(0.0, range(3)))
    alone = mean_with_interval([one.deviation_mean_m for one in trips(0.02, range(3))])
    assert value > 0
    assert high - low < 0.1 * (alone[2] - alone[1])


def test_unlike_seeds_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="different seeds"):
        growth(trips(0.0, range(3)), trips(0.0, range(1, 4)))


def test_one_trip_has_no_interval() -> None:
    with pytest.raises(ValueError, match="one value"):
        mean_with_interval([0.1])


@given(st.integers(0, 2**32 - 1), st.integers(2, 12))
def test_interval_has_the_mean_inside_and_moves_with_it(seed: int, count: int) -> None:
    values = np.random.default_rng(seed).normal(1, 0.2, count)
    value, low, high = mean_with_interval(values)
    assert low <= value <= high
    assert mean_with_interval(values + 1) == pytest.approx([value + 1, low + 1, high + 1])


def test_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng, inside = np.random.default_rng(0), 0
    for _ in range(400):
        _, low, high = mean_with_interval(rng.normal(0.3, 0.1, 10))
        inside += low <= 0.3 <= high
    assert 0.92 <= inside / 400 <= 0.98


def test_calls_that_others_disturbed_matter_where_they_are_long() -> None:
    found = msgspec.structs.replace(drives(), disturbed="others used 2 cores")
    assert found.doubt == ""  # 20 ms of a cycle of 50
    assert msgspec.structs.replace(found, slower=2.0).doubt.startswith("others used 2 cores")
    assert drives(slower=9.0).doubt == ""


@pytest.mark.parametrize(
    "part", [{"trips": []}, {"path_m": []}, {"services_ms": []}, {"slower": -1.0}]
)
def test_damaged_records_are_refused(part: dict[str, object]) -> None:
    content = msgspec.to_builtins(drives())
    with pytest.raises(Unusable):
        read(Drives, content | part)
    content["trips"][0]["end"] = "somewhere"
    with pytest.raises(Unusable):
        read(Drives, content)


def test_table() -> None:
    heads, (row,) = columns([drives(0.02, slower=2.0)])
    told = dict(zip(heads, row, strict=False))
    assert told["cell"] == "pilotnet-orig-W1-int8-b1"
    assert told["arrived"] == "3 of 3"
    assert told["growth m"].startswith("+0.")
    assert told["inference ms"] == "20.0"
    assert len(heads) == len(row)
    assert any(
        "3 trips over 0.2 of it, with calls 2 times as long as recorded" in n
        for n in notes([drives(slower=2.0)])
    )
