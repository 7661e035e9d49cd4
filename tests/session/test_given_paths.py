"""Paths that a file of settings gives."""

from pathlib import Path

import pytest

from sdvbench.errors import OptionError, StoreError
from sdvbench.session.given_paths import check_paths
from sdvbench.session.settings import read_settings
from sdvbench.store import Store


def check(root: Path, **options: str) -> None:
    found = read_settings(root, {f"--sdv-{name}": value for name, value in options.items()})
    check_paths(found, Store(found.store))


def test_they_are_named_by_their_keys(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "sdvbench.toml").write_text("store = 'file/store'")
    with pytest.raises(OptionError, match=f"store in sdvbench.toml = '{tmp_path}/file/store': "):
        check(tmp_path)
    check(tmp_path, store=str(tmp_path / "another"))
    (tmp_path / "pyproject.toml").write_text("[tool.sdvbench]\nweights = 'a.pt'")
    with pytest.raises(OptionError, match=f"weights in pyproject.toml = '{tmp_path}/a.pt': there"):
        check(tmp_path)


def test_those_of_options_are_named_where_they_are_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    check(tmp_path, weights="nowhere.pt", store=str(tmp_path / "store"))
    with pytest.raises(StoreError):
        check(tmp_path, store=str(tmp_path / "file" / "store"))
