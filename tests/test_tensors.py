"""Specifications of tensors: names are bound to sizes, and arrays fit or do not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.errors import OptionError
from sdvbench.tensors import TensorSpec, images_spec

SIZES = st.dictionaries(st.sampled_from(["batch", "height", "width"]), st.integers(1, 9))


def test_names_become_numbers():
    spec = images_spec(batch=2)
    assert spec.free == ("height", "width")
    assert spec.bound({"height": 32, "width": 64}).shape == (2, 3, 32, 64)


def test_a_size_that_stays_open_is_named():
    with pytest.raises(OptionError, match=r"images float32 batchx3x.*'batch' open"):
        images_spec(width=64).bound({"height": 32})


@given(SIZES)
def test_what_is_bound_fits_an_array_of_that_shape(sizes):
    spec = TensorSpec("x", tuple(sizes), "int64")
    array = np.zeros(tuple(sizes.values()), np.int64)
    assert spec.bound(sizes).fits(array)
    assert spec.fits(array)
    assert not spec.fits(array.astype(np.int32))
    assert not spec.fits(array[None])


def test_a_scalar_has_no_axis():
    spec = TensorSpec("rate", (), "int64")
    assert spec.fits(np.array(16000))
    assert not spec.fits(np.array([16000]))
    assert str(spec) == "rate int64 scalar"
