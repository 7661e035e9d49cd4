"""Files that hold a whole network, by their suffix; none of them is trusted, or run.

Importing this package loads neither onnx nor torch.
"""

from pathlib import Path

from sdvbench.errors import NetworkFileError
from sdvbench.network_files.base import NetworkFile
from sdvbench.registry import Registry

__all__ = ["NETWORK_FILES", "NetworkFile", "read_network_file"]

NETWORK_FILES = Registry(
    "network file",
    "sdvbench.network_files",
    {
        "onnx": "sdvbench.network_files.onnx_file:read_onnx",
        "pt2": "sdvbench.network_files.pt2_file:read_pt2",
    },
)


def read_network_file(path: str | Path) -> NetworkFile:
    """What the file at ``path`` holds, by its suffix. Raises NetworkFileError."""
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix not in NETWORK_FILES:
        known = ", ".join(f".{name}" for name in NETWORK_FILES)
        problem = f"has the suffix {suffix!r}, which no reader is known for"
        raise NetworkFileError(path, problem, f"Pass a file that ends in {known}")
    found: NetworkFile = NETWORK_FILES[suffix](path)
    return found
