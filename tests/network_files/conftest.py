"""Fixtures of the tests of network files."""

from pathlib import Path

import onnx
import pytest

from tests.network_files.pt2_archives import exported


@pytest.fixture
def written(tmp_path: Path):
    """Writes a model, or bytes, as a file, and gives its path."""

    def write(model: onnx.ModelProto | bytes, name: str = "net.onnx") -> Path:
        content = model if isinstance(model, bytes) else model.SerializeToString()
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that torch.export.save wrote; not to be changed."""
    path = tmp_path_factory.mktemp("exported") / "net.pt2"
    exported(path)
    return path
