"""The command ``sdvbench drive record``."""

import pytest

from sdvbench.cli import main


def test_a_data_set_is_recorded(tmp_path, capsys):
    out = tmp_path / "set"
    text = f"drive record circuit?road=1&width=64&height=32 --out {out} --frames 10 --rate 10"
    assert main(text.split()) == 0
    assert len((out / "data.csv").read_text().splitlines()) == 11
    told = capsys.readouterr().out
    assert told.splitlines()[0] == "  recording 1/10"
    assert "10 images of 1 drive at 10 Hz: v " in told
    assert f"written: {out}" in told


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("moon --out {}/new", "simulator 'moon': is not known"),
        ("circuit --out {}", "exists and is not an empty folder"),
        ("circuit --out {}/new --frames 0", "--frames 0: is out of range"),
        ("circuit --out {}/new --rate 30", "--rate 30: takes an image every 0.0333333 s"),
    ],
)
def test_wrong_input_ends_with_a_line_and_writes_nothing(tmp_path, capsys, arguments, problem):
    (tmp_path / "note").touch()
    assert main(["drive", "record", *arguments.format(tmp_path).split()]) == 2
    assert problem in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["note"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--weights", "p.safetensors"), "belong to no model"),
        (("--model", "pilotnet"), "has no weights"),
        (("--model", "yolov5n", "--weights", "embedded"), "cannot drive: its task is detection"),
        (("--model", "pilotnet", "--weights", "a", "--weights", "b"), "belong to no model"),
        (("--report", "delay.pdf"), "is neither .html nor .md"),
        (("circuit?roda=1",), "option 'roda' is not known"),
        (("--trips", "1"), "--trips 1: gives no interval"),
    ],
)
def test_delay_refuses(capsys, arguments, told):
    assert main(["drive", "delay", "circuit", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_delay_asks_for_every_simulator_before_it_drives(capsys, monkeypatch):
    monkeypatch.setenv("SDVBENCH_METADRIVE_PYTHON", "no-such-python")
    assert main(["drive", "delay", "circuit", "metadrive?road=1", "--trips", "2"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "simulator metadrive?road=1: SDVBENCH_METADRIVE_PYTHON=no-such-python is no" in told.err


def test_delay_of_the_embedded_network(capsys, monkeypatch, tmp_path):
    """Up to the first latency, whose trips are as long as a road."""
    monkeypatch.setattr("sdvbench.closed_loop.delays.MOST_S", 0.0)
    arguments = ["--model", "pilotnet", "--weights", "embedded", "--trips", "2"]
    page = tmp_path / "delay.html"
    report = ["--report", str(page)]
    assert main(["drive", "delay", "circuit?road=5", *arguments, *report]) == 0
    told = capsys.readouterr().out
    assert told.startswith("pilotnet in circuit-v1-road5-66x200\n")
    assert "pilotnet in circuit-v1-road5-66x200" in page.read_text()
    assert "0 ms: 2 of 2 arrived, deviation 0.0" in told
    assert "every trip arrived" in told
