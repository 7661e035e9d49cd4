"""Files that are no benchmark JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdvbench.errors import BaselineError
from sdvbench.gate.results import read_run


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"machine_info": {}, "benchmarks": [], "datetime": "2026"}',
        '{"machine_info": [], "benchmarks": 3, "datetime": 3}',
    ],
)
def test_what_is_no_benchmark_json_is_named(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(BaselineError, match=r"run\.json"):
        read_run(tmp_path / "run.json")


@given(st.binary(max_size=80))
def test_any_bytes_are_refused_by_name(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("runs") / "run.json"
    file.write_bytes(content)
    with pytest.raises(BaselineError, match=r"run\.json"):
        read_run(file)
