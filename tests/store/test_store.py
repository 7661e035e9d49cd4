"""The store gives back what was built, byte for byte, or builds it again, whatever happened."""

import errno
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench import durable
from sdvbench.errors import StoreError
from sdvbench.store import Artifact, Store, artifact, disk_errors, recipe_key, sealed_folder, store
from sdvbench.store.sealed_folder import MANIFEST

RECIPE = {"cell": "yolov5s-PG-W2-fp16-b1", "imgsz": 640, "größe": (1, 2)}
CONTENT = {"engine.onnx": bytes(range(256)) * 20, "parts/größe.bin": b"weights"}


def build(folder: Path) -> dict[str, object]:
    (folder / "parts").mkdir()
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    return {"seconds": 1.5}


def content(artifact: Artifact) -> dict[str, bytes]:
    return {name: artifact.path(name).read_bytes() for name in artifact.files}


def leftovers(root: Path) -> list[Path]:
    return [path for path in root.glob("??/*") if "." in path.name]


def spawn(task: Callable[[], object]) -> int:
    """Run ``task`` in a forked process; exit status 0 if it returned, 1 if it raised."""
    pid = os.fork()
    if pid == 0:
        try:
            task()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return pid


# Building and finding


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


# Builds that fail


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


# Damage


@pytest.fixture(scope="module")
def flipped_root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as root:
        yield Path(root)


@settings(max_examples=60, deadline=None)
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


# Processes: killed, racing, without permission


@pytest.mark.parametrize("damaged", [False, True])
def test_killed_at_every_line_of_a_build(tmp_path, damaged):
    """A forked process kills itself at the nth line of the store's own code, once it writes."""
    # Not canonical_json, which touches no file and takes most of the lines.
    places = {m.__file__ for m in (store, sealed_folder, disk_errors, artifact, durable)}
    place = Store(tmp_path)._place(recipe_key(RECIPE))

    def killed_at(line_count: int) -> None:
        writing = False

        def tracer(frame, event, _):
            nonlocal line_count, writing
            code = frame.f_code
            writing |= code is Store._build.__code__
            if not writing or code.co_filename not in places:
                return None
            line_count -= event == "line"
            if line_count == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return tracer

        logging.disable()
        sys.settrace(tracer)
        Store(tmp_path).get_or_build(RECIPE, build)

    logging.disable()
    try:
        for line_count in range(1, 10_000):
            if damaged:
                harmed = Store(tmp_path).get_or_build(RECIPE, build)
                harmed.path("engine.onnx").write_bytes(bytes(5120))
            _, status = os.waitpid(spawn(lambda n=line_count: killed_at(n)), 0)
            if status == 0:
                break
            assert os.WTERMSIG(status) == signal.SIGKILL
            if found := Store(tmp_path).find(RECIPE):
                assert content(found) == CONTENT
                Store(tmp_path).remove(found.key)
            assert damaged or not os.path.lexists(place), "in place, but not whole"
    finally:
        logging.disable(logging.NOTSET)
    assert line_count > 50
    assert content(Store(tmp_path).get_or_build(RECIPE, pytest.fail)) == CONTENT
    assert leftovers(tmp_path) == []


def test_killed_at_any_moment_of_a_long_build(tmp_path, caplog):
    big = {f"{number}.bin": random.Random(number).randbytes(20_000) for number in range(40)}

    def long_build(folder):
        for name, data in big.items():
            (folder / name).write_bytes(data)

    started = time.monotonic()
    os.waitpid(spawn(lambda: Store(tmp_path / "first").get_or_build(RECIPE, long_build)), 0)
    whole_s = time.monotonic() - started
    for part in range(20):
        pid = spawn(lambda: Store(tmp_path).get_or_build(RECIPE, long_build))
        time.sleep(whole_s * part / 19)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        if found := Store(tmp_path).find(RECIPE):
            assert content(found) == big
            Store(tmp_path).remove(found.key)
    assert content(Store(tmp_path).get_or_build(RECIPE, long_build)) == big
    assert leftovers(tmp_path) == []
    assert "damaged" not in caplog.text


def test_leftovers_of_a_killed_build_are_told(tmp_path, caplog):
    def dying(folder):
        build(folder)
        os.kill(os.getpid(), signal.SIGKILL)

    os.waitpid(spawn(lambda: Store(tmp_path).get_or_build(RECIPE, dying)), 0)
    [left] = leftovers(tmp_path)
    assert Store(tmp_path).usage().unfinished_bytes > 0
    assert Store(tmp_path).get_or_build(RECIPE, build).built
    assert f"removing {left}, left behind by a build that was killed" in caplog.text
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("processes", [2, 4])
@pytest.mark.parametrize("damaged", [False, True])
def test_racing_processes_build_once(tmp_path, processes, damaged):
    if damaged:
        Store(tmp_path).get_or_build(RECIPE, build).path("engine.onnx").write_bytes(bytes(5120))
    wait, go = os.pipe()

    def slow_build(folder):
        with open(tmp_path / "builds", "a") as file:
            file.write("x")
        time.sleep(0.1)  # long enough for the others to arrive
        return build(folder)

    def race():
        os.close(go)
        os.read(wait, 1)
        assert content(Store(tmp_path).get_or_build(RECIPE, slow_build)) == CONTENT

    pids = [spawn(race) for _ in range(processes)]
    os.close(go)
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * processes
    os.close(wait)
    assert (tmp_path / "builds").read_text() == "x"


def test_racing_threads_build_once(tmp_path):
    things, barrier = Store(tmp_path), threading.Barrier(4)

    def race(_):
        barrier.wait()
        return things.get_or_build(RECIPE, build)

    with ThreadPoolExecutor(4) as pool:
        artifacts = list(pool.map(race, range(4)))
    assert sorted(artifact.built for artifact in artifacts) == [False, False, False, True]
    assert all(content(artifact) == CONTENT for artifact in artifacts)


def test_waiting_is_told(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(store, "_WAIT_UNTOLD_S", 0.01)
    building, told = threading.Event(), threading.Event()
    monkeypatch.setattr(store.log, "filter", lambda record: told.set() or True)

    def waiting_build(folder):
        building.set()
        assert told.wait(30)
        return build(folder)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(Store(tmp_path).get_or_build, RECIPE, waiting_build)
        assert building.wait(30)
        assert not Store(tmp_path).get_or_build(RECIPE, pytest.fail).built
        assert first.result().built
    assert "waiting for another process or thread to build artifact" in caplog.text


def test_an_artifact_replaced_while_it_is_read_is_read_again(tmp_path, caplog, monkeypatch):
    things = Store(tmp_path)
    first = things.get_or_build(RECIPE, build)

    def replaced_meanwhile(*arguments):
        monkeypatch.undo()
        things.remove(first.key)
        things.get_or_build(RECIPE, lambda folder: (folder / "new").touch())
        raise sealed_folder.Damage("engine.onnx is missing")

    monkeypatch.setattr(store, "verify", replaced_meanwhile)
    assert things.find(RECIPE).files == ("new",)
    assert "damaged" not in caplog.text


def test_readers_see_whole_artifacts_while_they_are_replaced(tmp_path):
    things, done = Store(tmp_path), threading.Event()
    key = things.get_or_build(RECIPE, build).key

    def replace():
        for _ in range(15):
            things.remove(key)
            things.get_or_build(RECIPE, build)
        done.set()

    with ThreadPoolExecutor(1) as pool:
        replacing = pool.submit(replace)
        while not done.is_set():
            found = Store(tmp_path).find(key)
            assert found is None or found.manifest["facts"] == {"seconds": 1.5}
            if replacing.done():
                break
        replacing.result()
    assert content(things.find(key)) == CONTENT


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
    assert "artifact" in done.stderr, "the damage is told although it cannot be mended"
