"""Engines as they are named to another process: an artifact, and how to load it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Self

import numpy as np

from sdvbench.measurement import fresh_process
from sdvbench.tensors import Array, Calls, load_calls, save_calls
from sdvbench.workflows.base import Engine, EngineSpec, Outputs
from sdvbench.workflows.loading import load_engine

UNIT = np.linspace(0, 1, 4096, dtype=np.float32)
RESULT = np.empty_like(UNIT)


def work(until: float) -> None:
    """Arithmetic on one core, some microseconds at a time, until ``perf_counter()`` is there."""
    while perf_counter() < until:
        np.exp(UNIT, out=RESULT)


@dataclass(frozen=True)
class Arm:
    """workflow: its name. artifact: the folder of an artifact in a store.
    slow_down: as in ``Slowed``; 0 is the engine as it is.
    """

    workflow: str
    artifact: Path
    spec: EngineSpec
    slow_down: float = 0.0

    def load(self) -> Engine:
        """A new engine; equal arms give engines that share nothing."""
        engine = load_engine(self.workflow, self.artifact, self.spec)
        return Slowed(engine, self.slow_down) if self.slow_down else engine

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"artifact": str(self.artifact)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        spec = EngineSpec.from_dict(content["spec"])
        return cls(**{**content, "artifact": Path(content["artifact"]), "spec": spec})


def ask_fresh_process(
    place: str, arms: Sequence[Arm], images: Sequence[Calls], title: str, **request: Any
) -> Any:
    """What the function at ``place`` says in a process of its own; see ``fresh_process``.

    images: what to call them with, one for all arms, or one an arm. The function takes both from
        its request by ``arms_and_images``.
    """
    with TemporaryDirectory() as folder:
        files = [Path(folder) / f"{index}.npz" for index in range(len(images))]
        for file, calls in zip(files, images, strict=True):
            save_calls(file, calls)
        request |= {"arms": [arm.as_dict() for arm in arms], "images": list(map(str, files))}
        return fresh_process.in_fresh_process(place, request, title)


def arms_and_images(request: Mapping[str, Any]) -> tuple[list[Arm], list[Calls]]:
    """The other end of ``ask_fresh_process``."""
    files = map(Path, request["images"])
    return [Arm.from_dict(arm) for arm in request["arms"]], list(map(load_calls, files))


class Slowed(Engine):
    """An engine that computes on after each call, for ``share`` of that call's time: 0.05 makes it
    5 % slower than it is, exactly, whatever else slows it.

    A fixed amount of work would not: how it compares with a call differs by some percent from one
    loading of the engine to the next, and neighbours slow an engine down more than arithmetic.
    """

    def __init__(self, engine: Engine, share: float) -> None:
        super().__init__(engine.spec)
        self._engine, self._share = engine, share

    def run(self, *inputs: Array) -> Outputs:
        start = perf_counter()
        outputs = self._engine.run(*inputs)
        end = perf_counter()
        work(end + self._share * (end - start))
        return outputs

    def close(self) -> None:
        self._engine.close()
