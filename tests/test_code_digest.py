"""The digest of code that is in no module that Python could find by its name."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from sdvbench.code_digest import code_of
from sdvbench.errors import BuildError

SCRIPT = """
from sdvbench.code_digest import code_of

class Net:
    gain = {gain}

print(code_of(Net))
"""


def test_an_edit_of_a_script_is_noticed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    digests = []
    for gain in (1, 1, 2):
        script.write_text(SCRIPT.format(gain=gain))
        told = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
        digests.append(told.stdout)
    assert len(digests[0].strip()) == 64
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("listed", [True, False])
def test_a_class_without_a_file_is_refused(monkeypatch: pytest.MonkeyPatch, listed: bool) -> None:
    notebook = ModuleType("notebook")
    exec("class Net:\n    pass", vars(notebook))
    if listed:
        monkeypatch.setitem(sys.modules, "notebook", notebook)
    with pytest.raises(BuildError, match=r"^Net: has no source file.* Put it into a module"):
        code_of(notebook.Net)
