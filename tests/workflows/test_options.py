"""Options of workflows: read, checked, and passed to the engine."""

import pytest
import torch

import sdvbench
from sdvbench.errors import OptionError
from sdvbench.workflows.options import checked, read
from sdvbench.workflows.wd_engine import DEFAULT_THREADS

KINDS = {"compile": bool, "threads": int, "level": ("basic", "all")}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("compile", "True", True),
        ("compile", "false", False),
        ("threads", "3", 3),
        ("level", "all", "all"),
    ],
)
def test_text_becomes_a_value(name, text, value):
    assert read("Wx", KINDS, name, text) == value
    checked("Wx", KINDS, {name: value})


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("compile", "yes", "Wx.compile=yes: is not possible. Use true or false"),
        ("threads", "0", "Use a whole number of at least 1"),
        ("threads", "many", "Use a whole number of at least 1"),
        ("level", "top", "Use basic, all"),
        ("width", "1", "option 'width' of Wx: is not known. Choose from compile, threads, level"),
    ],
)
def test_what_is_not_possible_is_told(name, text, told):
    with pytest.raises(OptionError, match=told):
        read("Wx", KINDS, name, text)


def test_true_is_no_number_of_threads():
    with pytest.raises(OptionError):
        checked("Wx", KINDS, {"threads": True})


THREADS = {
    "Wd": lambda engine: torch.get_num_threads(),  # one number for the whole process
    "W1": lambda engine: engine._session.get_session_options().intra_op_num_threads,
}


@pytest.mark.parametrize("workflow", THREADS)
def test_engines_take_threads_and_agree(nano, store, image, workflow):
    with (
        sdvbench.build(nano, workflow, imgsz=64, store=store) as usual,
        sdvbench.build(nano, workflow, imgsz=64, store=store, threads=1) as one,
        sdvbench.build(nano, workflow, imgsz=64, store=store, threads=2) as two,
    ):
        assert abs(two(image) - one(image)).max() < 1e-3
        assert THREADS[workflow](one) == 1
        two(image)
        assert THREADS[workflow](two) == 2
        first, second = usual(image), one(image)
        usual(image)
        assert THREADS[workflow](usual) == (DEFAULT_THREADS if workflow == "Wd" else 0)
    assert abs(first - second).max() < 1e-3


def test_the_level_of_graph_optimization_reaches_the_session(nano, store):
    levels = []
    for options in ({}, {"graph_optimization": "all"}, {"graph_optimization": "disable"}):
        with sdvbench.build(nano, "W1", imgsz=64, store=store, **options) as engine:
            levels.append(engine._session.get_session_options().graph_optimization_level)
    assert levels[0] == levels[1] != levels[2]
