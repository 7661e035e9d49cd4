"""Messages survive a pipe; what is no message is recognized."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.simulators.metadrive.worker.framing import MARK, Ended, Garbled, receive, send

VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
)
HEADERS = st.dictionaries(st.text(max_size=9), VALUES | st.lists(VALUES, max_size=3), max_size=4)


@given(st.lists(st.tuples(HEADERS, st.binary(max_size=50)), max_size=3))
def test_messages_come_out_as_they_went_in(messages):
    pipe = io.BytesIO()
    for header, payload in messages:
        send(pipe, header, payload)
    pipe.seek(0)
    assert [receive(pipe) for _ in messages] == messages
    with pytest.raises(Ended):
        receive(pipe)


@given(HEADERS, st.binary(max_size=50), st.data())
def test_a_message_that_breaks_off_is_garbled(header, payload, data):
    whole = io.BytesIO()
    send(whole, header, payload)
    length = data.draw(st.integers(1, len(whole.getvalue()) - 1))
    with pytest.raises(Garbled):
        receive(io.BytesIO(whole.getvalue()[:length]))


@pytest.mark.parametrize(
    "text",
    [
        b"Successfully registered the following environments\n",
        b"mark" + struct.pack(">II", 2, 0) + b"{}",
        MARK + struct.pack(">II", 1 << 31, 0) + b"{}",
        MARK + struct.pack(">II", 2, 1 << 31) + b"{}",
        MARK + struct.pack(">II", 2, 0) + b"[]",
        MARK + struct.pack(">II", 2, 0) + b"{'",
        MARK + struct.pack(">II", 2, 0) + b"\xff\xff",
    ],
)
def test_what_is_no_message_is_garbled(text):
    with pytest.raises(Garbled):
        receive(io.BytesIO(text))
