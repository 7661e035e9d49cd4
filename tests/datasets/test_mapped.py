"""Data sets with classes of one's own."""

import numpy as np

from sdvbench.datasets.mapped import Mapped
from sdvbench.datasets.part import Part
from sdvbench.datasets.scenes import Scenes
from sdvbench.datasets.source import open_dataset
from sdvbench.datasets.summary import Summary
from sdvbench.tasks.detection.classes import class_map


def test_classes_are_merged_renamed_and_left_out() -> None:
    whole = Scenes(12)
    assert whole.classes == ("car", "truck", "pedestrian", "cyclist", "traffic light")
    data = Mapped(whole, "car:vehicle,truck:vehicle,pedestrian:human,traffic light:-")
    assert data.classes == ("vehicle", "human", "cyclist")
    assert data.aliases == {
        "person": "human",
        "car": "vehicle",
        "truck": "vehicle",
        "pedestrian": "human",
    }
    index_of = np.array([0, 0, 1, 2, -1])
    for mine, theirs in zip(data, whole, strict=True):
        kept = theirs.classes != 4
        assert mine.name == theirs.name
        assert mine.classes.tolist() == index_of[theirs.classes[kept]].tolist()
        assert np.array_equal(mine.boxes, theirs.boxes[kept])
        assert len(mine.crowd) == len(mine.ignore) == kept.sum()


def test_a_model_that_knows_the_former_names_is_scored() -> None:
    data = Mapped(Scenes(2), "car:vehicle,truck:vehicle")
    found = class_map(data, 3, ("truck", "person", "car"))
    assert found is not None
    assert found.columns == ((0, 2), (1,), (), ())


def test_from_the_option() -> None:
    data = open_dataset("scenes:6?map=truck:car&slice=:2")
    assert isinstance(data, Part)
    assert data.classes == ("car", "pedestrian", "cyclist", "traffic light")
    renamed = open_dataset("scenes:6?map=traffic%20light:light,car:auto")
    assert renamed.classes == ("auto", "truck", "pedestrian", "cyclist", "light")
    orders = ("car:auto,truck:auto", "truck:auto,car:auto", "car:auto,truck:lorry")
    assert len({Mapped(Scenes(2), text).identity for text in orders}) == 2
    frames = open_dataset("scene-sequence:6?rate_hz=30&map=car:auto")
    assert frames.rate_hz == 30


def test_the_summary_says_which_classes_are_gone() -> None:
    whole = Scenes(2)
    assert Mapped(whole, "car:").summary is None
    whole.summary = Summary(2, 5)
    assert Mapped(whole, "car:auto").summary == Summary(2, 5)
    found = Mapped(whole, "car:,truck:-").summary
    assert found is not None
    assert found.lines[1].startswith("classes were left out with all their objects, as map says")
