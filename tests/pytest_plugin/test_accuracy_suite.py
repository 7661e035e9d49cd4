"""The accuracy suite, run as a user runs it."""

from tests.pytest_plugin.conftest import CELL

ONLY = ("-k", "orig-W1-fp32")


def test_agreement_passes_and_map_says_what_it_needs(suites):
    result = suites("accuracy", *ONLY)
    result.assert_outcomes(passed=1, skipped=1, deselected=94)
    result.stdout.fnmatch_lines(["*mAP needs trained weights; to enable: pytest accuracy *"])
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
        result.assert_outcomes(failed=1, deselected=47)
        result.stdout.fnmatch_lines(
            [f"FAIL yolov5n-orig-W1-{precision}-b1 agreement: box_error * (limit *", "*thresholds*"]
        )


def test_map_drop_with_weights_and_data(suites, shared_data):
    result = suites(
        "accuracy/test_map.py",
        *ONLY,
        f"--sdv-weights={shared_data}/weights/yolov5n.pt",
        f"--sdv-data=coco:{shared_data}/coco128",
    )
    result.assert_outcomes(passed=1, deselected=47)
    result.stdout.fnmatch_lines(["cell*mAP*mAP drop*", f"{CELL} *PASS"])


def test_verdicts_come_back_from_workers(suites):
    result = suites("accuracy/test_agreement.py", *ONLY, "-n1")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"{CELL} *PASS"])
