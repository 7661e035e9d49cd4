"""Engines from artifacts, by the workflow's name; what does not fit into memory is told as such."""

from pathlib import Path

from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.base import Engine, EngineSpec
from sdvbench.workflows.out_of_memory import out_of_memory_told


def load_engine(workflow: str, folder: Path, spec: EngineSpec) -> Engine:
    """The engine in an artifact's ``folder``.

    Raises BuildError where it does not load, OutOfMemory where that is for want of memory.
    """
    with out_of_memory_told(spec):
        engine: Engine = WORKFLOWS[workflow]().load(folder, spec)
        return engine
