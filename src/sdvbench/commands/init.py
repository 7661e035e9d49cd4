"""The command line of ``sdvbench init``."""

import argparse
from pathlib import Path
from typing import Any

from sdvbench.errors import OptionError
from sdvbench.examples import show_examples
from sdvbench.init.files import File, files

NEXT = """
Next, in {folder}:
  pytest perf accuracy --sdv-quick --benchmark-json=results.json
      Measures a quick matrix. Speed and memory are UNGATED until figures are accepted.
  sdvbench baseline accept results.json
      Makes these figures the ones that later runs are compared with, in baselines/.
  git add {added}
      A CI runner of another hardware class needs accepted figures of its own.
`pytest` without a folder runs perf/ and accuracy/ too, unless testpaths names other folders."""


def add(commands: Any) -> None:
    init = commands.add_parser(
        "init", help="write perf/, accuracy/, sdvbench.toml and a CI workflow into a repository"
    )
    init.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="the repository's root (default: the current folder); no file in it is overwritten",
    )
    init.set_defaults(command=_init)
    show_examples(init, "sdvbench init", "sdvbench init my-repository")


def _init(options: argparse.Namespace) -> int:
    root = options.folder
    planned = list(files(root))
    _check_folders(root, planned)
    written = {file.path: _write(root / file.path, file.text) for file in planned}
    width = max(map(len, written))
    for title, wanted in (("Wrote", True), ("Kept, because it exists already", False)):
        told = [file for file in planned if written[file.path] is wanted]
        if told:
            print(f"{title}, in {root.resolve()}:")
        for file in told:
            print(f"  {file.path:<{width}}  {file.meaning}")
    added = sorted({path.partition("/")[0] for path, new in written.items() if new} | {"baselines"})
    print(NEXT.format(folder=root.resolve(), added=" ".join(added)))
    return 0


def _check_folders(root: Path, planned: list[File]) -> None:
    """Before anything is written: what must be a folder is no file."""
    for file in planned:
        for folder in (root / file.path).parents:
            if (folder.exists() or folder.is_symlink()) and not folder.is_dir():
                remedy = "Rename it, or run sdvbench init in another folder"
                raise OptionError(folder, "is not a folder", remedy)


def _write(file: Path, text: str) -> bool:
    """Whether ``file`` was written: one that exists is left alone, also as a link to nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        return False
    return True
