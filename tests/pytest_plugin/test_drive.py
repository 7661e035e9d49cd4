"""Engines that drive, in the suites: table, JSON, report, and who cannot."""

import json
import shutil

import pytest

from sdvbench.cli import main
from tests.pytest_plugin.conftest import MADE_UP

CELL = "pilotnet-orig-W1-fp32-b1"
DRIVE = ("accuracy", "-m", "drive", "--sdv-model=pilotnet", "--sdv-trips=2", "--sdv-frames=12")


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """Whatever they are: the car leaves its lane soon, which is a trip too."""
    from sdvbench.models import load_model, save_model

    file = tmp_path_factory.mktemp("weights") / "pilotnet.safetensors"
    save_model(load_model("pilotnet"), file)
    return file


@pytest.fixture(autouse=True)
def made_up_calls(suites):
    """Of 50 ms each, which nobody disturbs."""
    shutil.copy(MADE_UP, suites.path / "accuracy" / "conftest.py")


def test_drives(suites, capsys):
    """The embedded network on a road that it has never seen."""
    files = ("--sdv-report=run.html", "--benchmark-json=run.json")
    chosen = ("-k", "orig and W1 and fp32")
    road = ("--sdv-weights=embedded", "--sdv-simulator=circuit?road=5")
    result = suites(*DRIVE, *chosen, *road, *files)
    result.stdout.no_fnmatch_line("*Not saving anything*")
    result.stdout.fnmatch_lines(
        [
            "cell *deviation m *growth m *arrived *verdict",
            f"{CELL} * 100% *",
            "*== in the simulator ==*",
            f"{CELL} *2 of 2 *",
            "driven in circuit-*: 2 trips over the whole road",
        ]
    )
    content = json.loads((suites.path / "run.json").read_text())
    assert content["benchmarks"] == []  # no benchmark ran, and the file is there
    run = content["sdvbench"]
    (drives,) = run["drives"]
    assert drives["cell"] == CELL
    assert drives["reference"] == CELL.replace("W1", "Wd")
    assert [trip["seed"] for trip in drives["trips"]] == [0, 1]
    assert all(trip["deviation_mean_m"] < 0.2 for trip in drives["trips"])
    assert len(drives["services_ms"]) > 1
    assert len(drives["lane_m"]) > 200
    assert drives["lane_m"][0] == drives["lane_m"][-1]  # the circuit is closed
    (verdict,) = [one for one in run["records"] if one["metric"] == "deviation"]
    assert verdict["status"] == "PASS"
    page = (suites.path / "run.html").read_text()
    assert "Paths that engines drove" in page
    file = str(suites.path / "run.json")
    assert main(["compare", file, file]) == 0
    assert main(["report", file]) == 0
    told = capsys.readouterr().out
    assert f"{CELL} arrivals" in told
    assert f"| {CELL} | 2 of 2 |" in told
    again = suites("accuracy", "--co", "-q")
    assert "test_deviation" not in again.stdout.str()


def test_a_slow_engine_fails(suites):
    """Every call as if it took half a second: the car leaves its lane, which the reference, whose
    commands are never late, does not; the summary says how slow calls were."""
    chosen = ("-k", "orig and W1 and fp32", "--sdv-weights=embedded", "--sdv-slower=10")
    result = suites(*DRIVE, *chosen)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"FAIL {CELL} deviation: growth of the mean deviation in m * (limit growth_m = 0.02, *)"
            ", share of trips that no longer arrive 1 (limit arrivals_lost = 0); decisions took "
            "* ms (* ms as recorded, times a factor of 10), longer than *",
            "driven in circuit-*: 2 trips over the whole road, with calls 10 times as long *",
        ]
    )


def test_a_reference_that_leaves_its_lane_is_no_measure(suites, weights):
    result = suites(*DRIVE, "-k", "orig and W1 and fp32", f"--sdv-weights={weights}")
    assert result.parseoutcomes().get("inconclusive") == 1
    told = f"INCONCLUSIVE {CELL} deviation: *the fp32 reference itself arrives in 0% of its trips*"
    result.stdout.fnmatch_lines([told])


def test_who_cannot_drive(suites, weights):
    seeded = suites(*DRIVE, "-k", "orig and W1 and fp32")
    seeded.stdout.fnmatch_lines(["SKIPPED *: MSE needs trained weights; to enable: *"])
    arguments = [one for one in DRIVE if "model" not in one]
    detector = suites(*arguments, "-k", "orig and W1 and fp32", "--sdv-weights=embedded")
    detector.stdout.fnmatch_lines(["SKIPPED *: yolov5n cannot drive: its task is detection, not *"])
    one = suites(*DRIVE, f"--sdv-weights={weights}", "--sdv-trips=1")
    one.stderr.fnmatch_lines(["*--sdv-trips = '1'*is not a whole number of 2 or more*"])
    unknown = suites(*DRIVE, f"--sdv-weights={weights}", "--sdv-simulator=circus", "-k", "W1-fp32")
    unknown.stderr.fnmatch_lines(["*--sdv-simulator = 'circus': is not known. Choose from *"])


@pytest.mark.parametrize(
    ("simulator", "problem"),
    [
        ("circuit?roda=3", "option 'roda' is not known. Choose from road, height, width."),
        ("circuit?road=left", "road='left' is not a value of type int. For example road=0."),
        ("circuit?road=-1", "road=-1 is out of range. Choose 0 to *"),
        ("metadrive?width=9", "width=9 is out of range. Choose 32 to 1024."),
    ],
)
def test_wrong_options_of_a_simulator_end_the_run_at_once(suites, simulator, problem):
    result = suites(*DRIVE, f"--sdv-simulator={simulator}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--sdv-simulator = '{simulator}': {problem}"])
    result.stdout.no_fnmatch_line("*collected*")
