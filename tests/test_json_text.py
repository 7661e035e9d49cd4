"""JSON as people's files hold it."""

import gzip
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sdvbench.errors import BaselineError, DatasetError
from sdvbench.json_text import DEEPEST, decode, read
from tests.json_mutations import result_of

VALUE = {"name": "Zürich 😀", "values": [1, 2.5, None]}
TEXT = json.dumps(VALUE, ensure_ascii=False)


def decoded(data):
    return decode(data, "run.json", BaselineError, "Write it again")


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_every_encoding_of_unicode_is_read(encoding, mark):
    assert decoded((mark + TEXT).encode(encoding)) == VALUE


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b'{"a": tru}', r"is not JSON: Expecting value \(line 1, column 7\)"),
        ('"Zürich"'.encode("latin-1"), r"is not text in UTF-8 or UTF-16 \(byte 0xfc at 2\)"),
        (b'[{"a": 1, "b": 2, "a": 3}]', "repeats the name 'a' within one object"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "is nested more than 100 levels deep"),
        (b'{"a":' * 200_000, "is nested more than 100 levels deep"),
    ],
)
def test_what_is_wrong_is_said_with_the_file_and_a_remedy(data, problem):
    with pytest.raises(BaselineError, match=rf"run.json: {problem}. Write it again"):
        decoded(data)


def test_ordinary_nesting_is_read():
    assert decoded(b"[" * DEEPEST + b"]" * DEEPEST)


def test_numbers_beyond_a_float_are_infinite():
    found = decoded(b"[1e999, -" + b"9" * 10_000 + b", NaN, " + b"9" * 20 + b"]")
    assert found[:2] == [math.inf, -math.inf]
    assert math.isnan(found[2])
    assert found[3] == 10**20 - 1


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (r"\ud800", r"\ud800"),
        (r"a\udc80b", r"a\udc80b"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d\ud83d\ude00", r"\ud83d😀"),
        (r"\\ud800", r"\ud800"),
        (r"\\\ud800", r"\\ud800"),
        (r"\n\uDBFF", "\n" + r"\uDBFF"),
    ],
)
def test_half_of_a_surrogate_pair_stays_readable(escaped, text):
    found = decoded(f'"{escaped}"'.encode())
    assert found == text
    assert found.encode()  # it can be written anywhere


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"nowhere\.json: cannot be read \(No such file"):
        read(tmp_path / "nowhere.json", DatasetError)
    with pytest.raises(DatasetError, match=r"cannot be read \(Is a directory\)"):
        read(tmp_path, DatasetError)


def test_a_compressed_file_is_called_so():
    with pytest.raises(BaselineError, match=r"is compressed by gzip\. Unpack it first"):
        decoded(gzip.compress(TEXT.encode()))


@settings(max_examples=2000)
@given(st.binary(max_size=60) | st.text(st.sampled_from('[]{}",:\\ud80nulNaInfity-.e019 ')))
def test_any_bytes_are_a_value_or_an_error(data):
    data = data.encode() if isinstance(data, str) else data
    json.dumps(result_of(lambda: decoded(data), "run.json"), ensure_ascii=False).encode()
