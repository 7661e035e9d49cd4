"""What a file is that was given as a checkpoint and is none, told by its first bytes."""

import zipfile
from pathlib import Path

HEAD_BYTES = 4096
EXPORTED = "Pass the checkpoint that it was exported from, such as best.pt"
AGAIN = "Download or copy it again"

# (first bytes, what that is, what to do)
MAGIC = (
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself", "Run git lfs pull"),
    (b"\x89HDF", "an HDF5 file, such as Keras writes", "Pass a checkpoint of PyTorch"),
    (b"\x93NUMPY", "a NumPy array", "Pass a checkpoint of PyTorch"),
    (b"GGUF", "a GGUF file", "Pass a checkpoint of PyTorch"),
    (b"\x1f\x8b", "compressed (gzip)", "Unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)", "Unpack it first"),
    (b"\xfd7zXZ", "compressed (xz)", "Unpack it first"),
    (b"BZh", "compressed (bzip2)", "Unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it first"),
    (b"Rar!", "a RAR archive", "Unpack it first"),
    (b"%PDF", "a PDF document", AGAIN),
)


def kind_of(path: Path) -> tuple[str, str] | None:
    """(what ``path`` is, what to do) where that is known and no checkpoint."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        return "empty: its download or copy was truncated", AGAIN
    for magic, what, remedy in MAGIC:
        if head.startswith(magic):
            return what, remedy
    if head.startswith(b"PK"):
        return _kind_of_archive(path)
    return _kind_of_text(head) or _kind_of_export(head)


def _kind_of_text(head: bytes) -> tuple[str, str] | None:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<!--")):
        return "a web page (HTML): the download went to a page instead of the file", AGAIN
    if text.startswith(b"<?xml") or text.startswith(b"<error"):
        return "XML, such as a server's error message or an OpenVINO model", AGAIN
    if text.startswith((b'{"', b"{\n", b"{\r", b"{ ", b"[{")) or text == b"{}":
        return "JSON, such as a server's error message", AGAIN
    return None


def _kind_of_export(head: bytes) -> tuple[str, str] | None:
    # TensorRT's plans begin with ftrt or vtrt; ultralytics writes JSON with its length before them.
    if head[1:4] == b"trt" or (head[4:5] == b"{" and b'"stride"' in head and b"\0" in head[:4]):
        return "a TensorRT engine", EXPORTED
    if head[4:8] == b"TFL3":
        return "a TensorFlow Lite model", EXPORTED
    if head[4:6] == b"ET" and head[6:8].isdigit():
        return "an ExecuTorch program", EXPORTED
    if head[257:262] == b"ustar":
        return "a tar archive; torch before 0.4 wrote such files", "Save it with a current torch"
    # An ONNX model begins with field 1 (its version, a small number) and goes on with field 2 or 7.
    if head[0] == 0x08 and head[1:2] < b"\x20" and head[2:3] in (b"\x12", b"\x3a", b"\x22"):
        return "an ONNX model", EXPORTED
    return None


def _kind_of_archive(path: Path) -> tuple[str, str] | None:
    """None for an archive of torch.save, and for one that cannot be listed."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except Exception:  # by where the damage is
        return None
    records = {name.split("/", 1)[-1] for name in names}
    if "constants.pkl" in records:
        return "a TorchScript archive (torch.jit.save)", EXPORTED
    if "data.pkl" in records:
        return None
    if "archive_format" in records or any(name.startswith("models/") for name in records):
        return "an exported program (torch.export)", EXPORTED
    if any(name.startswith(".data/") for name in records):
        return "a package of torch.package", "Pass a state dict that torch.save wrote"
    inside = [name for name in names if name.endswith((".pt", ".pth", ".safetensors"))]
    if inside:
        return f"a ZIP archive that holds {inside[0]}", "Unpack it first"
    if any(name.endswith(".npy") for name in names):
        return "an archive of NumPy arrays (.npz)", "Pass a checkpoint of PyTorch"
    first = ", ".join(names[:3]) or "nothing"
    return f"a ZIP archive that torch.save did not write; it holds {first}", AGAIN


def is_safetensors(path: Path) -> bool:
    """Whether ``path`` begins as .safetensors files do: a header's length, and JSON."""
    with path.open("rb") as stream:
        head = stream.read(10)
    length = int.from_bytes(head[:8], "little")
    return head[8:9] == b"{" and 1 < length < path.stat().st_size
