"""What the open sizes of networks are called."""

from sdvbench.network_files.sizes import Found, specifications


def shapes(inputs, outputs=()):
    """Shapes of inputs and outputs; each a shape, or a shape and a type."""
    found = [
        [Found(f"{side}{i}", tuple(shape), "float32") for i, shape in enumerate(some)]
        for side, some in (("x", inputs), ("y", outputs))
    ]
    return [[spec.shape for spec in specs] for specs in specifications(*found)]


def test_the_first_open_size_is_the_batch_wherever_it_occurs() -> None:
    assert shapes([("N", 4), (2, "N", 8)], [("N", "N*2"), ("M",)]) == [
        [("batch", 4), (2, "batch", 8)],
        [("batch", "batch*2"), ("M",)],
    ]


def test_sizes_without_a_name_are_named_after_tensor_and_axis() -> None:
    assert shapes([(None, None), (2, None)], [(None,)]) == [
        [("batch", "x0_1"), (2, "x1_1")],
        [("y0_0",)],
    ]


def test_sides_of_images_are_height_and_width() -> None:
    assert shapes([(1, 3, "a", None)], [(1, "a", 7)]) == [
        [(1, 3, "height", "width")],
        [(1, "height", 7)],
    ]
    assert shapes([(1, 4, "a", "b")])[0] == [(1, 4, "a", "b")]
    integers = [Found("x", (1, 3, "a", "b"), "uint8")]
    assert specifications(integers, [])[0][0].shape == (1, 3, "a", "b")


def test_a_square_that_the_file_states_stays_one() -> None:
    assert shapes([("N", 3, "s", "s")])[0] == [("batch", 3, "height", "height")]


def test_the_file_s_own_batch_is_not_mixed_up_with_the_first_size() -> None:
    assert shapes([("time", "batch", 8)], [("batch", "time")]) == [
        [("batch", "x0_1", 8)],
        [("x0_1", "batch")],
    ]
