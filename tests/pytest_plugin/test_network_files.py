"""The suites on networks that the user brings as files."""

import pytest
import torch

from sdvbench.datasets.scenes import Scenes
from sdvbench.quiet import quiet
from tests.tasks.detection.decoders.networks import Yolov8Like


@pytest.fixture(scope="session")
def net(tmp_path_factory):
    """A folder with a detector of YOLOv8's layout, as others export it, and its classes' names."""
    folder = tmp_path_factory.mktemp("net")
    torch.manual_seed(0)
    model = Yolov8Like(len(Scenes.classes)).eval()
    with quiet():
        program = torch.onnx.export(
            model,
            (torch.rand(1, 3, 64, 64),),
            input_names=["pixels"],
            opset_version=18,
            dynamo=True,
            verbose=False,
        )
    program.save(folder / "net.onnx")
    (folder / "names.txt").write_text("\n".join(Scenes.classes))
    return folder


def test_a_detector_is_timed_compared_and_scored(suites, net):
    (suites.path / "names.txt").write_text((net / "names.txt").read_text())
    said = "task=detection&layout=yolov8&names=names.txt"
    model = f"--sdv-model=mine={net}/net.onnx?{said}"
    result = suites("perf", "accuracy", model, "--sdv-data=scenes:4", "-k", "W1 and (fp32 or int8)")
    assert not {"failed", "errors"} & result.parseoutcomes().keys()
    result.stdout.fnmatch_lines(
        [
            "cell * median ms * box error * mAP *",
            "mine-orig-W1-fp32-b1 *",
            "mine-orig-W1-int8-b1 *",
            "no roof for mine: it is a file, whose multiply-accumulates are not counted",
            "SKIPPED mine-PL-W1-fp32-b1 *: mine is a file, and a flat graph cannot be pruned *",
        ]
    )


def test_a_network_of_which_nothing_is_known_is_compared(suites, net):
    model = f"--sdv-model=mine={net}/net.onnx"
    result = suites("accuracy", model, "-k", "orig-W1-fp32")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "cell * output error *",
            "mine-orig-W1-fp32-b1 *PASS",
            "SKIPPED mine-orig-W1-fp32-b1: what mine puts out is not known, so that it has no *",
        ]
    )


def test_late_results_of_which_nothing_is_known_have_no_score(suites, net):
    model = f"--sdv-model=mine={net}/net.onnx"
    result = suites("accuracy", "-m", "realtime", model, "-k", "orig-W1-fp32 and 10Hz")
    told = "results of mine, whose task is tensors, have no score when they come late; to enable: *"
    result.stdout.fnmatch_lines([f"SKIPPED mine-orig-W1-fp32-b1*: {told}detection"])


def test_a_table_of_settings_names_them_too(suites, net):
    (suites.path / "baselines" / "thresholds.toml").write_text(
        "[limits]\noutput_error = { 'mine-*' = 1e-3, 'other-*-W1-*' = 1e-3 }\n"
    )
    (suites.path / "sdvbench.toml").write_text(
        f'[models]\nmine = "{net}/net.onnx"\nother = "absent.onnx"\n'
    )
    result = suites("accuracy", "-k", "orig-W1-fp32", "--sdv-model=mine")
    result.assert_outcomes(passed=1, skipped=1)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("mine=absent.onnx", "*absent.onnx: cannot be read (No such file or directory)*"),
        (
            "mine=names.txt",
            "*names.txt: has the suffix 'txt', which no reader is known for. Pass *",
        ),
        ("mine={net}/net.onnx?task=detect", "*task=detect is not known. Choose from detection, *"),
    ],
)
def test_what_is_wrong_ends_the_run_before_anything_is_built(suites, net, model, told):
    result = suites("accuracy", f"--sdv-model={model.format(net=net)}", "-k", "orig-W1-fp32")
    assert result.ret == 4
    result.stderr.fnmatch_lines([told])
