"""An artifact that is not as it was built is told and built again."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.store import Store, recipe_key, sealed_folder
from sdvbench.store.sealed_folder import MANIFEST
from tests.store.built import CONTENT, RECIPE, build, content, leftovers


@pytest.fixture(scope="module")
def flipped_root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as root:
        yield Path(root)


@settings(max_examples=60)
@given(data=st.data())
def test_any_changed_byte_or_truncation_is_rebuilt(flipped_root, data):
    things = Store(flipped_root)
    artifact = things.get_or_build(RECIPE, build)
    name = data.draw(st.sampled_from([*artifact.files, MANIFEST]))
    path = artifact.folder / name
    raw = bytearray(path.read_bytes())
    offset = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        raw[offset] ^= data.draw(st.integers(1, 255))
    else:
        del raw[offset:]
    path.write_bytes(raw)
    assert things.find(RECIPE) is None
    again = things.get_or_build(RECIPE, build)
    assert again.built
    assert content(again) == content(things.find(RECIPE)) == CONTENT
    assert leftovers(flipped_root) == []


def test_every_bit_of_the_manifest_counts(tmp_path):
    things = Store(tmp_path)
    path = things.get_or_build(RECIPE, build).folder / MANIFEST
    raw = path.read_bytes()
    logging.getLogger("sdvbench.store").disabled = True
    try:
        for place in range(len(raw) * 8):
            flipped = bytearray(raw)
            flipped[place // 8] ^= 1 << place % 8
            path.write_bytes(flipped)
            assert things.find(RECIPE) is None, place
    finally:
        logging.getLogger("sdvbench.store").disabled = False
    path.write_bytes(raw)
    assert things.find(RECIPE)


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_link(path: Path) -> None:
    copy = path.rename(path.parents[2] / "copy")
    path.symlink_to(copy)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda f: (f / "engine.onnx").unlink(), "engine.onnx is missing"),
        (lambda f: shutil.rmtree(f / "parts"), "parts/größe.bin is missing"),
        (lambda f: (f / "engine.onnx").write_bytes(b"12"), "engine.onnx has 2 bytes instead of 51"),
        (lambda f: (f / "parts/more").touch(), "parts/more does not belong to it"),
        (lambda f: as_folder(f / "engine.onnx"), "engine.onnx is missing"),
        (lambda f: as_link(f / "engine.onnx"), "engine.onnx is not a regular file"),
        (
            lambda f: (f / MANIFEST).unlink(),
            f"{MANIFEST}: No such file",
        ),
        (
            lambda f: as_folder(f / MANIFEST),
            f"{MANIFEST}: Is a directory",
        ),
        (
            lambda f: (shutil.rmtree(f), f.write_text("x")),
            f"{MANIFEST}: Not a directory",
        ),
    ],
)
def test_damage_is_told_and_built_again(tmp_path, caplog, harm, told):
    made = Store(tmp_path).get_or_build(RECIPE, build)
    harm(made.folder)
    caplog.clear()
    again = Store(tmp_path).get_or_build(RECIPE, build)
    assert again.built
    assert content(again) == CONTENT
    assert leftovers(tmp_path) == []
    [line] = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert f"artifact {made.key} is damaged: {told}" in line


def test_an_artifact_under_another_key_is_damage(tmp_path, caplog):
    made = Store(tmp_path).get_or_build(RECIPE, build)
    other = recipe_key({"other": 1})
    shutil.copytree(made.folder, tmp_path / other[:2] / other)
    assert Store(tmp_path).find(other) is None
    assert "belongs to another artifact" in caplog.text


def test_unchanged_files_are_hashed_once_and_changed_ones_again(tmp_path, monkeypatch):
    things = Store(tmp_path)
    path = things.get_or_build(RECIPE, build).path("engine.onnx")
    hashed = []
    digest = sealed_folder._digest
    monkeypatch.setattr(sealed_folder, "_digest", lambda p: hashed.append(p) or digest(p))
    monkeypatch.setattr(sealed_folder, "_SETTLED_NS", 10**15)
    assert things.find(RECIPE)
    assert things.find(RECIPE)
    assert len(hashed) == 4, "files as young as these are not trusted"
    monkeypatch.setattr(sealed_folder, "_SETTLED_NS", -(10**15))
    for _ in range(3):
        assert things.find(RECIPE)
    assert len(hashed) == 6
    before = path.stat()
    path.write_bytes(bytes(before.st_size))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert things.find(RECIPE) is None
