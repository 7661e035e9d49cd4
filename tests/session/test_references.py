"""What engines of a run are held against, whatever options the run gives them."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sdvbench.cells import Cell
from sdvbench.session import streaming, suite
from sdvbench.session.driving import Driver
from sdvbench.session.settings import Settings
from sdvbench.session.streaming import Streams
from sdvbench.session.suite import Suite

OWN, OTHER = (Cell("pilotnet", "orig", name, "fp32") for name in ("Wd", "W1"))
OPTIONS = [((), True), (("Wd.compile=true",), False), (("W1.threads=1",), True)]


@pytest.fixture(autouse=True)
def _engines_are_their_options(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(workflow: str, folder: Path, spec: Any) -> Any:
        return nullcontext(f"{workflow} {dict(spec.options)}")

    monkeypatch.setattr(suite, "load_engine", load)
    monkeypatch.setattr(Suite, "artifact", lambda *what: SimpleNamespace(folder=Path()))


@pytest.mark.parametrize(("option", "shared"), OPTIONS)
def test_options_of_the_run_are_none_of_the_reference_s(
    option: tuple[str, ...], shared: bool
) -> None:
    run = Suite(Settings(model=("pilotnet",), option=option))
    with run.reference_engine(run.reference_cell(OTHER)) as engine:
        assert engine == "Wd {}"
    assert run.is_reference(OWN) == shared
    assert not run.is_reference(OTHER)


@pytest.mark.parametrize(("option", "shared"), OPTIONS)
@pytest.mark.parametrize("cell", [OWN, OTHER])
def test_a_reference_drives_without_them_and_once(
    monkeypatch: pytest.MonkeyPatch, cell: Cell, option: tuple[str, ...], shared: bool
) -> None:
    drives: list[Any] = []
    monkeypatch.setattr(Driver, "drive", lambda self, late: drives.append(self.engine))
    run = Suite(Settings(model=("pilotnet",), option=option))
    for _ in range(2):
        _ = Driver(run, cell, "the cell's own")._reference  # type: ignore[arg-type]
    assert drives == ["the cell's own" if cell == OWN and shared else "Wd {}"]


@pytest.mark.parametrize(("option", "shared"), OPTIONS)
@pytest.mark.parametrize("cell", [OWN, OTHER])
def test_late_results_are_held_against_it(
    monkeypatch: pytest.MonkeyPatch, cell: Cell, option: tuple[str, ...], shared: bool
) -> None:
    class Found:
        def __init__(self, engine: object) -> None:
            self.engine = engine

        def against(self, reference: Any) -> object:
            return reference.engine

    unlabelled = SimpleNamespace(rate_hz=30.0, labelled=False)
    monkeypatch.setattr(streaming, "opened_sequence", lambda text: unlabelled)
    monkeypatch.setattr(streaming, "Offline", lambda found, rate_hz: found)
    monkeypatch.setattr(Streams, "results", lambda self: Found(self.engine))
    run = Suite(Settings(model=("pilotnet",), option=option))
    found: Any = Streams(run, cell, "the cell's own")._offline  # type: ignore[arg-type]
    assert found == ("the cell's own" if cell == OWN and shared else "Wd {}")
