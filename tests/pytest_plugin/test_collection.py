"""What is wrong ends a run at collection, before anything is built."""

import json
import shutil

import pytest

import sdvbench.session.streaming  # noqa: F401 - with all that it loads, for runs in-process
from sdvbench.datasets.scenes import Scenes
from sdvbench.measurement.hardware import hardware
from sdvbench.store import Store
from sdvbench.workflows import WORKFLOWS
from tests.pytest_plugin.conftest import ROOT, SMALL

ONE = ("-k", "orig-W1-fp32")


@pytest.fixture
def refused(pytester, monkeypatch):
    """Runs the suites and gives what a run that was refused said; nothing was built."""

    def build(*arguments):
        raise AssertionError("something is being built")

    monkeypatch.setattr(Store, "_build", build)
    for name in ("perf", "accuracy"):
        shutil.copytree(ROOT / name, pytester.path / name)
    (pytester.path / "baselines").mkdir()

    def run(*arguments, where=("perf", "accuracy")):
        result = pytester.runpytest_inprocess(
            *SMALL, f"--sdv-store={pytester.path}/store", *where, *arguments
        )
        assert result.ret == pytest.ExitCode.USAGE_ERROR, result.stdout.str()
        told = result.stdout.str() + result.stderr.str()
        assert "Traceback" not in told
        assert "passed" not in told
        return told

    run.path = pytester.path
    return run


def test_thresholds(refused):
    (refused.path / "baselines" / "thresholds.toml").write_text("[tolerence.anchor]\nlatency = 1\n")
    told = refused(*ONE)
    assert "thresholds.toml: tolerence is not known. Choose from tolerance, agreement" in told
    assert "tolerence is not known" in refused("--collect-only", "-q")


def test_accepted_figures(refused):
    file = refused.path / "baselines" / f"{hardware().name}.json"
    file.write_text("{")
    assert f"ERROR: sdvbench: {file}: is not JSON" in refused(*ONE)
    file.write_text(json.dumps({"cells": {"yolov5n-orig-W1-fp32-b1": {"latency": 1}}}))
    assert "cells.yolov5n-orig-W1-fp32-b1.latency is 1, not an object" in refused(*ONE)


def test_folders(refused, tmp_path):
    assert "--sdv-baselines" in refused(f"--sdv-baselines={tmp_path}/nowhere")
    (tmp_path / "file").write_text("")
    assert "artifact store" in refused(*ONE, f"--sdv-store={tmp_path}/file/store")


@pytest.mark.parametrize("where", ["perf", "accuracy"])
def test_data_and_weights(refused, where):
    told = refused(*ONE, "--sdv-data=coco:nowhere", where=[where])
    assert "ERROR: sdvbench: nowhere: does not exist here" in told
    told = refused(*ONE, "--sdv-weights=nowhere.pt", where=[where])
    assert (
        "ERROR: sdvbench: nowhere.pt: there is no such file. Check the path of the weights" in told
    )
    (refused.path / "broken.pt").write_bytes(b"no checkpoint")
    assert "ERROR: sdvbench: broken.pt: " in refused(*ONE, "--sdv-weights=broken.pt", where=[where])


@pytest.mark.parametrize("where", ["perf", "accuracy"])
def test_an_image_size_that_no_detector_takes(refused, where):
    told = refused(*ONE, "--sdv-imgsz=100", "--sdv-weights=embedded", where=[where])
    assert "ERROR: sdvbench: image size 100: is not a positive multiple of 32. Use 640" in told


def test_data_and_weights_of_a_claim(refused):
    speed = 'id = "one"\nkind = "speed"\ntext = "t"\nsource = "s"\nmetric = "latency"\n'
    speed += 'pairs = ["orig-W1-fp32 over orig-Wd-fp32"]\nnumber = 1\nwithin = 0.1\n'
    (refused.path / "baselines" / "paper.toml").write_text(f"[[claim]]\n{speed}")
    told = refused("-m", "claim", "-k", "one", "--sdv-weights=nowhere.pt")
    assert "ERROR: sdvbench: nowhere.pt: there is no such file" in told
    (refused.path / "baselines" / "paper.toml").write_text(f"[[claim]]\nids = 1\n{speed}")
    assert "paper.toml: claim one: key 'ids' is not known" in refused("-m", "claim")


def test_classes_that_do_not_fit(refused, monkeypatch):
    monkeypatch.setattr(Scenes, "classes", ("lighthouse",))
    monkeypatch.setattr(Scenes, "aliases", {})
    told = refused(*ONE, "--sdv-weights=embedded", where=["accuracy"])
    assert "include none of the data set's (lighthouse)" in told


def test_images_that_agreement_needs(refused):
    told = refused(*ONE, "--sdv-calibration=scenes:1", where=["accuracy"])
    assert "--sdv-calibration scenes:1: has one image only" in told


def test_a_sequence(refused):
    told = refused("-m", "realtime", *ONE, "--sdv-weights=embedded", "--sdv-sequence=scenes:4")
    assert "--sdv-sequence scenes:4: is no sequence: it has no rate" in told


def test_an_anchor(refused):
    told = refused(*ONE, "--sdv-anchor=W2-fp32", where=["perf"])
    assert "--sdv-anchor W2-fp32: names no engine that can be built and run here" in told


def test_a_device(refused):
    assert "device cuda:9: PyTorch sees" in refused(*ONE, "--sdv-device=cuda:9", where=["accuracy"])


def test_settings_in_a_file(refused):
    (refused.path / "sdvbench.toml").write_text("imgsize = 640")
    assert "ERROR: sdvbench: key 'imgsize' in sdvbench.toml: is not known" in refused()
    (refused.path / "sdvbench.toml").write_text("model = 'yolov9'")
    assert "yolov5n, yolov5s" in refused("--sdv-model=yolov9")


def test_a_limit_for_every_precision(refused, monkeypatch):
    """Of a workflow that another package registers, with a precision of its own."""
    workflow = WORKFLOWS["W1"]
    monkeypatch.setattr(workflow, "precisions", (*workflow.precisions, "fp8"))
    told = refused("-k", "orig-W1-fp8 and agreement")
    assert "thresholds.toml: agreement.fp8.box_error is missing. Add the key 'box_error'" in told
    limits = "[agreement]\nfp8 = { box_error = 1, confidence_error = 1 }\n"
    (refused.path / "baselines" / "thresholds.toml").write_text(limits)
    assert "map_drop.fp8.map is missing" in refused("-k", "orig-W1-fp8 and not pruning")


def test_workers_of_xdist_tell_it_too(refused, pytester):
    (refused.path / "baselines" / "thresholds.toml").write_text("tolerance = 1\n")
    result = pytester.runpytest_subprocess(*SMALL, *ONE, "accuracy", "-n1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = "Exit: sdvbench: *thresholds.toml: tolerance is not a table. Write it as *"
    result.stderr.fnmatch_lines([told])


def test_other_people_s_tests_are_not_checked(pytester):
    (pytester.path / "baselines").mkdir()
    (pytester.path / "baselines" / "thresholds.toml").write_text("tolerance = 1\n")
    pytester.makepyfile("def test_it():\n    pass\n\ndef test_ours(sdv_suite):\n    pass\n")
    assert pytester.runpytest_inprocess().ret == pytest.ExitCode.USAGE_ERROR
    pytester.runpytest_inprocess("-k", "test_it").assert_outcomes(passed=1, deselected=1)
