"""``sdvbench store``: what it shows and what it removes."""

import os
import time

import pytest
from msgspec.structs import replace

from sdvbench.cli import main
from sdvbench.gate.baselines import Baselines
from sdvbench.store import Store
from sdvbench.store.sealed_folder import MANIFEST
from tests.gate.figures import CELL, ENTRY
from tests.store.built import build, leftovers

DAY_S = 24 * 3600


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDVBENCH_CACHE", str(tmp_path / "store"))
    return Store()


def built(store, name, days=0):
    """An artifact that was last used so many days ago."""
    inputs = [{"name": "images", "shape": [1, 3, 64, 96], "dtype": "float32"}]
    recipe = {"kind": "engine", "workflow": "W1", "precision": name, "inputs": inputs}
    artifact = store.get_or_build(recipe, build)
    then = time.time() - days * DAY_S
    os.utime(artifact.folder, (then, then))
    return artifact.key


def test_it_is_listed_with_the_last_used_first(store, capsys):
    old, new = built(store, "fp32", days=40), built(store, "int8")
    assert main(["store", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(new[:12])
    assert lines[0].endswith("engine W1 int8 1x3x64x96")
    assert lines[1].startswith(old[:12])
    assert lines[2].startswith("2 artifacts, 0.00 GB, and ")
    assert main(["store", "path"]) == 0
    assert capsys.readouterr().out == f"{store.root}\n"


def test_old_artifacts_go_and_accepted_engines_stay(store, tmp_path, capsys):
    old, new = built(store, "fp32", days=40), built(store, "int8")
    accepted = built(store, "fp16", days=50)
    baselines = Baselines(tmp_path / "baselines", "some-cpu")
    baselines.accept(CELL, "latency", replace(ENTRY, artifact=accepted))
    baselines.write()
    prune = ["store", "prune", "--unused-days=30"]
    assert main([*prune, "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert f"would remove {old[:12]}" in told
    assert "1 of 3 artifacts" in told
    assert {entry.key for entry in store.entries()} == {old, new, accepted}
    assert main(prune) == 0
    told = capsys.readouterr().out
    assert f"removed {old[:12]}" in told
    assert "accepted engines that are kept: 1" in told
    assert {entry.key for entry in store.entries()} == {new, accepted}
    assert main(["store", "prune", "--keep-gb=0"]) == 0
    assert {entry.key for entry in store.entries()} == {accepted}


def test_what_killed_builds_left_goes_and_builds_under_way_stay(store):
    key = built(store, "fp32")
    (store.root / key[:2] / f"{key}.building-1").mkdir()
    (store.root / key[:2] / f"{key}.building-1" / "half").write_bytes(b"12345")

    def busy(folder):
        assert main(["store", "prune", "--keep-gb=100"]) == 0
        assert leftovers(store.root) == [folder]
        return build(folder)

    store.get_or_build({"kind": "another"}, busy)
    assert leftovers(store.root) == []
    assert store.find(key)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "store prune: does not say what may go. Give --unused-days N"),
        (["--unused-days=-1"], "--unused-days -1.0: is not a number of 0 or more"),
        (["--keep-gb=nan"], "--keep-gb nan: is not a number of 0 or more"),
        (["--keep-gb=1", "--baselines=nowhere"], "nowhere: there is no such folder"),
    ],
)
def test_what_is_wrong_is_named(store, capsys, arguments, told):
    key = built(store, "fp32", days=900)
    assert main(["store", "prune", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert store.find(key)


def test_a_damaged_artifact_is_listed_as_such(store, capsys):
    key = built(store, "fp32")
    (store.root / key[:2] / key / MANIFEST).write_text("{")
    main(["store", "list"])
    assert capsys.readouterr().out.splitlines()[0].endswith("damaged")


def test_a_store_that_is_not_there_is_empty(store, capsys):
    assert main(["store", "list"]) == 0
    assert capsys.readouterr().out.startswith("0 artifacts, 0.00 GB, and ")
    assert not store.root.exists()
