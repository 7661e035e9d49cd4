"""Errors of a build and of the disk pass, explained, and leave nothing."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sdvbench.errors import StoreError
from sdvbench.store import Store
from sdvbench.store.sealed_folder import MANIFEST
from tests.store.built import RECIPE, build, leftovers


def untouched(root: Path) -> bool:
    return not leftovers(root) and Store(root).find(RECIPE) is None


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        KeyboardInterrupt(),
        PermissionError(errno.EACCES, "denied", "/elsewhere/weights.pt"),
        OSError(errno.ENOSPC, "full", "/elsewhere/x"),
        OSError(errno.EIO, "broken"),
    ],
)
def test_errors_of_a_build_pass_and_leave_nothing(tmp_path, error):
    def failing(folder):
        build(folder)
        raise error

    with pytest.raises(type(error)) as caught:
        Store(tmp_path).get_or_build(RECIPE, failing)
    assert caught.value is error
    assert untouched(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS])
@pytest.mark.parametrize("position", [0, 1])
def test_disk_errors_inside_the_folder_are_explained(tmp_path, number, position):
    def failing(folder):
        names = ["/elsewhere/source", "/elsewhere/source"]
        names[position] = str(folder / "engine")
        raise OSError(number, os.strerror(number), names[0], None, names[1])

    with pytest.raises(StoreError, match=r"MB free\).*--sdv-store or SDVBENCH_CACHE") as caught:
        Store(tmp_path).get_or_build(RECIPE, failing)
    assert str(tmp_path) in str(caught.value)
    assert os.strerror(number) in str(caught.value)
    assert untouched(tmp_path)


def test_a_full_disk_noticed_on_flushing_is_explained(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"No space left on device at \S+engine.onnx"):
        Store(tmp_path).get_or_build(RECIPE, build)
    assert untouched(tmp_path)


def leave_nothing(folder):
    (folder / "empty").mkdir()


def leave_link(folder):
    (folder / "engine").symlink_to("/etc/hostname")


def leave_manifest(folder):
    (folder / MANIFEST).write_text("mine")


def leave_bad_name(folder):
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff")).write_text("x")


@pytest.mark.parametrize(
    ("odd_build", "message"),
    [
        (leave_nothing, "the build left no file"),
        (shutil.rmtree, "the build left no file"),
        (leave_link, "engine: is not a regular file"),
        (leave_manifest, "which the store uses"),
        (leave_bad_name, "file names"),
        (lambda folder: build(folder) and {"loss": float("nan")}, r"facts\['loss'\]: nan"),
        (lambda folder: build(folder) and [1], "the build returned a list"),
    ],
)
def test_builds_that_make_no_artifact(tmp_path, odd_build, message):
    if odd_build is leave_bad_name and sys.platform == "darwin":
        pytest.skip("this file system takes UTF-8 names only")
    with pytest.raises(StoreError, match=message):
        Store(tmp_path).get_or_build(RECIPE, odd_build)
    assert untouched(tmp_path)


def test_a_root_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="Not a directory"):
        Store(tmp_path / "file" / "root").get_or_build(RECIPE, build)


FULL_DISK = """
import sys
from pathlib import Path
from sdvbench.errors import StoreError
from sdvbench.store import Store

root = Path(sys.argv[1])

def too_much(folder):
    (folder / "engine").write_bytes(bytes(2_000_000))

def all_there_is(folder):
    with open(folder / "engine", "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass

for build in too_much, all_there_is:
    try:
        Store(root).get_or_build({}, build)
    except StoreError as error:
        print(error)
        assert "No space left on device" in str(error) and "(0.0 MB free)" in str(error)
    else:
        raise SystemExit("not refused")
    assert not list(root.glob("??/*")) and Store(root).find({}) is None
assert Store(root).get_or_build({}, lambda folder: (folder / "small").touch()).built
"""


def test_a_disk_that_is_really_full(tmp_path):
    namespace = ["unshare", "--map-root-user", "--mount"]
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(tmp_path)]
    try:
        subprocess.run([*namespace, *mount], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system can be mounted here ({error})")
    script = '"$@" && exec "$PYTHON" -c "$SCRIPT" "$ROOT"'
    told = {"PYTHON": sys.executable, "SCRIPT": FULL_DISK, "ROOT": str(tmp_path)}
    done = subprocess.run(
        [*namespace, "sh", "-c", script, "sh", *mount], env={**os.environ, **told}
    )
    assert done.returncode == 0
