"""Readers by suffix, and how little listing them costs."""

import subprocess
import sys
from pathlib import Path

import pytest

from sdvbench.errors import NetworkFileError
from sdvbench.network_files import read_network_file
from tests.network_files.onnx_models import linear


def test_the_suffix_chooses_the_reader(written, archive: Path) -> None:
    assert read_network_file(archive).format == "pt2"
    assert read_network_file(str(written(linear(), "NET.ONNX"))).format == "onnx"


@pytest.mark.parametrize("name", ["net.pt", "net", ".onnx", "net.onnx.zip"])
def test_other_suffixes_are_refused(tmp_path: Path, name) -> None:
    with pytest.raises(NetworkFileError, match=r"ends in \.onnx, \.pt2"):
        read_network_file(tmp_path / name)


def test_importing_the_room_loads_no_framework() -> None:
    code = "import sys, sdvbench.network_files; assert not {'torch', 'onnx'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
