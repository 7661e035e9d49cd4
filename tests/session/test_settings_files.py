"""Where settings are read from, and what their paths start at."""

from pathlib import Path

import pytest

from sdvbench.errors import OptionError
from sdvbench.session.settings import read_settings
from sdvbench.session.settings_files import settings_root


@pytest.mark.parametrize("name", ["sdvbench.toml", "pyproject.toml"])
def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path, name: str) -> None:
    table = "[tool.sdvbench]\n" if name == "pyproject.toml" else ""
    (tmp_path / name).write_text(f"\ufeff{table}imgsz = 320", encoding="utf-8")
    assert read_settings(tmp_path, {}).imgsz == 320


def test_paths_of_a_file_start_at_it_and_those_of_options_at_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"{key} = '{key}'" for key in ("weights", "store", "baselines")]
    (tmp_path / "sdvbench.toml").write_text("\n".join(lines))
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    found = read_settings(tmp_path, {})
    assert (found.weights, found.store) == (tmp_path / "weights", tmp_path / "store")
    assert found.baselines == tmp_path / "baselines"
    found = read_settings(tmp_path, {"--sdv-store": "here", "--sdv-baselines": "here"})
    assert (found.store, found.baselines) == (Path("here"), tmp_path / "sub" / "here")


def test_the_nearest_file_above_is_taken(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    assert settings_root(deep) == deep
    (tmp_path / "pyproject.toml").write_text("[tool.other]")
    assert settings_root(deep) == deep
    (tmp_path / "pyproject.toml").write_text("[tool.sdvbench]")
    assert settings_root(deep) == tmp_path
    (tmp_path / "a" / "sdvbench.toml").write_text("")
    assert settings_root(deep) == tmp_path / "a"


def test_outside_of_a_repository_the_folders_above_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "pyproject.toml").write_text("broken = [")
    assert settings_root(tmp_path / "sub") == tmp_path / "sub"


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sdvbench.toml").write_text("")

    def refuse(self: Path, **_: object) -> str:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(OptionError, match=r"sdvbench\.toml: cannot be read \(Permission denied\)"):
        read_settings(tmp_path, {})


@pytest.mark.parametrize("value", ["a\0b", "x" * 300])
def test_what_can_be_no_path_is_named(tmp_path: Path, value: str) -> None:
    for key in ("weights", "store", "baselines"):
        with pytest.raises(OptionError, match=f"--sdv-{key} = "):
            read_settings(tmp_path, {f"--sdv-{key}": value})


def test_files_of_another_repository_are_not_taken(tmp_path: Path) -> None:
    deep = tmp_path / "repository" / "sub"
    deep.mkdir(parents=True)
    (tmp_path / "sdvbench.toml").write_text("")
    (tmp_path / "repository" / ".git").write_text("gitdir: elsewhere")  # as of a worktree
    assert settings_root(deep) == deep
