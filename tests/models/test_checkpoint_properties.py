"""Whatever a file holds, reading it ends in a checkpoint or in an error of sdvbench."""

import io
import pickle
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn

from sdvbench.errors import CheckpointError, SdvbenchError
from sdvbench.models.checkpoint import Checkpoint, read_checkpoint

EXAMPLES = 2000  # of bytes, and of the two kinds of mutations together
HEADS = (
    b"",
    b"PK\x03\x04",
    b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e",  # torch before 1.6
    b"\x10\0\0\0\0\0\0\0{",  # .safetensors
    b"\x80\x04",
    b"<html>",
    b"\x08\x07\x12",
)
INSTRUCTIONS = [getattr(pickle, name) for name in pickle.__all__ if name.isupper()]
OPCODES = sorted({code for code in INSTRUCTIONS if isinstance(code, bytes) and len(code) == 1})
NAMES = [b"cposix\nsystem\n", b"cbuiltins\neval\n", b"cnumpy\nndarray\n", b"cmodels.yolo\nModel\n"]


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="session")
def whole(scratch: Path) -> dict[str, bytes]:
    """Good files by kind; those of torch hold a whole network, as training leaves it."""
    network = nn.Sequential(nn.Linear(1, 1))  # few records, so that thousands of examples are quick
    network.names = ["a", "b"]
    content = {"model": network, "ema": None, "fitness": np.arange(3.0), "opt": {"a": Path("b")}}
    torch.save(content, scratch / "zip.pt")
    torch.save(content, scratch / "4.pt", pickle_protocol=4)
    torch.save(content, scratch / "legacy.pt", _use_new_zipfile_serialization=False)
    save_file({"weight": torch.ones(4)}, scratch / "a.safetensors", {"class_names": "a"})
    files = [scratch / name for name in ("zip.pt", "4.pt", "legacy.pt", "a.safetensors")]
    for path in files:
        assert read_checkpoint(path).class_names
    return {path.name: path.read_bytes() for path in files}


@pytest.fixture(scope="session")
def records_of(whole: dict[str, bytes]) -> dict[str, dict[str, bytes]]:
    """The records of the archives among ``whole``, without torch's own notes."""
    found = {}
    for kind in ("zip.pt", "4.pt"):
        with zipfile.ZipFile(io.BytesIO(whole[kind])) as file:
            names = [name for name in file.namelist() if "data" in name or "byteorder" in name]
            found[kind] = {name: file.read(name) for name in names}
    return found


def reads_or_refuses(path: Path, content: bytes) -> Checkpoint | None:
    path.write_bytes(content)
    with suppress(SdvbenchError):
        return read_checkpoint(path)
    return None


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(HEADS), st.binary(max_size=200), st.sampled_from([".pt", ".safetensors"]))
def test_arbitrary_bytes_are_refused(scratch: Path, head: bytes, rest: bytes, suffix: str) -> None:
    assert reads_or_refuses(scratch / f"noise{suffix}", head + rest) is None


@pytest.mark.parametrize("name", ["zip.pt", "4.pt", "legacy.pt", "a.safetensors"])
@given(st.data())
def test_a_truncated_file_is_refused(
    whole: dict[str, bytes], scratch: Path, name: str, data: st.DataObject
) -> None:
    length = data.draw(st.integers(0, len(whole[name]) - 1))
    path = scratch / f"short {name}"
    path.write_bytes(whole[name][:length])
    with pytest.raises(CheckpointError, match=r"truncated|not a whole|ends before"):
        read_checkpoint(path)


def test_a_file_cut_within_a_name_is_not_called_hostile(
    whole: dict[str, bytes], scratch: Path
) -> None:
    """At every byte of the names that an old file's pickle gives in lines."""
    content = whole["legacy.pt"]
    names = [b"collections\nOrderedDict\n", b"pathlib\nPosixPath\n", b"numpy\nndarray\n"]
    for name in names:
        start = content.index(b"c" + name)
        for length in range(start + 1, start + 1 + len(name)):
            path = scratch / "cut.pt"
            path.write_bytes(content[:length])
            with pytest.raises(CheckpointError, match="truncated"):
                read_checkpoint(path)


@st.composite
def changed(draw: st.DrawFn, content: bytes) -> bytes:
    """``content`` with a few parts replaced by bytes, instructions of pickle, names, or itself."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(content)))
        gone = draw(st.sampled_from([0, 1, 1, 2, 5, 40]))
        new = draw(
            st.one_of(
                st.binary(max_size=3),
                st.sampled_from(OPCODES),
                st.sampled_from(NAMES),
                st.integers(0, len(content)).map(lambda i, c=content: c[i : i + 30]),  # type: ignore[misc]
                st.sampled_from([b"\xff\xff\xff\x7f", b"\xff" * 8, b"\0" * 8]),
            )
        )
        content = content[:at] + new + content[at + gone :]
    return content


@settings(max_examples=EXAMPLES // 2)
@given(st.data())
def test_a_changed_file_fails_in_no_other_way(
    whole: dict[str, bytes], scratch: Path, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(whole)))
    reads_or_refuses(scratch / f"changed {name}", data.draw(changed(whole[name])))


@settings(max_examples=EXAMPLES // 2)
@given(st.data())
def test_a_changed_record_fails_in_no_other_way(
    records_of: dict[str, dict[str, bytes]], scratch: Path, data: st.DataObject
) -> None:
    """The archive is whole, so that what was changed is reached: mostly the pickle."""
    records = dict(records_of[data.draw(st.sampled_from(["zip.pt", "4.pt"]))])
    names = sorted(records)
    chosen = data.draw(st.sampled_from([n for n in names if n.endswith("data.pkl")] * 9 + names))
    action = data.draw(st.sampled_from(["change"] * 8 + ["drop", "rename"]))
    content = records.pop(chosen)
    if action == "change":
        records[chosen] = data.draw(changed(content))
    elif action == "rename":
        records[data.draw(st.sampled_from(names)) + data.draw(st.sampled_from(["", "x"]))] = content
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, record in records.items():
            target.writestr(name, record)
    reads_or_refuses(scratch / "records.pt", packed.getvalue())
