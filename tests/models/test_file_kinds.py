"""Files that are no checkpoints say what they are, whatever their name."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save, save_file
from torch import nn

from sdvbench.errors import CheckpointError
from sdvbench.models.checkpoint import read_checkpoint

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4062133\n"
ULTRALYTICS = json.dumps({"description": "Ultralytics", "stride": 32, "task": "detect"}).encode()


def archive(**records: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, content in records.items():
            target.writestr(name, content)
    return packed.getvalue()


def arrays() -> bytes:
    packed = io.BytesIO()
    np.savez(packed, a=np.ones(3))
    return packed.getvalue()


def onnx_model() -> bytes:
    onnx = pytest.importorskip("onnx")
    graph = onnx.helper.make_graph([], "g", [], [])
    content: bytes = onnx.helper.make_model(graph, producer_name="pytorch").SerializeToString()
    return content


def torch_script() -> bytes:
    packed = io.BytesIO()
    torch.jit.save(torch.jit.trace(nn.Linear(1, 1), torch.ones(1)), packed)
    return packed.getvalue()


def exported() -> bytes:
    packed = io.BytesIO()
    torch.export.save(torch.export.export(nn.ReLU(), (torch.ones(1),)), packed)
    return packed.getvalue()


KINDS = {
    "empty": (lambda: b"", "is empty: its download or copy was truncated"),
    "LFS": (lambda: LFS, r"is a pointer of Git LFS, .*\. Run git lfs pull"),
    "HTML": (lambda: b"\n<!DOCTYPE html><html><head><title>Sign in", "is a web page"),
    "HTML with a mark": (lambda: b"\xef\xbb\xbf<HTML lang='en'>", "is a web page"),
    "XML": (lambda: b"<?xml version='1.0'?><Error><Code>AccessDenied", "is XML, such as a server"),
    "JSON": (lambda: b'{"message": "Not Found"}', "is JSON, such as a server's error"),
    "ONNX": (onnx_model, "is an ONNX model"),
    "ONNX by hand": (lambda: b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:", "is an ONNX model"),
    "TensorRT": (lambda: b"ftrt\0\0\0\0" + bytes(99), "is a TensorRT engine"),
    "TensorRT for RTX": (lambda: b"vtrt\0\0\0\0" + bytes(99), "is a TensorRT engine"),
    "TensorRT of ultralytics": (
        lambda: len(ULTRALYTICS).to_bytes(4, "little") + ULTRALYTICS + b"ftrt",
        "is a TensorRT engine",
    ),
    "TorchScript": (torch_script, r"is a TorchScript archive \(torch\.jit\.save\)"),
    "torch.export": (exported, r"is an exported program \(torch\.export\)"),
    "TensorFlow Lite": (lambda: b"\x1c\0\0\0TFL3" + bytes(20), "is a TensorFlow Lite model"),
    "ExecuTorch": (lambda: b"\x1c\0\0\0ET12" + bytes(20), "is an ExecuTorch program"),
    "Keras": (lambda: b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
    "NumPy": (lambda: b"\x93NUMPY\x01\0", "is a NumPy array"),
    "npz": (arrays, "is an archive of NumPy arrays"),
    "gzip": (lambda: b"\x1f\x8b\x08\0", r"is compressed \(gzip\)\. Unpack it first"),
    "zip": (lambda: archive(**{"a/best.pt": b"PK"}), r"is a ZIP archive that holds a/best\.pt"),
    "document": (lambda: archive(**{"word/document.xml": b""}), "torch.save did not write"),
    "pickle": (lambda: b"\x80\x04}.", "perhaps a pickle of another kind"),
    "noise": (lambda: b"\x00\x01\x02" * 100, "not a checkpoint that torch.save wrote"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("suffix", [".pt", ".pth"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_file_is_stands_in_the_error(tmp_path: Path, kind: str, suffix: str) -> None:
    make, problem = KINDS[kind]
    path = tmp_path / f"best{suffix}"
    path.write_bytes(make())
    with pytest.raises(CheckpointError, match=problem):
        read_checkpoint(path)


def test_the_content_decides_between_the_two_formats(tmp_path: Path) -> None:
    tensors = {"weight": torch.arange(4.0)}
    save_file(tensors, tmp_path / "a.pt", {"class_names": "a"})
    torch.save(tensors, tmp_path / "b.safetensors")
    assert read_checkpoint(tmp_path / "a.pt").class_names == ("a",)
    for name in ("a.pt", "b.safetensors"):
        assert torch.equal(read_checkpoint(tmp_path / name).tensors["weight"], tensors["weight"])
    whole = save(tensors)
    (tmp_path / "c.pt").write_bytes(whole[:-1])
    with pytest.raises(CheckpointError, match=r"not a whole \.safetensors file"):
        read_checkpoint(tmp_path / "c.pt")


def test_an_archive_without_checksums_is_read(tmp_path: Path) -> None:
    torch.serialization.set_crc32_options(False)
    try:
        torch.save({"weight": torch.arange(4.0)}, tmp_path / "a.pt")
    finally:
        torch.serialization.set_crc32_options(True)
    found = read_checkpoint(tmp_path / "a.pt").tensors["weight"]
    assert torch.equal(found, torch.arange(4.0))


def test_a_changed_weight_is_noticed(tmp_path: Path) -> None:
    torch.save({"weight": torch.full((64,), 3.25)}, tmp_path / "a.pt")
    content = (tmp_path / "a.pt").read_bytes()
    good = torch.full((64,), 3.25).numpy().tobytes()
    assert good in content
    (tmp_path / "a.pt").write_bytes(content.replace(good, good[:-1] + b"\x41"))
    with pytest.raises(CheckpointError, match=r"is truncated or damaged \(Bad CRC-32"):
        read_checkpoint(tmp_path / "a.pt")


def test_an_archive_that_was_packed_again_is_read(tmp_path: Path) -> None:
    torch.save({"weight": torch.arange(4.0)}, tmp_path / "a.pt")
    with zipfile.ZipFile(tmp_path / "a.pt") as source:
        records = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(tmp_path / "b.pt", "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in records.items():
            target.writestr(name, content)
    found = read_checkpoint(tmp_path / "b.pt").tensors["weight"]
    assert torch.equal(found, torch.arange(4.0))
