"""sdvbench doctor: what this machine can measure."""

import pytest

from sdvbench.cli import main
from sdvbench.workflows import WORKFLOWS


def test_every_precision_of_every_workflow_has_its_line(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("SDVBENCH_CACHE", str(tmp_path))
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("hardware class") for line in lines)
    assert any(line.startswith(f"store           {tmp_path}: 0 artifacts") for line in lines)
    expected = {f"{name}-{p}" for name in WORKFLOWS for p in WORKFLOWS[name].precisions}
    told = {words[0]: words[1] for line in lines if (words := line.split())[0] in expected}
    assert expected == told.keys()
    assert told["Wd-fp32"] == "yes"


@pytest.mark.parametrize("device", ["gpu", "0", "cuda:x"])
def test_a_name_of_no_device_is_refused(capsys, device):
    assert main(["doctor", "--device", device]) == 2
    assert f"device {device!r}: is not known. Use cpu" in capsys.readouterr().err
