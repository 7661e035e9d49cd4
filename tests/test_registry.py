"""Names to implementations: lazily, and open to other packages."""

import subprocess
import sys
from pathlib import Path

import pytest

from sdvbench.errors import OptionError
from sdvbench.registry import Registry
from sdvbench.workflows import WORKFLOWS

GROUP = "sdvbench_test.shapes"


def registry(group: str = GROUP) -> Registry:
    return Registry("shape", group, {"path": "pathlib:Path", "gone": "no_such_module_xyz:Thing"})


def package(site: Path, name: str, group: str, entry: str) -> None:
    """An installed package called ``name`` that declares ``entry`` and can be imported."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{entry}\n")
    (site / f"{name}.py").write_text("class Thing:\n    class Inner: pass\n")


def test_a_name_gives_its_object() -> None:
    assert registry()["path"] is Path
    assert "path" in registry()
    assert "square" not in registry()
    assert list(registry()) == ["path", "gone"]
    assert len(registry()) == 2


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(OptionError, match=r"shape 'x': is not known\. Choose from path, gone"):
        registry()["x"]


def test_listing_imports_nothing_and_a_failed_import_is_told() -> None:
    names = registry()
    assert "gone" in names
    with pytest.raises(OptionError, match=r"shape 'gone' \(no_such_module_xyz:Thing\): cannot be"):
        names["gone"]


def test_an_attribute_that_is_not_there_is_told() -> None:
    names = Registry("shape", GROUP, {"a": "pathlib:NoSuchThing"})
    with pytest.raises(OptionError, match=r"cannot be imported .*NoSuchThing"):
        names["a"]


def test_another_package_adds_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, "sdvbench_extra_a", GROUP, "added = sdvbench_extra_a:Thing.Inner")
    monkeypatch.syspath_prepend(tmp_path)
    names = registry()
    assert list(names) == ["path", "gone", "added"]
    assert "sdvbench_extra_a" not in sys.modules
    assert names["added"].__qualname__ == "Thing.Inner"


def test_a_builtin_name_cannot_be_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path, "sdvbench_extra_b", GROUP, "path = sdvbench_extra_b:Thing")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(OptionError, match=r"takes the name of another shape \(pathlib:Path\)"):
        registry()["path"]


def test_two_packages_cannot_share_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sdvbench_extra_c", "sdvbench_extra_d"):
        package(tmp_path, name, GROUP, f"added = {name}:Thing")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(OptionError, match=r"entry point 'added' of .* takes the name of another"):
        list(registry())


LIST = """
from sdvbench.workflows import WORKFLOWS
print(*WORKFLOWS, WORKFLOWS["Wx"].__module__)
"""


def test_a_users_workflow_is_listed_beside_ours(tmp_path: Path) -> None:
    package(tmp_path, "my_workflow", "sdvbench.workflows", "Wx = my_workflow:Thing")
    told = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({str(tmp_path)!r})\n{LIST}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [*WORKFLOWS, "Wx", "my_workflow"]
