"""Checkpoints as training leaves them: all that is data loads, and the weights are unchanged."""

import argparse
import collections
import datetime
import random
import sys
import types
import typing
from collections.abc import Callable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from sdvbench.models import load_model
from sdvbench.models.checkpoint import read_checkpoint
from sdvbench.models.digest import model_digest

Change = Callable[..., Path]
NUMPY_1 = (b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


@pytest.mark.parametrize(
    "name",
    [
        "best-array.pt",
        "best-posix.pt",
        "dataparallel-state.pth",
        "last-unstripped.pt",
        "yolov5n-v6.0.pt",
    ],
)
def test_files_as_users_have_them_hold_the_published_weights(
    shared_cases: Path, shared_data: Path, name: str
) -> None:
    published = load_model("yolov5n", shared_data / "weights/yolov5n.pt")
    model = load_model("yolov5n", shared_cases / "checkpoints" / name)
    assert model_digest(model) == model_digest(published)
    assert model.class_names == (None if "dataparallel" in name else published.class_names)


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))


def saved(content: object, path: Path, **options: Any) -> Path:
    torch.save(content, path, **options)
    return path


def weights_of(path: Path) -> dict[str, list[Any]]:
    return {name: t.tolist() for name, t in read_checkpoint(path).tensors.items()}


BESIDE = {
    "array": np.arange(6.0).reshape(2, 3),
    "scalar": np.float64(0.5),
    "integer": np.int64(3),
    "truth": np.bool_(True),
    "text": np.array(["car", "bus"]),
    "objects": np.array([{"a": 1}, None], dtype=object),
    "records": np.zeros(2, dtype=[("a", "f4"), ("b", "i2")]),
    "time": np.datetime64("2024-01-01"),
    "type": np.dtype("float32"),
    "class of a type": np.float32,
    "random": np.random.get_state(),
    "generator": np.random.default_rng(0),
    "legacy generator": np.random.RandomState(0),
    "Fortran's order": np.asfortranarray(np.ones((2, 3))),
    "empty": np.zeros((0, 4)),
    "big-endian": np.arange(3, dtype=">i4"),
    "options": argparse.Namespace(data="a.yaml", save_dir=Path("runs/train/exp")),
    "paths": [PurePosixPath("/a/b"), PureWindowsPath(r"C:\a\b"), Path("c")],
    "defaultdict": collections.defaultdict(list, a=[1], b=[2]),
    "counter": collections.Counter("abca"),
    "deque": collections.deque([1, 2], maxlen=3),
    "ordered": collections.OrderedDict(a=1),
    "namespace": types.SimpleNamespace(a=1),
    "dates": [datetime.datetime(2024, 1, 1), datetime.date(2024, 1, 1), datetime.timedelta(1)],
    "zone": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC),
    "sets": [{1, 2}, frozenset("ab"), {"a": {3}}],
    "keys": {frozenset("ab"): 1, ((1, 2), 3): 2, (frozenset("a"), 1): 3, (1, "a"): 4, None: 5},
    "types": [list[int], dict[str, list[int]], int | None, int | str | list[int], type(None)],
    "typing": [typing.Any, typing.List, typing.Optional[int], typing.Dict[str, typing.Any]],  # noqa: UP006, UP045
    "abstract types": [collections.abc.Mapping, typing.Callable[[int], str]],
    "numbers": [1 + 2j, 2**100, -(2**70), float("nan"), True, None, slice(1, 2), range(3)],
    "bytes": [b"\0\xff", bytearray(b"ab")],
    "random.getstate": random.getstate(),
    "random.Random": random.Random(0),
    "error": ValueError("a"),
    "torch": [torch.device("cpu"), torch.float16, torch.Size([1]), torch.get_rng_state()],
    "layout": [torch.strided, torch.sparse_coo],
    "class": nn.SiLU,
    "function": nn.functional.silu,
    "results": "   0/299   1.2G   0.1\n",
}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", BESIDE)
def test_what_training_leaves_beside_the_weights_does_no_harm(
    tmp_path: Path, kind: str, protocol: int
) -> None:
    own = network()
    content = {"model": own, kind: BESIDE[kind], "in a list": [BESIDE[kind]]}
    path = saved(content, tmp_path / "a.pt", pickle_protocol=protocol)
    assert weights_of(path) == {name: t.tolist() for name, t in own.state_dict().items()}


@pytest.mark.parametrize("kind", ["array", "scalar", "text", "objects", "time", "random"])
def test_numpy_1_wrote_other_names(tmp_path: Path, change_pickle: Change, kind: str) -> None:
    own = network()
    path = change_pickle(saved({"model": own, "x": BESIDE[kind]}, tmp_path / "a.pt"), NUMPY_1)
    assert weights_of(path).keys() == own.state_dict().keys()


@pytest.mark.parametrize(
    "name", ["pathlib\nWindowsPath", "pathlib._local\nPosixPath", "pathlib._local\nWindowsPath"]
)
def test_paths_of_other_systems_and_pythons_are_text(
    tmp_path: Path, change_pickle: Change, name: str
) -> None:
    path = saved({"model": network(), "opt": {"data": Path("a/b")}}, tmp_path / "a.pt")
    change_pickle(path, (b"pathlib\nPosixPath", name.encode()))
    assert weights_of(path)


def test_a_whole_training_checkpoint_loads_its_averaged_weights(tmp_path: Path) -> None:
    """As YOLOv5 writes last.pt, with the optimizer and both sets of weights in half precision."""
    last, averaged = network(), network()
    optimizer = torch.optim.SGD(last.parameters(), lr=0.1, momentum=0.9)
    sum(p.sum() for p in last.parameters()).backward()
    optimizer.step()
    averaged.names = {0: "a", 1: "b"}
    content = {
        "epoch": 3,
        "best_fitness": np.array([0.5]),
        "model": last.half(),
        "ema": averaged.half(),
        "updates": 100,
        "optimizer": optimizer.state_dict(),
        "scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 1).state_dict(),
        "opt": vars(BESIDE["options"]),  # type: ignore[call-overload]
        "git": {"remote": None},
        "date": "2024-01-01T00:00:00",
    }
    checkpoint = read_checkpoint(saved(content, tmp_path / "last.pt"))
    assert checkpoint.class_names == ("a", "b")
    for name, tensor in averaged.state_dict().items():
        assert torch.equal(
            checkpoint.tensors[name], tensor.float() if tensor.is_floating_point() else tensor
        )


def test_whole_optimizers_and_schedulers_do_no_harm(tmp_path: Path) -> None:
    own = network()
    optimizer = torch.optim.AdamW(own.parameters())
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    path = saved({"model": own, "optimizer": optimizer, "scheduler": scheduler}, tmp_path / "a.pt")
    assert weights_of(path).keys() == own.state_dict().keys()


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Callable[..., type]:
    """Makes a class of a package that is not installed."""

    def make(module: str, name: str, *bases: type) -> type:
        kind = type(name, bases, {"__module__": module})
        parts = module.split(".")
        for depth in range(1, len(parts) + 1):
            package = ".".join(parts[:depth])
            if package not in sys.modules:
                monkeypatch.setitem(sys.modules, package, types.ModuleType(package))
        monkeypatch.setattr(sys.modules[module], name, kind, raising=False)
        return kind

    return make


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize(
    ("module", "name", "base"),
    [
        ("easydict", "EasyDict", dict),
        ("omegaconf.dictconfig", "DictConfig", object),
        ("omegaconf.listconfig", "ListConfig", list),
        ("ultralytics.utils", "IterableSimpleNamespace", types.SimpleNamespace),
        ("utils.loss", "ComputeLoss", object),
        ("__main__", "Settings", object),
        ("somewhere.lists", "Frozen", frozenset),
        ("somewhere.times", "Clock", datetime.datetime),
    ],
)
def test_objects_of_any_other_package_do_no_harm(
    tmp_path: Path, elsewhere: Any, module: str, name: str, base: type, protocol: int
) -> None:
    kind = elsewhere(module, name, base)
    held = kind(2024, 1, 1) if base is datetime.datetime else kind()
    if hasattr(held, "__dict__"):
        held.nested = [network()]
    if isinstance(held, dict):
        held["a"] = 1
    if isinstance(held, list):
        held.append(1)
    own = network()
    content = {"config": held, "model": own, "again": held}
    path = saved(content, tmp_path / "a.pt", pickle_protocol=protocol)
    assert weights_of(path) == {name: t.tolist() for name, t in own.state_dict().items()}


@pytest.mark.parametrize("protocol", [2, 4])
def test_settings_of_omegaconf_are_read(tmp_path: Path, elsewhere: Any, protocol: int) -> None:
    """As its pickles are: what each value may be stands beside it."""
    kinds = {
        name: elsewhere(f"omegaconf.{module}", name, object)
        for module, name in (
            ("dictconfig", "DictConfig"),
            ("listconfig", "ListConfig"),
            ("nodes", "AnyNode"),
            ("base", "ContainerMetadata"),
        )
    }

    about = kinds["ContainerMetadata"]()
    about.ref_type, about.object_type, about.key_type = typing.Any, dict, typing.Dict[str, int]  # noqa: UP006

    def made(kind: str, **attributes: Any) -> Any:
        held = kinds[kind]()
        held.__dict__.update(attributes, _metadata=about)
        return held

    names = made("ListConfig", _content=[made("AnyNode", _val="car"), made("AnyNode", _val="bus")])
    settings = made("DictConfig", _content={"names": names, "classes": made("AnyNode", _val=2)})
    content = {"model": network(), "hyper_parameters": settings, "meta": settings}
    path = saved(content, tmp_path / "a.pt", pickle_protocol=protocol)
    assert weights_of(path).keys() == network().state_dict().keys()
    assert read_checkpoint(path).class_names == ("car", "bus")


@pytest.mark.parametrize("module", ["models.yolo", "ultralytics.nn.tasks", "__main__", "mine.nets"])
def test_networks_of_any_package_are_read(tmp_path: Path, elsewhere: Any, module: str) -> None:
    kind = elsewhere(module, "DetectionModel", nn.Sequential)
    own = kind(nn.Conv2d(1, 2, 1))
    own.names = ["a", "b"]
    own.forward = own.children  # a method, as a fused YOLOv5 keeps one
    checkpoint = read_checkpoint(saved({"model": own}, tmp_path / "a.pt"))
    assert checkpoint.tensors.keys() == own.state_dict().keys()
    assert checkpoint.class_names == ("a", "b")


@pytest.mark.parametrize("place", ["ema", "module", "model"])
def test_an_object_that_holds_the_network_is_looked_into(
    tmp_path: Path, elsewhere: Any, place: str
) -> None:
    holder = elsewhere("utils.torch_utils", "ModelEMA", object)()
    setattr(holder, place, network())
    path = saved({"ema": holder, "model": None}, tmp_path / "a.pt")
    assert weights_of(path).keys() == network().state_dict().keys()


def test_weights_may_be_arrays(tmp_path: Path) -> None:
    state = {name: tensor.numpy() for name, tensor in network().state_dict().items()}
    found = read_checkpoint(saved({"state_dict": state}, tmp_path / "a.pt")).tensors
    assert {n: t.tolist() for n, t in found.items()} == {n: a.tolist() for n, a in state.items()}


def test_what_a_module_keeps_out_of_its_state_dict_is_left_out(tmp_path: Path) -> None:
    own = network()
    own.register_buffer("grid", torch.ones(2), persistent=False)
    assert weights_of(saved(own, tmp_path / "a.pt")).keys() == own.state_dict().keys()


@pytest.mark.parametrize(
    "names",
    [
        ["car", "bus"],
        ("car", "bus"),
        {0: "car", 1: "bus"},
        {"0": "car", "1": "bus"},
        {1: "bus", 0: "car"},
        np.array(["car", "bus"]),
        collections.OrderedDict({0: "car", 1: "bus"}),
        collections.deque(["car", "bus"]),
    ],
)
@pytest.mark.parametrize("place", ["network", "beside", "meta", "DataParallel"])
def test_class_names_are_found_in_every_form(tmp_path: Path, names: Any, place: str) -> None:
    own = network()
    content: dict[str, Any] = {"model": own}
    if place == "network":
        own.names = names
    elif place == "beside":
        content = {"model": own.state_dict(), "names": names}
    elif place == "meta":
        content["meta"] = {"CLASSES": names}
    else:
        own.names = names
        content["model"] = nn.DataParallel(own)
    checkpoint = read_checkpoint(saved(content, tmp_path / "a.pt"))
    assert checkpoint.class_names == ("car", "bus")
    assert checkpoint.tensors.keys() == network().state_dict().keys()
