"""The store builds once, then finds what was built, and tells what it has."""

import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sdvbench.errors import StoreError
from sdvbench.store import Store, beside, recipe_key
from sdvbench.store.sealed_folder import MANIFEST
from tests.store.built import CONTENT, RECIPE, build, content


def test_built_once_then_found(tmp_path, caplog):
    caplog.set_level(logging.INFO, "sdvbench.store")
    made = Store(tmp_path).get_or_build(RECIPE, build)
    found = Store(tmp_path).get_or_build(RECIPE, pytest.fail)
    assert made.built
    assert not found.built
    assert made.folder == found.folder == tmp_path / made.key[:2] / made.key
    assert made.manifest == found.manifest == Store(tmp_path).find(made.key).manifest
    assert made.manifest["facts"] == {"seconds": 1.5}
    assert made.manifest["recipe"] == {**RECIPE, "größe": [1, 2]}
    assert content(made) == content(found) == CONTENT
    assert [r.levelname for r in caplog.records] == ["INFO"]


def test_an_unknown_file_is_named(tmp_path):
    artifact = Store(tmp_path).get_or_build(RECIPE, build)
    with pytest.raises(StoreError, match=r"x: is no file .* It has engine.onnx, parts/größe.bin"):
        artifact.path("x")


def test_absent(tmp_path):
    empty = Store(tmp_path / "never made")
    assert empty.find(RECIPE) is None
    assert not empty.remove(recipe_key(RECIPE))
    assert list(empty.entries()) == []
    assert empty.usage().artifacts == 0
    assert empty.usage().free_bytes > 0
    assert not empty.root.exists()


@pytest.mark.parametrize("key", ["", "../x", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_what_is_not_a_key_is_refused(tmp_path, key):
    with pytest.raises(StoreError, match="is not a SHA-256"):
        Store(tmp_path).find(key)


def test_entries_usage_and_remove(tmp_path):
    things = Store(tmp_path)
    made = things.get_or_build(RECIPE, build)
    (made.folder.parent / f"{made.key}.building-1").mkdir()
    (made.folder.parent / f"{made.key}.building-1" / "half").write_bytes(b"12345")
    [entry] = things.entries()
    size_bytes = sum(p.stat().st_size for p in made.folder.rglob("*") if p.is_file())
    assert (entry.key, entry.bytes, entry.recipe) == (made.key, size_bytes, made.manifest["recipe"])
    assert abs(entry.last_used.timestamp() - made.folder.stat().st_mtime) < 1e-3
    usage = things.usage()
    assert (usage.artifacts, usage.bytes, usage.unfinished_bytes) == (1, size_bytes, 5)
    (made.folder / MANIFEST).write_text("{")
    assert [e.recipe for e in things.entries()] == [None]
    assert things.remove(made.key)
    assert not things.remove(made.key)
    assert things.usage().bytes == things.usage().unfinished_bytes == 0


def test_a_hit_counts_as_use(tmp_path):
    made = Store(tmp_path).get_or_build(RECIPE, build)
    os.utime(made.folder, (0, 0))
    Store(tmp_path).find(RECIPE)
    assert made.folder.stat().st_mtime == 0
    Store(tmp_path).get_or_build(RECIPE, pytest.fail)
    assert made.folder.stat().st_mtime > 0


def test_the_root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDVBENCH_CACHE", "größe and blank")
    things = Store()
    monkeypatch.chdir("/")
    assert things.root == tmp_path / "größe and blank"
    assert content(things.get_or_build(RECIPE, build)) == CONTENT
    monkeypatch.setenv("SDVBENCH_CACHE", "")
    assert Store().root.name == "sdvbench"


READ_ONLY = """
import os, sys
from pathlib import Path
from sdvbench.errors import StoreError
from sdvbench.store import Store

root = Path(sys.argv[1])
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
assert Store(root).find({"a": 1}).path("x").read_text() == "x"
assert not Store(root).get_or_build({"a": 1}, None).built
assert len(list(Store(root).entries())) == Store(root).usage().artifacts == 2
assert Store(root).find({"damaged": 1}) is None
for recipe in {"a": 2}, {"damaged": 1}:
    try:
        Store(root).get_or_build(recipe, None)
    except StoreError as error:
        assert "Permission denied" in str(error) and "SDVBENCH_CACHE" in str(error)
    else:
        raise SystemExit("not refused")
"""


def test_a_store_without_write_permission_is_read():
    # Not below pytest's own folder, which only its owner may enter.
    with tempfile.TemporaryDirectory() as folder:
        things = Store(Path(folder, "root"))
        for recipe in {"a": 1}, {"damaged": 1}:
            made = things.get_or_build(recipe, lambda f: (f / "x").write_text("x") and None)
        made.path("x").write_text("y")
        everything = [Path(folder), *Path(folder).rglob("*")]
        for path in everything:
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            command = [sys.executable, "-c", READ_ONLY, str(things.root)]
            done = subprocess.run(command, capture_output=True, text=True)
        finally:
            for path in everything:
                path.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "artifact" in done.stderr, "the damage must be reported even where it cannot be repaired"


def test_what_lies_beside_an_artifact_goes_with_it(tmp_path):
    things = Store(tmp_path)
    artifact = things.get_or_build({"a": 1}, lambda folder: (folder / "f").write_text("x") and None)
    plans = beside(artifact.folder, "runtime-1")
    plans.mkdir()
    (plans / "plan").write_bytes(bytes(100))
    assert things.find(artifact.key) is not None
    usage = things.usage()
    assert (usage.artifacts, usage.unfinished_bytes) == (1, 0)
    assert usage.bytes > 100
    assert things.sweep() == 0
    assert plans.is_dir()
    things.remove(artifact.key)
    assert not plans.exists()
    plans.mkdir()  # as a process that still ran left it
    (plans / "plan").write_bytes(bytes(100))
    assert things.sweep() == 100
