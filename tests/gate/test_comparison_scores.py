"""Accuracy and driving of two runs: what has become worse by more than a build may lose."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench import metrics
from sdvbench.cli import main
from sdvbench.gate.comparison_scores import compare_scores
from sdvbench.gate.results import read_results
from sdvbench.gate.verdict import Status
from sdvbench.metrics.accuracy import accuracy
from tests.gate import benchmark_files

CELL = "pilotnet-orig-W1-int8-b1"
LIMITS = {"mse_growth": 0.1, "map": 0.045, "growth_m": 0.1, "arrivals_lost": 0.0}


def limits(metric, precision, names):
    return {name: LIMITS[name] for name in names}


def limit(value, cell):
    return {("found_drop", CELL): 0.01}.get((value, cell))


def mse(value, reference=0.01, **others):
    shown = {"mse": value, "mse_growth": value / reference - 1}
    told = {"imgsz": "66x200", "anchor": "A", "weights": "w", "status": "PASS", "reason": "fine"}
    named = {"cell": CELL, "metric": "mse", "change": "", "shown": shown}
    return {**named, **told, **others}


def trip(seed, deviation_m, end="arrived"):
    zero = (
        *("deviation_total_m", "deviation_per_km_m", "jderobot_mae", "distance_m", "speed_mps"),
        *("speed_change_mps", "turn_change_radps", "frequency_hz", "decisions_hz"),
        *("real_time_factor", "inference_ms"),
    )
    told = {"deviation_mean_m": deviation_m, "deviation_max_m": 1.0, "completed": 1.0}
    return dict.fromkeys(zero, 1.0) | told | {"failed_s": None, "seed": seed, "end": end}


def drives(trips, **others):
    told = {"cell": CELL, "simulator": "circuit-v1", "slower": 1.0, "laps": 1.0, "cycle_ms": 50.0}
    parts = {"services_ms": [1.0], "path_m": [(0.0, 0.0, 0.0)], "trips": trips}
    return told | parts | others


def deviation(**others):
    """The figure that a run has of each cell that was driven."""
    return mse(0.0, metric="deviation", **({"shown": {"deviation_m": 0.1}} | others))


def results(tmp_path, name, records=(), driven=(), figure=None, **machine):
    """figure: of what was driven."""
    file = benchmark_files.write(tmp_path / f"{name}.json", **machine)
    content = json.loads(file.read_text())
    figures = [figure or deviation() for _ in driven]
    run = {"format": 1, "records": [*records, *figures], "drives": list(driven)}
    file.write_text(json.dumps(content | {"sdvbench": run}))
    return read_results(file)


def compared(tmp_path, old, new):
    """By name; old and new: (records, drives)."""
    pair = results(tmp_path, "old", *old), results(tmp_path, "new", *new)
    return {change.name: change for change in compare_scores(*pair, limits, limit)}


@pytest.mark.parametrize(
    ("value", "status"), [(0.0105, Status.PASS), (0.0101, Status.PASS), (0.0113, Status.FAIL)]
)
def test_an_error_that_grows(tmp_path, value, status):
    """By more than a tenth of what it was: old 0.0102 is itself 2 % above the reference's."""
    found = compared(tmp_path, ([mse(0.0102)],), ([mse(value)],))[f"{CELL} mse"]
    assert found.verdict.status is status
    assert found.change == f"{value / 0.0102 - 1:.2%}"
    assert (found.old, found.new) == ("0.0102", f"{value:.4g}")
    assert "on the same images" in found.verdict.reason


def test_a_loss_of_map(tmp_path):
    """Larger is better there."""
    old, new = (
        mse(0.0, metric="map_drop", shown={"map": value, "map_drop": 0.5 - value})
        for value in (0.49, 0.44)
    )
    found = compared(tmp_path, ([old],), ([new],))[f"{CELL} map_drop"]
    assert found.verdict.status is Status.FAIL
    assert found.change == "0.0500"
    assert compared(tmp_path, ([new],), ([old],))[f"{CELL} map_drop"].verdict.status is Status.PASS


@pytest.fixture
def found_metric(monkeypatch):
    """A metric as another package registers it: it has limits under [limits] alone."""
    metric = accuracy("found", "share of objects found", len)
    monkeypatch.setattr(metrics, "METRICS", dict(metrics.METRICS) | {"found": metric})
    metrics.declared.cache_clear()
    yield
    monkeypatch.undo()
    metrics.declared.cache_clear()


@pytest.mark.parametrize(
    ("cell", "status", "told"),
    [
        (CELL, Status.FAIL, "loss of share of objects found over "),
        ("pilotnet-orig-Wd-fp32-b1", Status.UNGATED, "has no limit of found_drop for it"),
    ],
)
def test_a_metric_of_another_package_has_its_own_limit(tmp_path, found_metric, cell, status, told):
    old, new = (
        mse(0.0, cell=cell, metric="found", shown={"found": value, "found_drop": 0.9 - value})
        for value in (0.9, 0.5)
    )
    change = compared(tmp_path, ([old],), ([new],))[f"{cell} found"]
    assert change.verdict.status is status
    assert told in change.verdict.reason


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (mse(0.0102, weights="others"), "differs in weights w -> others"),
        (mse(0.0102, imgsz="99x99"), "differs in imgsz 66x200 -> 99x99"),
        (mse(0.0102, reference=0.009), "the fp32 reference scores 0.01 -> 0.009: other images"),
        (mse(0.0102, shown={"mse": 0.0102}), "a figure lacks mse_growth"),
        (mse(0.0), "a figure's mse_growth is -1, so nothing tells what the reference scores"),
        (mse(0.01, shown={"mse_growth": 0.0}), "new.json has no mse"),
    ],
)
def test_what_is_unlike_is_ungated(tmp_path, other, told):
    found = compared(tmp_path, ([mse(0.0102)],), ([other],))[f"{CELL} mse"]
    assert found.verdict.status is Status.UNGATED
    assert told in found.verdict.reason


def test_what_one_run_lacks_is_ungated(tmp_path):
    driven = [drives([trip(0, 0.1), trip(1, 0.1)])]
    found = compared(tmp_path, ([mse(0.01)], ()), ((), driven))
    assert {name: change.verdict.status for name, change in found.items()} == dict.fromkeys(
        (f"{CELL} mse", f"{CELL} deviation", f"{CELL} arrivals"), Status.UNGATED
    )
    assert found[f"{CELL} mse"].verdict.reason.endswith("old.json only")


def test_trips_are_paired_by_their_seeds(tmp_path):
    """In whatever order: each has grown by 0.02 m, and they differ by much more than that."""
    old = [trip(0, 0.1), trip(1, 0.5), trip(2, 0.3)]
    new = [trip(2, 0.32), trip(0, 0.12), trip(1, 0.52)]
    found = compared(tmp_path, ((), [drives(old)]), ((), [drives(new)]))
    deviation = found[f"{CELL} deviation"]
    assert deviation.verdict.status is Status.PASS
    assert (deviation.change, deviation.interval) == ("+0.020 m", "+0.020 to +0.020")
    assert "3 pairs of trips with the same seeds" in deviation.verdict.reason
    assert found[f"{CELL} arrivals"].change == "+0%"


def test_trips_of_other_seeds_are_not(tmp_path):
    old = [trip(0, 0.1), trip(1, 0.5), trip(2, 0.3)]
    new = [trip(3, 0.12), trip(4, 0.52), trip(5, 0.32)]
    deviation = compared(tmp_path, ((), [drives(old)]), ((), [drives(new)]))[f"{CELL} deviation"]
    assert deviation.verdict.status is Status.INCONCLUSIVE
    assert "unpaired, since the seeds differ: 3 trips, then 3" in deviation.verdict.reason


def test_a_trip_that_is_lost_fails_and_says_how_late_the_engine_was(tmp_path):
    old = [trip(0, 0.1), trip(1, 0.1)]
    late = [trip(0, 1.5, "off the lane"), trip(1, 1.5, "off the lane")]
    late = [one | {"inference_ms": 90.0} for one in late]
    found = compared(tmp_path, ((), [drives(old)]), ((), [drives(late)]))
    arrivals = found[f"{CELL} arrivals"]
    assert (arrivals.old, arrivals.new, arrivals.change) == ("100%", "0%", "-100%")
    assert arrivals.verdict.status is Status.FAIL
    assert "decisions took 90 ms, longer than the cycle of 50 ms" in arrivals.verdict.reason
    assert found[f"{CELL} deviation"].verdict.status is Status.FAIL


@pytest.mark.parametrize(
    ("others", "status", "told"),
    [
        ({"simulator": "circuit-v2"}, Status.UNGATED, "simulator circuit-v1 -> circuit-v2"),
        ({"slower": 30.0}, Status.UNGATED, "slower 1.0 -> 30.0"),
        (
            {"disturbed": "others used 2 cores", "services_ms": [40.0]},
            Status.INCONCLUSIVE,
            "others used 2 cores; run again",
        ),
    ],
)
def test_trips_under_other_circumstances_say_nothing(tmp_path, others, status, told):
    trips = [trip(0, 0.1), trip(1, 0.1)]
    found = compared(tmp_path, ((), [drives(trips)]), ((), [drives(trips, **others)]))
    assert {change.verdict.status for change in found.values()} == {status}
    assert all(told in change.verdict.reason for change in found.values())


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({"hardware": "another-machine"}, "differs in hardware some-cpu -> another-machine"),
        ({"libraries": {"torch": "2", "onnxruntime": "9"}}, "differs in libraries: onnxruntime"),
        ({"figure": deviation(weights="others")}, "differs in weights w -> others"),
        ({"figure": deviation(imgsz="99x99")}, "differs in imgsz 66x200 -> 99x99"),
        ({"figure": deviation(cell="pilotnet-orig-Wd-fp32-b1")}, "new.json has no record of the"),
        ({"figure": deviation(weights=None)}, "new.json has no record of the deviation"),
    ],
)
def test_trips_of_another_engine_or_machine_say_nothing(tmp_path, others, told):
    """However much worse they are."""
    worse = [drives([trip(0, 1.5, "off the lane"), trip(1, 1.5, "off the lane")])]
    old = results(tmp_path, "old", driven=[drives([trip(0, 0.1), trip(1, 0.1)])])
    found = compare_scores(old, results(tmp_path, "new", driven=worse, **others), limits, limit)
    assert [change.verdict.status for change in found] == [Status.UNGATED, Status.UNGATED]
    assert all(told in change.verdict.reason for change in found)


def test_trips_do_not_depend_on_libraries_of_other_workflows(tmp_path):
    trips = [drives([trip(0, 0.1), trip(1, 0.1)])]
    libraries = {"torch": "2", "tensorrt": "11"}
    pair = [
        results(tmp_path, name, driven=trips, **more)
        for name, more in (("old", {}), ("new", {"libraries": libraries}))
    ]
    found = compare_scores(*pair, limits, limit)
    assert [change.verdict.status for change in found] == [Status.PASS, Status.PASS]


@given(st.lists(st.floats(0, 2), min_size=2, max_size=6))
def test_the_same_trips_have_not_changed(deviations_m):
    from sdvbench.closed_loop.record import Driven, growth_unpaired
    from sdvbench.typed_json import read

    trips = [read(Driven, trip(seed, each)) for seed, each in enumerate(deviations_m)]
    middle, low, high = growth_unpaired(trips, trips)
    assert middle == 0
    assert low <= 0 <= high


def test_damaged_figures_are_told(tmp_path):
    broken = drives([trip(0, 0.1)])
    found = compared(tmp_path, ([mse(0.01)], ()), ([mse(0.01, shown={"mse": "much"})], [broken]))
    assert found[CELL].verdict.status is Status.INCONCLUSIVE
    assert "has fewer than two trips" in found[CELL].verdict.reason
    assert "could not be used" in found[f"{CELL} mse"].verdict.reason
    assert len(found) == 2


def test_the_command_shows_them_and_fails(tmp_path, capsys):
    late = [trip(0, 1.5, "off the lane"), trip(1, 1.5, "off the lane")]
    results(tmp_path, "old", [mse(0.0102)], [drives([trip(0, 0.1), trip(1, 0.1)])])
    results(tmp_path, "new", [mse(0.0102)], [drives(late)])
    files = [str(tmp_path / f"{name}.json") for name in ("old", "new")]
    assert main(["compare", *files]) == 1
    told = capsys.readouterr().out
    assert "accuracy, driving" in told
    lost = "share of trips that no longer arrive 1 (limit arrivals_lost = 0)"
    assert f"FAIL {CELL} arrivals: {lost}; 2 pairs of trips" in told
    assert main(["compare", *files, "--format", "json"]) == 1
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert [change["figure"].split()[1] for change in changes] == ["mse", "deviation", "arrivals"]
    assert main(["compare", files[0], files[0]]) == 0
    capsys.readouterr()
    assert main(["compare", *files, files[0]]) == 0
    assert "accuracy and driving are compared between two runs only" in capsys.readouterr().out
    assert main(["baseline", "accept", files[0], "--baselines", str(tmp_path)]) == 2
    assert "accuracy and driving are held against limits" in capsys.readouterr().err
