"""The accuracy suite, run as a user runs it."""

import json

import cv2
import numpy as np
import pytest
import torch

from sdvbench.models import MODELS, save_model
from sdvbench.pruning import prune
from tests.pytest_plugin.conftest import CELL

ONLY = ("-k", "orig-W1-fp32")


def test_agreement_passes_and_map_says_what_it_needs(suites):
    result = suites("accuracy", *ONLY)
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*mAP needs trained weights; to enable: pytest accuracy, *"])
    result.stdout.fnmatch_lines([f"{CELL} *PASS"])


def test_an_engine_that_computes_something_else_fails(suites):
    (suites.path / "accuracy" / "conftest.py").write_text(
        "from sdvbench.workflows.w1_onnx_runtime import OnnxRuntimeEngine as E\n"
        "import pytest\n"
        "@pytest.fixture(autouse=True, scope='session')\n"
        "def unscaled_images():\n"
        "    run = E.run\n"
        "    E.run = lambda self, images: run(self, images * 255)\n"
        "    yield\n"
        "    E.run = run\n"
    )
    for precision in ("fp32", "int8"):
        result = suites("accuracy/test_agreement.py", "-k", f"orig-W1-{precision}")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(
            [
                f"FAIL yolov5n-orig-W1-{precision}-b1 agreement: error of boxes * (limit *",
                "*thresholds*",
            ]
        )


def test_map_drop_with_weights_and_data(suites, shared_data):
    result = suites(
        "accuracy/test_map.py",
        *ONLY,
        f"--sdv-weights={shared_data}/weights/yolov5n.pt",
        f"--sdv-data=coco:{shared_data}/coco128",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["cell*mAP*mAP drop*", f"{CELL} *PASS"])


def test_data_without_labels_serves_for_agreement_only(suites):
    entries = []
    for name in ("a.png", "b.png"):
        pixels = np.random.default_rng(len(entries)).integers(0, 255, (64, 64, 3), np.uint8)
        cv2.imwrite(str(suites.path / name), pixels)
        entries.append({"id": len(entries), "file_name": name})
    (suites.path / "unlabelled.json").write_text(json.dumps({"images": entries}))
    data = f"--sdv-data=coco:{suites.path}/unlabelled.json"
    result = suites("accuracy", *ONLY, "--sdv-weights=embedded", data)
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(
        ["*mAP needs labels for detection, and coco:* has none; to enable: --sdv-data *"]
    )
    result.stdout.fnmatch_lines([f"{CELL} *PASS", "--sdv-data coco:*: 2 images, 0 objects"])


def test_verdicts_come_back_from_workers(suites):
    result = suites("accuracy/test_agreement.py", *ONLY, "-n1")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"{CELL} *PASS"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Weights of two prunings; they have learnt nothing."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    model = MODELS["yolov5n"](5).eval()
    for pruning in ("orig", "PL"):
        pruned = prune(model, pruning, 64)
        save_model(pruned, folder / f"yolov5n-{pruning}.safetensors", pruning)
    return folder


def test_pruned_models_of_a_folder_are_held_against_the_unpruned(suites, folder):
    scenes = "--sdv-data=scenes:4"
    few = ("-k", "W1-fp32 and not PS", f"--sdv-weights={folder}", scenes)
    result = suites("accuracy/test_map.py", *few)
    lines = [
        "cell*mAP*mAP drop*below unpruned*",
        "yolov5n-orig-W1-fp32-b1*INCONCLUSIVE",
        "yolov5n-PL-W1-fp32-b1*INCONCLUSIVE",
        "below unpruned: from that of the unpruned one",
        "INCONCLUSIVE yolov5n-*the reference itself scores *",
        "SKIPPED yolov5n-PG-W1-fp32-b1: there is no */yolov5n-PG.safetensors; to enable: "
        "sdvbench recover yolov5n PG --weights FILE *",
    ]
    result.stdout.fnmatch_lines([f"*{line}" for line in lines])
    result.stdout.fnmatch_lines(["* 2 skipped, * 3 inconclusive *"])


def test_a_model_that_was_not_recovered_is_not_held_against_the_unpruned(suites, folder):
    one = f"--sdv-weights={folder}/yolov5n-orig.safetensors"
    result = suites("accuracy/test_map.py", "-k", "PL-W1-fp32", one, "--sdv-data=scenes:4")
    result.stdout.fnmatch_lines(["SKIPPED *holds no model that was recovered*sdvbench recover*"])
    result.stdout.fnmatch_lines(["* 1 skipped, * 1 inconclusive *"])


def test_told_no_model_accuracy_takes_the_embedded_ones_and_perf_the_paper_s(suites, pytester):
    result = pytester.runpytest_subprocess("perf", "accuracy", "--collect-only", "-q")
    told = result.stdout.str()
    assert "test_latency[yolov5s-orig-W1-fp32-b1]" in told
    assert "test_map_drop[yolov5n-orig-W1-fp32-b1]" in told
    assert "test_pruning_drop[yolov5n-PL-W1-fp32-b1]" in told
    assert "test_pruning_drop[yolov5n-orig" not in told
    assert not [line for line in told.splitlines() if "accuracy" in line and "yolov5s" in line]


def test_a_cell_s_engine_is_of_its_own_suite(suites, folder, pytester, small_store):
    pytester.makepyfile(
        test_mine="""
        def test_same(cell, cell_suite, sdv_suite, engine, scores):
            assert scores.engine is engine
            assert cell_suite is not sdv_suite
            assert cell_suite.settings.imgsz == 64
        def test_seeded(cell, cell_suite, sdv_suite, trained):
            raise AssertionError
        def test_not_timed(scores, bench):
            raise AssertionError
        """
    )
    few = ("-k", "orig-Wd-fp32", "--sdv-imgsz=64", f"--sdv-store={small_store}")
    result = pytester.runpytest_subprocess("test_mine.py", *few)
    result.assert_outcomes(passed=1, skipped=2)
