"""Archives that would run code, fill memory or reach files if torch loaded them as they are."""

import io
import json
import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from sdvbench.errors import NetworkFileError
from sdvbench.network_files.pt2_file import load_pt2, read_pt2
from tests.network_files.pt2_archives import (
    CONSTANTS,
    PROGRAM,
    WEIGHTS,
    changed,
    packed,
    records,
)


class Marker:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def marker(tmp_path: Path):
    """What a payload would make; that it did not is checked at the end."""
    path = tmp_path / "marker"
    yield path
    assert not path.exists()


def saved(value) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream)
    return stream.getvalue()


def refuses(path: Path, told: str) -> None:
    with pytest.raises(NetworkFileError, match=told):
        load_pt2(read_pt2(path))


def test_sample_inputs_are_not_unpickled(archive, written, marker) -> None:
    payload = saved(Marker(marker))
    torch.load(io.BytesIO(payload), weights_only=False)
    marker.rmdir()  # which shows that it works
    content = records(archive) | {"data/sample_inputs/model.pt": payload}
    load_pt2(read_pt2(written(packed(content), "net.pt2")))


@pytest.mark.parametrize(("record", "name"), [(WEIGHTS, "weight_0"), (CONSTANTS, "tensor_0")])
def test_pickled_tensors_are_refused(archive, written, marker, record, name) -> None:
    def change(config):
        for meta in config["config"].values():
            meta["use_pickle"] = meta["path_name"] == name

    content = records(archive)
    config = json.loads(content[record])
    change(config)
    folder = record.rpartition("/")[0]
    content |= {record: json.dumps(config).encode(), f"{folder}/{name}": saved(Marker(marker))}
    refuses(written(packed(content), "net.pt2"), "is pickled")


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ("data/constants/custom_obj_0", "class of its own"),
        ("data/constants/opaque_obj_0", "class of its own"),
        ("data/weights/model.pt", "is pickled"),
        ("data/constants/model.pt", "is pickled"),
        ("data/aotinductor/model/wrapper.cpp", "compiled code"),
        ("data/aotinductor/model/weights_config.json", "compiled code"),
        ("extra/kernel.so", "compiled code"),
        ("constants.pkl", "TorchScript"),
        ("data.pkl", "checkpoint"),
        ("serialized_exported_program.json", r"torch 2\.7"),
        ("models/other.json", "2 programs"),
        ("../../outside", "a record is called"),
        ("a\\..\\b", "a record is called"),
    ],
)
def test_records_that_no_program_has_are_refused(archive, written, marker, record, told) -> None:
    content = records(archive) | {record: pickle.dumps(Marker(marker))}
    refuses(written(packed(content), "net.pt2"), told)


@pytest.mark.parametrize(
    "target",
    [
        "torch.ops.evil.op.default",
        "torch.os.mkdir",
        "torch.load",
        "torch.ops.load_library",
        "torch.ops.aten.save.default",  # writes a pickle
        "torch.ops.aten.from_file.default",
        "torch.ops.aten.add.__call__",
        "torch.ops.aten.nothing.default",
        "torch.ops.higher_order.triton_kernel_wrapper_mutation",
        "_operator.call",
        "math.factorial",
        "#custom:op",
    ],
)
def test_operators_that_are_not_torch_s_own_are_refused(archive, written, target) -> None:
    def change(program):
        program["graph_module"]["graph"]["nodes"][0]["target"] = target

    path = written(changed(archive, PROGRAM, change), "net.pt2")
    refuses(path, "node 'conv2d': needs the operator .* code that sdvbench does not load")


def test_operators_inside_of_branches_are_refused(archive, written) -> None:
    path = written(
        packed(
            {
                name: data.replace(b"torch.ops.aten.mul.Tensor", b"torch.ops.evil.mul.Tensor")
                for name, data in records(archive).items()
            }
        ),
        "net.pt2",
    )
    refuses(path, "torch.ops.evil.mul.Tensor")


def _node_name(program, code):
    program["graph_module"]["graph"]["nodes"][0]["name"] = f"a = {code}; b"


def _tensor_name(program, code):
    graph = program["graph_module"]["graph"]
    graph["tensor_values"][f"a; {code}"] = graph["tensor_values"]["conv2d"]


def _weight_name(program, code):
    spec = program["graph_module"]["signature"]["input_specs"][0]
    next(iter(spec.values()))["parameter_name"] = f'a", {code}, "'


def _size(program, code):
    sizes = program["graph_module"]["graph"]["tensor_values"]["conv2d"]["sizes"]
    sizes[0]["as_expr"]["expr_str"] = code


def _condition(program, code):
    program["guards_code"].append(code)


def _input_text(program, code):
    """torch compares such an input with its text, which it puts between quotes as it is."""
    program["graph_module"]["graph"]["inputs"][-1] = {"as_string": f"' + {code} + '"}


def _call(program, code):  # what is not read cannot harm, and what is read has to be arithmetic
    program["graph_module"]["module_call_graph"][0]["signature"]["forward_arg_names"] = [code]


def _unknown(program, code):
    program["graph_module"]["graph"]["nodes"][0]["hook"] = code


CHANGES = (_node_name, _tensor_name, _weight_name, _size, _condition, _unknown)


@pytest.mark.parametrize("change", CHANGES)
def test_code_in_the_place_of_a_text_is_refused(archive, written, marker, change) -> None:
    code = f"__import__('os').mkdir({str(marker)!r})"
    content = changed(archive, PROGRAM, lambda program: change(program, code))
    path = written(content, "net.pt2")
    with pytest.raises(NetworkFileError):
        load_pt2(read_pt2(path)).module()


def test_an_input_that_is_a_text_is_refused(archive, written) -> None:
    content = changed(archive, PROGRAM, lambda program: _input_text(program, "exit()"))
    refuses(written(content, "net.pt2"), "takes something that is no tensor")


def test_how_the_program_says_it_is_called_is_not_used(archive, written, marker) -> None:
    code = f"__import__('os').mkdir({str(marker)!r})"
    path = written(changed(archive, PROGRAM, lambda program: _call(program, code)), "net.pt2")
    load_pt2(read_pt2(path)).module()


@pytest.mark.parametrize(
    "power", ["9**9**9**9", "Pow(Integer(9), Integer(99))", "Pow(Pow(9, 8), 8)", "-" * 9999 + "1"]
)
def test_numbers_that_take_for_ever_are_refused(archive, written, power) -> None:
    path = written(changed(archive, PROGRAM, lambda program: _size(program, power)), "net.pt2")
    refuses(path, "cannot be a text")


def _schema(program):
    program["schema_version"]["major"] = 9


def _range(program):
    program["range_constraints"]["u99999999999"] = {"min_val": 0, "max_val": 1}


def _object(program):
    program["graph_module"]["graph"]["nodes"][0]["inputs"][0]["arg"] = {
        "as_custom_obj": {"name": "a", "class_fqn": "b"}
    }


def _number_input(program):
    signature = program["graph_module"]["signature"]
    signature["input_specs"].append({"constant_input": {"name": "flag", "value": {"as_int": 3}}})


def _none_output(program):
    signature = program["graph_module"]["signature"]
    signature["output_specs"].append({"user_output": {"arg": {"as_none": True}}})


def _bfloat16(program):
    program["graph_module"]["graph"]["tensor_values"]["images"]["dtype"] = 13


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_schema, "schema version 9"),
        (_range, "a range is of something"),
        (_object, "class of its own"),
        (_number_input, "input 'flag': is no tensor"),
        (_none_output, "output that is no tensor"),
        (_bfloat16, "'images': has the type bfloat16"),
        (lambda program: program.clear(), "is damaged"),
        (lambda program: program["graph_module"].clear(), "is damaged"),
    ],
)
def test_programs_that_cannot_be_run_are_refused(archive, written, change, told) -> None:
    refuses(written(changed(archive, PROGRAM, change), "net.pt2"), told)


def _meta(**fields):
    def change(config):
        next(iter(config["config"].values()))["tensor_meta"].update(fields)

    return change


def _sizes(*sizes):
    return [{"as_int": size} for size in sizes]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_meta(sizes=_sizes(99, 3, 3, 3)), "does not fit the 432 bytes"),
        (_meta(storage_offset={"as_int": 1}), "does not fit"),
        (_meta(strides=_sizes(0, 0, 0, 0), sizes=_sizes(2**30, 8, 8, 8)), "far larger"),
        (_meta(strides=[{"as_int": -1}] * 4), "no number"),
        (_meta(sizes=[{"as_int": "4"}] * 4), "no number"),
        (_meta(dtype=99), "is damaged"),
        (_meta(dtype=11), "does not fit"),
        (_meta(layout=1), "no ordinary tensor"),
        (_meta(device={"type": "a'b", "index": None}), "device"),
        (lambda config: config["config"].popitem()[1] and config.clear(), "is damaged"),
    ],
)
def test_weights_that_do_not_fit_are_refused(archive, written, change, told) -> None:
    refuses(written(changed(archive, WEIGHTS, change), "net.pt2"), told)


def test_an_empty_record_holds_no_huge_tensor(archive, written) -> None:
    content = records(archive) | {"data/weights/weight_0": b""}  # torch would fill it with zeros
    refuses(written(packed(content), "net.pt2"), "does not fit the 0 bytes")


def test_archives_that_claim_more_than_they_have_are_refused(archive, written) -> None:
    content = records(archive) | {"extra/bomb": bytes(10**7)}
    path = written(packed(content, zipfile.ZIP_DEFLATED), "net.pt2")
    refuses(path, "compressed, which torch never does")


def test_json_that_would_grow_in_memory_is_refused(archive, written, monkeypatch) -> None:
    monkeypatch.setattr("sdvbench.network_files.pt2_archive.MOST_JSON_PARTS", 100)
    refuses(archive, "more than 100 parts")
    monkeypatch.setattr("sdvbench.network_files.pt2_archive.MOST_JSON_BYTES", 100)
    refuses(archive, "too large")


def test_two_records_of_one_name_are_refused(archive, written) -> None:
    content = packed(records(archive) | {"models/modeX.json": b"{}"})
    path = written(content.replace(b"models/modeX.json", b"models/model.json"), "net.pt2")
    refuses(path, "two records have one name")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 and no more", "no archive of torch.export"),
        (packed({"a": b"b"}), "no archive of torch.export"),
        (packed({"archive_format": b"pt2", "archive_version": b"7"}), "archive version '7'"),
        (packed({"archive_format": b"pt2", "byteorder": b"big"}), "byte order 'big'"),
        (packed({"archive_format": b"pt2"}), "0 programs"),
    ],
)
def test_files_that_are_no_such_archive_are_refused(written, content, told) -> None:
    refuses(written(content, "net.pt2"), told)


def test_an_archive_that_was_cut_off_is_refused(archive, written) -> None:
    refuses(written(archive.read_bytes()[:-100], "net.pt2"), "was cut off")
