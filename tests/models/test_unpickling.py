"""Files that try to run something, or to take all memory or time."""

import collections
import functools
import importlib
import io
import marshal
import operator
import os
import pickle
import runpy
import shutil
import subprocess
import timeit
import types
import typing
import webbrowser
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from sdvbench.errors import CheckpointError
from sdvbench.models.checkpoint import read_checkpoint
from sdvbench.models.unpickling import Unpickler

WEIGHT = torch.arange(4.0)
NOT_RUN = r"nothing in the file was run\. Do not trust this file"


class Payload:
    """Unpickled by pickle, it calls ``function`` with ``arguments``."""

    def __init__(self, function: Any, *arguments: object, state: object = None) -> None:
        self.call = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self) -> Any:
        return self.call


FORBIDDEN = [
    os.system,
    os.popen,
    os.remove,
    eval,
    exec,
    compile,
    open,
    getattr,
    setattr,
    __import__,
    print,
    subprocess.Popen,
    subprocess.check_output,
    runpy.run_path,
    operator.attrgetter,
    operator.methodcaller,
    importlib.import_module,
    pickle.loads,
    marshal.loads,
    shutil.rmtree,
    timeit.timeit,
    webbrowser.open,
    np.load,
    np.fromfile,
    torch.load,
    torch.hub.load,
    torch.jit.load,
    torch.hub.load_state_dict_from_url,
]


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("function", FORBIDDEN, ids=lambda f: f"{f.__module__}.{f.__qualname__}")
def test_what_would_run_is_refused_by_its_name(
    tmp_path: Path, function: Callable[..., object], protocol: int
) -> None:
    content = {"weight": WEIGHT, "x": [{"deep": Payload(function, "1", "2")}]}
    torch.save(content, tmp_path / "bad.pt", pickle_protocol=protocol)
    name = rf"global '[\w.]*\b{function.__name__}'"
    with pytest.raises(CheckpointError, match=f"{name}.*{NOT_RUN}"):
        read_checkpoint(tmp_path / "bad.pt")


HIDDEN = {
    "in a partial": functools.partial(os.system, "true"),
    "as a factory": collections.defaultdict(os.getcwd),
    "only mentioned": {"x": os.system},
    "as an argument": Payload(nn.Linear, Payload(os.system, "true")),
    "in attributes": Payload(types.SimpleNamespace, state={"a": Payload(os.system, "true")}),
    "by getattr": Payload(getattr, Payload(importlib.import_module, "os"), "system"),
    "a method": Payload(getattr, nn.Linear, "__init__"),
    "an item of what was made": Payload(operator.getitem, Payload(nn.Linear, 1, 1), "a"),
    "an item of a class": Payload(operator.getitem, nn.Linear, "a"),
    "a reduction": Payload(functools.reduce, os.system, ["true"]),
    "a reduction of objects": Payload(functools.reduce, operator.or_, [Payload(nn.Linear, 1), 1]),
    "a call of or": Payload(operator.or_, nn.Linear, nn.Linear),
    "a function of typing": Payload(typing.get_type_hints, nn.Linear),
    "in an array's state": Payload(
        np.ndarray, state=(1, (1,), np.dtype("O"), False, [Payload(os.system, "true")])
    ),
    "in an array of objects": np.array([Payload(os.system, "true")], dtype=object),
}


@pytest.mark.parametrize("place", HIDDEN)
def test_a_name_inside_of_something_harmless_is_found(tmp_path: Path, place: str) -> None:
    torch.save({"weight": WEIGHT, "x": HIDDEN[place]}, tmp_path / "bad.pt")
    with pytest.raises(CheckpointError, match=f"Python global '.*{NOT_RUN}"):
        read_checkpoint(tmp_path / "bad.pt")


@pytest.mark.parametrize(
    "name",
    [
        "torch.nn.modules.linear\nmath.os.system",
        "torch.serialization\nos.system",
        "pathlib\nPath.unlink",
        "collections\nabc.sys.modules",
        "some.package\nrun",
        "ultralytics.utils.downloads\nsafe_download",
        "__builtin__\neval",
        "nt\nsystem",
        "commands\ngetoutput",
        "dill._dill\n_load_type",
    ],
)
def test_names_that_lead_to_other_modules_are_refused(tmp_path: Path, name: str) -> None:
    module, attribute = name.encode().split(b"\n")
    short = b"\x80\x02c" + module + b"\n" + attribute + b"\nX\x01\0\0\0a\x85R."
    stacked = b"\x80\x04" + b"".join(
        b"X" + len(text).to_bytes(4, "little") + text for text in (module, attribute)
    )
    stacked += b"\x93X\x01\0\0\0a\x85R."
    for pickled in (short, stacked):
        with pytest.raises(CheckpointError, match=f"Python global '.*{NOT_RUN}"):
            read_checkpoint(archive(tmp_path / "bad.pt", pickled))


def archive(path: Path, pickled: bytes, **records: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as target:
        for name, content in {"data.pkl": pickled, **records}.items():
            target.writestr(f"a/{name}", content)
    return path


def test_setstate_sets_attributes_of_nothing_real() -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return nn.Linear, (), (None, {"forward": 1, "__init__": 2, "__class__": 3})

    held = Unpickler(io.BytesIO(pickle.dumps(Evil(), 2)), lambda _: None).load()
    assert held.attributes == {"forward": 1, "__init__": 2, "__class__": 3}
    assert nn.Linear.forward != 1
    build_on_a_function = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}b."
    with pytest.raises(pickle.UnpicklingError, match="attributes are set on something"):
        Unpickler(io.BytesIO(build_on_a_function), lambda _: None).load()


@pytest.mark.parametrize("made", [b"(\x8c\x01a\x91", b"(\x8c\x01aimine\nKind\n"])
def test_what_is_made_from_a_mark_on_stays_where_it_belongs(made: bytes) -> None:
    found = Unpickler(io.BytesIO(b"\x80\x04](K\x01" + made + b"K\x02e."), lambda _: None).load()
    assert (found[0], found[2]) == (1, 2)


def text(content: str) -> bytes:
    return b"X" + len(content).to_bytes(4, "little") + content.encode()


TENSOR = b"ctorch._utils\n_rebuild_tensor_v2\n(%s(K\x00%s%s\x89NtR"
STORAGE = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + b"K\x04tQ"


@pytest.mark.parametrize(
    ("pickled", "problem"),
    [
        (b"\x80\x05\x96" + b"\xff" * 7 + b"\x7f.", "damaged"),
        (b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f.", "damaged"),
        (b"\x80\x02X\xff\xff\xff\xffa.", "damaged"),
        (b"\x80\x02]r\xff\xff\xff\x7f.", "holds no tensors"),
        (b"\x80\x04\x95" + b"\xff" * 7 + b"\x7f].", "holds no tensors"),
        (b"\x80\x02}(" + b")" + b"\x85" * 200_000 + b"K\x01u.", "holds no tensors"),
        (b"\x80\x02" + b"(" * 10_000 + b".", "damaged"),
        (b"\x80\x02\x82\x01.", r"global 'copyreg\.add_extension'"),
        (b"\x80\x02K\x01K\x02\x85R.", "called that has no name"),
        (b"", "damaged"),
    ],
)
def test_claims_of_size_and_depth_cost_nothing(
    tmp_path: Path, pickled: bytes, problem: str
) -> None:
    with pytest.raises(CheckpointError, match=problem):
        read_checkpoint(archive(tmp_path / "bad.pt", pickled))


@pytest.mark.parametrize(
    "shape",
    ["1000000,1000000", "5,", "-1,", "4,4"],
)
@pytest.mark.parametrize("stride", ["1,", "0,", "0,0", "1,1", "1000000000000,1"])
def test_a_tensor_cannot_reach_out_of_its_storage(tmp_path: Path, shape: str, stride: str) -> None:
    def numbers(values: str) -> bytes:
        return b"(" + b"".join(f"I{n}\n".encode() for n in values.split(",") if n) + b"t"

    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + STORAGE + b"K\0"
    tensor += numbers(shape) + numbers(stride) + b"\x89NtR"
    pickled = b"\x80\x02}" + text("a") + tensor + b"s."
    path = archive(tmp_path / "bad.pt", pickled, **{"data/0": bytes(16)})
    with pytest.raises(CheckpointError, match=r"damaged|claims more numbers"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            b"K\x03\x85",
            b"J\xff\xff\xff\x7f\x85",
            "has 24 bytes",
        ),  # three numbers become two thousand million
        (b"X\x02\0\0\0f8", b"X\x02\0\0\0V8", None),
        (b"X\x02\0\0\0f8", b"X\x0a\0\0\0S999999999", "has 24 bytes"),
        (b"X\x02\0\0\0f8", b"X\x05\0\0\0f8,f8", None),
    ],
)
def test_arrays_claim_no_more_than_their_bytes(
    tmp_path: Path, change_pickle: Callable[..., Path], old: bytes, new: bytes, problem: str | None
) -> None:
    path = tmp_path / "a.pt"
    torch.save({"weight": WEIGHT, "x": np.arange(3.0)}, path)
    change_pickle(path, (old, new))
    if problem is None:
        assert read_checkpoint(path).tensors.keys() == {"weight"}
    else:
        with pytest.raises(CheckpointError, match=problem):
            read_checkpoint(path)


@pytest.mark.parametrize("names", ["ab", ["", "."]], ids=["apart", "alike"])
def test_modules_that_hold_one_another_many_times_are_refused(
    tmp_path: Path, names: Iterable[str]
) -> None:
    held: nn.Module = nn.Linear(1, 1)
    for _ in range(40):
        both = nn.Module()
        both.__dict__["_modules"] = dict.fromkeys(names, held)
        held = both
    torch.save(held, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="contains itself"):
        read_checkpoint(tmp_path / "a.pt")


def test_one_thing_in_many_places_is_looked_into_once(tmp_path: Path) -> None:
    held: dict[str, object] = {}
    held.update({f"ema_{number}": held for number in range(1000)})
    torch.save(held, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="holds no tensors"):
        read_checkpoint(tmp_path / "a.pt")
    held["weight"] = WEIGHT
    torch.save(held, tmp_path / "a.pt")
    assert read_checkpoint(tmp_path / "a.pt").tensors.keys() == {"weight"}


def test_an_archive_that_would_unpack_to_far_more_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("a/data.pkl", bytes(10_000_000))
    with pytest.raises(CheckpointError, match="claims more content"):
        read_checkpoint(path)
