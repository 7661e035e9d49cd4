"""Rendered scenes: the same bytes always, boxes exactly around what was drawn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.datasets.rendering.backdrop import paint_backdrop
from sdvbench.datasets.rendering.painter import CLASSES, Painter, camera_of, render
from sdvbench.datasets.rendering.traffic import sample_world
from sdvbench.datasets.rendering.world import Mover, World
from sdvbench.datasets.scenes import Scenes, SceneSequence


def world(seed: int, duration_s: float = 0.0) -> World:
    return sample_world(np.random.default_rng(seed), duration_s)


def test_same_bytes_in_any_order_of_access() -> None:
    forward, backward = Scenes(5, seed=1), Scenes(5, seed=1)
    reverse = [backward[index] for index in reversed(range(5))][::-1]
    for one, other in zip(forward, reverse, strict=True):
        np.testing.assert_array_equal(one.image, other.image)
        np.testing.assert_array_equal(one.boxes, other.boxes)


def test_start_continues_and_seeds_differ() -> None:
    data, later = Scenes(4, seed=2), Scenes(2, seed=2, start=2)
    np.testing.assert_array_equal(data[3].image, later[1].image)
    assert later[1].name == "scene 3"
    assert (data[0].image != Scenes(1, seed=3)[0].image).any()
    assert data.identity == "scenes-v1-seed2-start0-size4-384x640"


def test_every_class_appears() -> None:
    found = np.concatenate([sample.classes for sample in Scenes(24)])
    assert np.bincount(found, minlength=len(CLASSES)).min() >= 3


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**40),
    height=st.sampled_from((64, 97, 384)),
    width=st.sampled_from((64, 131, 640)),
)
def test_samples_are_well_formed(seed: int, height: int, width: int) -> None:
    sample = Scenes(1, seed=seed, height=height, width=width)[0]
    assert sample.image.shape == (height, width, 3)
    assert sample.image.dtype == np.uint8
    assert sample.image.std() > 2
    count = len(sample.classes)
    assert sample.boxes.shape == (count, 4)
    assert sample.boxes.dtype == np.float32
    assert sample.classes.dtype == np.int64
    assert not sample.crowd.any()
    assert not sample.ignore.any()
    assert ((sample.boxes >= 0) & (sample.boxes <= (width, height, width, height))).all()
    sides = sample.boxes[:, 2:] - sample.boxes[:, :2]
    assert (sides >= 2.99).all()
    assert (sides.prod(axis=1) >= 35.9).all()


def alone(mover: Mover, of: World) -> World:
    return replace(of, movers=(mover,), fixtures=(), buildings=())


@settings(max_examples=20)
@given(seed=st.integers(0, 2**40))
def test_boxes_bound_what_was_drawn(seed: int) -> None:
    full = world(seed)
    for mover in full.movers:
        scene = alone(mover, full)
        found = render(scene, 0.0, 384, 640)
        if not len(found.boxes):
            continue
        camera = camera_of(scene, 384, 640)
        painter = Painter(scene.light, camera, paint_backdrop(scene, camera, 0.0))
        painter.mover(mover, 0, mover.x_m, mover.z_m, 0.0)
        rows, columns = np.nonzero(painter.front)
        drawn = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        np.testing.assert_allclose(found.boxes[0], drawn, atol=1.5)


def test_hidden_objects_have_no_box() -> None:
    scene = world(0)
    near = Mover("truck", 0, 9, 0, 0, 0, (7.8, 2.4, 3.3), (200, 200, 200), 0, 0)
    behind = Mover("car", 0, 25, 0, 0, 0, (4.2, 1.8, 1.5), (200, 0, 0), 0, 0)
    both = replace(scene, movers=(behind, near), fixtures=(), buildings=())
    assert render(both, 0.0, 384, 640).movers.tolist() == [1]
    beside = replace(both, movers=(replace(behind, x_m=-7.0), near))
    assert sorted(render(beside, 0.0, 384, 640).movers.tolist()) == [0, 1]


def test_sequences_move_smoothly_and_keep_their_tracks() -> None:
    data = SceneSequence(frames=12, rate_hz=10, seed=1)
    places: dict[int, list[np.ndarray]] = {}
    for index, sample in enumerate(data):
        tracks = data.tracks(index)
        assert len(tracks) == len(sample.boxes) == len(set(tracks.tolist()))
        for track, box, kind in zip(tracks.tolist(), sample.boxes, sample.classes, strict=True):
            places.setdefault(track, []).append(np.append(box, kind))
    long = [np.array(found) for found in places.values() if len(found) == 12]
    assert long
    for found in long:
        assert len(set(found[:, 4])) == 1
        height = found[:, 3] - found[:, 1]
        assert np.abs(np.diff(found[:, :2], axis=0)).max() < 0.8 * height.max()
    assert (data[0].image != data[11].image).any()
    again = SceneSequence(frames=12, rate_hz=10, seed=1)
    np.testing.assert_array_equal(again[7].image, data[7].image)


@pytest.mark.parametrize("index", [-1, 3])
def test_indices_out_of_range(index: int) -> None:
    with pytest.raises(IndexError):
        Scenes(3)[index]
    with pytest.raises(IndexError):
        SceneSequence(frames=3)[index]
