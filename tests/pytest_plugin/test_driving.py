"""Networks that drive, in the suites: their own metrics, and skips of what they do not have."""

import json

import numpy as np
import pytest

from tests.datasets.recordings import recording

CELL = "pilotnet-orig-W1-fp32-b1"
CHOSEN = ("accuracy", "-k", "orig and W1 and not fp16 and not int16", "--sdv-model=pilotnet")
MAP = (
    f"SKIPPED {CELL} and 1 more: mAP50-95 is a figure of detection, and pilotnet is a network for *"
)


@pytest.fixture(scope="session")
def drive(tmp_path_factory):
    """Of 12 frames."""
    random = np.random.default_rng(0)
    rows = [f"{i}.png,{random.uniform(7, 20):.3f},{random.uniform(-2, 2):.3f}" for i in range(12)]
    images = [f"Images/{i}.png" for i in range(12)]
    return recording(tmp_path_factory.mktemp("drive"), rows, images=images, size=(320, 240))


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A file of weights, whatever they are."""
    from sdvbench.models import load_model, save_model

    file = tmp_path_factory.mktemp("weights") / "pilotnet.safetensors"
    save_model(load_model("pilotnet"), file)
    return file


def test_what_drives_is_held_to_its_errors(suites, drive, trained):
    data = (f"--sdv-weights={trained}", f"--sdv-data=driving:{drive}?slice=4:")
    limit = '[limits]\nmse = { "*-fp32-*" = 0.001 }\n'
    (suites.path / "baselines" / "thresholds.toml").write_text(limit)
    files = ("--sdv-report=run.html", "--benchmark-json=run.json")  # which a benchmark writes
    result = suites("perf/test_memory.py", *CHOSEN, *data, *files)
    outcomes = result.parseoutcomes()
    assert {name: outcomes.get(name) for name in ("passed", "failed", "skipped")} == {
        "passed": 5,
        "failed": 1,
        "skipped": 2,
    }
    result.stdout.fnmatch_lines(
        [
            f"FAIL {CELL} mse: mean squared error * is above its limit of 0.001 by *",
            "cell *v error *w error *MSE  MSE growth *MAE growth *v off at most*",
            "MSE: mean squared error of speed v and steering w, scaled to 0..1, on driving-*",
            "*12 images, 12 commands",
            "*8 of these images are used",
            "*12 images of 320x240: their lower half is what the network sees, resized to 200x66",
            MAP,
        ]
    )
    records = json.loads((suites.path / "run.json").read_text())["sdvbench"]["records"]
    told = {(record["cell"], record["metric"]): record for record in records}
    mse, mae = (told[CELL, name]["shown"] for name in ("mse", "mae"))
    assert abs(mse["mse_growth"]) < 1e-4
    assert mse["mse"] == pytest.approx((mse["mse_v"] + mse["mse_w"]) / 2)
    assert mae["v_off"] == pytest.approx(mae["mae_v"] * 17.5)
    assert mae["v_off"] <= mae["v_most_off"] < 20
    int8 = told[CELL.replace("fp32", "int8"), "mse"]
    assert int8["status"] == "PASS"
    assert int8["shown"]["mse_growth"] != 0
    page = (suites.path / "run.html").read_text()
    assert "mean squared error" in page
    assert "imgsz 66x200," in page  # in its settings: what the network takes


def test_skips_say_what_is_missing(suites, drive, trained):
    seeded = suites(*CHOSEN, f"--sdv-data=driving:{drive}")
    told = "SKIPPED *: MSE needs trained weights; to enable: --sdv-model pilotnet --sdv-weights *"
    seeded.stdout.fnmatch_lines([MAP, told])
    other = suites(*CHOSEN, f"--sdv-weights={trained}", "--sdv-data=scenes:6")
    told = "SKIPPED *: MSE needs labels for driving, and scenes:6 has those for detection; to *"
    other.stdout.fnmatch_lines([told])
    detector = ("accuracy/test_map.py", "-k", "orig and W1-fp32", "--sdv-weights=embedded")
    result = suites(*detector, f"--sdv-data=driving:{drive}")
    told = (
        f"SKIPPED *: mAP needs labels for detection, and driving:{drive} has those for driving; *"
    )
    result.stdout.fnmatch_lines([told])
    result.assert_outcomes(skipped=1, deselected=result.parseoutcomes()["deselected"])


def test_where_nothing_drives_there_is_no_test_of_it(suites):
    alone = ("accuracy/test_metrics.py", "--collect-only", "-q")
    suites(*alone).stdout.fnmatch_lines(["no tests collected in *"])
    both = suites(*alone, "--sdv-model=yolov5n,pilotnet", "--sdv-workflow=Wd")
    ids = [line for line in both.outlines if "::" in line]
    assert all("test_task_metric[pilotnet-" in one for one in ids)
    assert len(ids) == 4 * 2 * 2, "prunings, precisions, metrics"
