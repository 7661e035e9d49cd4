"""Networks in archives of torch.export: what they take and give, and what loading them does."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.errors import NetworkFileError
from sdvbench.network_files.pt2_file import load_pt2, read_pt2
from sdvbench.tensors import TensorSpec
from tests.json_mutations import mutated
from tests.network_files.pt2_archives import CONSTANTS, PROGRAM, WEIGHTS, Net, packed, records


def test_inputs_and_outputs_are_those_of_the_user(archive: Path) -> None:
    found = read_pt2(archive)
    images = TensorSpec("images", ("batch", 3, "height", "width"))
    assert found.inputs == (images, TensorSpec("scores", ("batch", 5)))
    cells, scores = found.outputs
    assert cells.shape[:2] == ("batch", 4)
    assert "((height + -1)//2 + 1)*" in cells.shape[2]
    assert scores.shape == ("batch", 5)
    assert (found.path, found.format) == (archive, "pt2")
    assert found.digest == hashlib.sha256(archive.read_bytes()).hexdigest()


def test_what_is_loaded_computes_what_was_exported(archive: Path) -> None:
    torch.manual_seed(0)
    module = Net().eval()
    images, scores = torch.rand(4, 3, 24, 40), torch.rand(4, 5)
    expected = module(images, scores=scores)
    found = load_pt2(read_pt2(archive)).module()(images, scores)
    assert torch.equal(found[0], expected["cells"])
    assert torch.equal(found[1], expected["scores"])


def test_conditions_of_the_program_hold_after_loading(archive: Path) -> None:
    module = load_pt2(read_pt2(archive)).module()
    with pytest.raises(AssertionError, match=r"Guard failed.* % 2"):
        module(torch.zeros(3, 3, 24, 40), torch.zeros(3, 5))
    with pytest.raises(AssertionError, match=r"Guard failed.*scores"):
        module(torch.zeros(4, 3, 24, 40), torch.zeros(4, 6))


def test_a_file_that_has_changed_since_is_not_loaded(archive: Path, written) -> None:
    path = written(archive.read_bytes(), "net.pt2")
    found = read_pt2(path)
    path.write_bytes(packed(records(archive)))
    with pytest.raises(NetworkFileError, match="changed since"):
        load_pt2(found)


def test_what_torch_cannot_rebuild_is_told(archive: Path, written) -> None:
    content = records(archive)
    program = json.loads(content[PROGRAM])
    program["graph_module"]["graph"]["nodes"].pop(0)
    path = written(packed(content | {PROGRAM: json.dumps(program).encode()}), "net.pt2")
    with pytest.raises(NetworkFileError, match="cannot be rebuilt by torch"):
        load_pt2(read_pt2(path))


@given(data=st.data())
@settings(max_examples=300)
def test_damaged_bytes_are_an_error_or_leave_the_network(tmp_path_factory, archive, data) -> None:
    valid = read_pt2(archive)
    content = bytearray(packed(records(archive) | {"data/sample_inputs/model.pt": b""}))
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=3)):
        content[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("damaged") / "net.pt2"
    path.write_bytes(content[: data.draw(st.just(len(content)) | st.integers(0, len(content)))])
    try:
        found = read_pt2(path)
    except NetworkFileError:
        return
    assert (found.inputs, found.outputs) == (valid.inputs, valid.outputs)


@pytest.mark.parametrize("record", [PROGRAM, WEIGHTS, CONSTANTS])
def test_damaged_json_is_an_error_or_loads(tmp_path_factory, archive, record) -> None:
    content = records(archive)

    @given(changed=mutated(json.loads(content[record])))
    @settings(max_examples=100)
    def check(changed: bytes) -> None:
        path = tmp_path_factory.mktemp("damaged") / "net.pt2"
        path.write_bytes(packed(content | {record: changed}))
        try:
            found = read_pt2(path)
            load_pt2(found)
        except NetworkFileError:
            return
        for spec in (*found.inputs, *found.outputs):
            np.dtype(spec.dtype)
            assert all(isinstance(size, str) or size >= 0 for size in spec.shape)

    check()
