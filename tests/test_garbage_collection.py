"""Blocks without garbage collection."""

import gc

import pytest

from sdvbench.garbage_collection import no_garbage_collection


@pytest.mark.parametrize("enabled", [True, False])
def test_it_is_off_in_the_block_and_as_before_after_an_error(enabled: bool) -> None:
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(ZeroDivisionError):
            _fail_in_the_block()
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()


@no_garbage_collection()
def _fail_in_the_block() -> None:
    assert not gc.isenabled()
    raise ZeroDivisionError
