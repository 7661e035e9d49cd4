"""Engines that drive, in the suites: table, JSON, report, and who cannot."""

import json

import pytest

CELL = "pilotnet-orig-W1-fp32-b1"
DRIVE = ("accuracy", "-m", "drive", "--sdv-model=pilotnet", "--sdv-trips=2", "--sdv-frames=12")


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """Whatever they are: the car leaves its lane soon, which is a trip too."""
    from sdvbench.models import load_model, save_model

    file = tmp_path_factory.mktemp("weights") / "pilotnet.safetensors"
    save_model(load_model("pilotnet"), file)
    return file


def test_drives(suites, weights):
    files = ("--sdv-report=run.html", "--benchmark-json=run.json", "perf/test_memory.py")
    chosen = ("-k", "orig and W1 and fp32 and (drive or memory)", "-m", "drive or not drive")
    result = suites(*DRIVE, *chosen, f"--sdv-weights={weights}", *files)
    result.stdout.fnmatch_lines(
        [
            "cell *deviation m *growth m *arrived *verdict",
            f"{CELL} *0% *",
            "*== in the simulator ==*",
            f"{CELL} *0 of 2 *",
            "driven in circuit-*: 2 trips over the whole road",
        ]
    )
    run = json.loads((suites.path / "run.json").read_text())["sdvbench"]
    (drives,) = run["drives"]
    assert drives["cell"] == CELL
    assert drives["reference"] == CELL.replace("W1", "Wd")
    assert [trip["seed"] for trip in drives["trips"]] == [0, 1]
    assert all(trip["end"] == "off the lane" for trip in drives["trips"])
    assert len(drives["services_ms"]) > 1
    page = (suites.path / "run.html").read_text()
    assert "Paths that engines drove" in page
    again = suites("accuracy", "--co", "-q")
    assert "test_deviation" not in again.stdout.str()


def test_slower_engine_fails(suites, weights):
    """Every call as if it took a second: the reference drives as late, so nothing grows; held
    against a limit of its own, the deviation FAILs, and the summary says how slow calls were."""
    limit = '[limits]\ndeviation_m = { "*" = 0.5 }\n'
    (suites.path / "baselines" / "thresholds.toml").write_text(limit)
    given = ("-k", "orig and W1 and fp32", f"--sdv-weights={weights}", "--sdv-slower=100")
    result = suites(*DRIVE, *given)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"FAIL {CELL} deviation: mean deviation * is above its limit of 0.500 m by *",
            "driven in circuit-*: 2 trips over the whole road, calls taken as 100 times as long",
        ]
    )


def test_who_cannot_drive(suites, weights):
    seeded = suites(*DRIVE, "-k", "orig and W1 and fp32")
    seeded.stdout.fnmatch_lines(["SKIPPED *: MSE needs trained weights; to enable: *"])
    arguments = [one for one in DRIVE if "model" not in one]
    detector = suites(*arguments, "-k", "orig and W1 and fp32", "--sdv-weights=embedded")
    detector.stdout.fnmatch_lines(["SKIPPED *: yolov5n cannot drive: its task is detection, not *"])
    one = suites(*DRIVE, f"--sdv-weights={weights}", "--sdv-trips=1")
    one.stderr.fnmatch_lines(["*--sdv-trips = '1'*is not a whole number of 2 or more*"])
    unknown = suites(*DRIVE, f"--sdv-weights={weights}", "--sdv-simulator=circus", "-k", "W1-fp32")
    unknown.stdout.fnmatch_lines(["*simulator 'circus'*"])
