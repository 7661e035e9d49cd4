"""The command line of ``sdvbench store``: what it holds, where it is, and making room."""

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdvbench.commands import settings_of
from sdvbench.errors import OptionError
from sdvbench.examples import show_examples

if TYPE_CHECKING:
    from sdvbench.store import Entry, Store

GB, MB = 10**9, 10**6
SHORT_KEY = 12
DESCRIBED = ("workflow", "precision", "method", "shape")  # parts of recipes that people know


def add(commands: Any) -> None:
    """Add the command to ``commands``, argparse's."""
    parser = commands.add_parser("store", help="built artifacts: where they are, and making room")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    show_examples(parser, "sdvbench store list", "sdvbench store prune --unused-days 30")
    path = actions.add_parser("path", help="the folder of the store")
    path.set_defaults(command=_path)
    show_examples(path, "sdvbench store path")
    listing = actions.add_parser("list", help="a line for each artifact, the last used first")
    listing.set_defaults(command=_list)
    show_examples(listing, "sdvbench store list")
    prune = actions.add_parser(
        "prune",
        help="remove artifacts that were not used for long, or exceed the room; the engines that "
        "this repository's baselines accept are kept, and so are builds under way",
    )
    prune.add_argument(
        "--unused-days", type=float, metavar="N", help="remove what was not used for N days"
    )
    prune.add_argument(
        "--keep-gb",
        type=float,
        metavar="N",
        help="remove the least recently used until at most N GB (10^9 bytes) are left",
    )
    prune.add_argument(
        "--baselines", type=Path, metavar="FOLDER", help="the only baselines whose engines are kept"
    )
    prune.add_argument("--dry-run", action="store_true", help="list what would go, remove nothing")
    prune.set_defaults(command=_prune)
    show_examples(
        prune,
        "sdvbench store prune --unused-days 30",
        "sdvbench store prune --keep-gb 5 --dry-run",
    )
    for action in (path, listing, prune):
        action.add_argument("--store", type=Path, help="as --sdv-store")


def _store(options: argparse.Namespace) -> "tuple[Store, Path]":
    """The store, and the folder of accepted figures, as a run in this folder has them."""
    from sdvbench.store import Store

    settings = settings_of(options)
    return Store(settings.store), settings.baselines


def _path(options: argparse.Namespace) -> int:
    print(_store(options)[0].root)
    return 0


def _list(options: argparse.Namespace) -> int:
    store, _ = _store(options)
    for entry in sorted(store.entries(), key=lambda entry: entry.last_used, reverse=True):
        print(_line(entry))
    usage = store.usage()
    print(
        f"{usage.artifacts} artifacts, {usage.bytes / GB:.2f} GB, and {usage.free_bytes / GB:.1f} "
        f"GB free, in {usage.root}"
    )
    if usage.unfinished_bytes:
        print(f"unfinished builds, under way or killed: {usage.unfinished_bytes / MB:.0f} MB")
    return 0


def _prune(options: argparse.Namespace) -> int:
    from sdvbench.store.pruning import removable

    days = _positive(options.unused_days, "--unused-days")
    room_gb = _positive(options.keep_gb, "--keep-gb")
    if days is None and room_gb is None:
        problem = "does not say what may go"
        raise OptionError("store prune", problem, "Give --unused-days N, --keep-gb N, or both")
    store, baselines = _store(options)
    entries = list(store.entries())
    kept = _accepted(baselines, options.baselines is not None)
    chosen = removable(
        entries,
        datetime.now(UTC),
        unused=None if days is None else timedelta(days=days),
        keep_bytes=None if room_gb is None else int(room_gb * GB),
        kept=kept,
    )
    for entry in chosen:
        print(f"{'would remove' if options.dry_run else 'removed'} {_line(entry)}")
        if not options.dry_run:
            store.remove(entry.key)
    swept_bytes = 0 if options.dry_run else store.sweep()
    freed_bytes = sum(entry.bytes for entry in chosen) + swept_bytes
    there = len(kept & {entry.key for entry in entries})
    print(
        f"{len(chosen)} of {len(entries)} artifacts, {freed_bytes / GB:.2f} GB, "
        f"{'would be' if options.dry_run else 'were'} removed from {store.root}; accepted engines "
        f"that are kept: {there}"
    )
    return 0


def _positive(value: float | None, option: str) -> float | None:
    if value is None or 0 <= value < 1e6:
        return value
    raise OptionError(f"{option} {value}", "is not a number of 0 or more", "Use for example 30")


def _accepted(folder: Path, named: bool) -> set[str]:
    """Keys of the engines whose figures ``folder`` holds. named: by the user, so it must exist."""
    from sdvbench.gate.baselines import Baselines

    if named and not folder.is_dir():
        raise OptionError(f"--baselines {folder}", "there is no such folder", "Name another")
    files = sorted(folder.glob("*.json"))
    return {
        accepted.artifact
        for file in files
        for accepted in Baselines(folder, file.stem).accepted.values()
        if accepted.artifact
    }


def _line(entry: "Entry") -> str:
    return (
        f"{entry.key[:SHORT_KEY]}  {entry.bytes / MB:8.1f} MB  last used "
        f"{entry.last_used.astimezone():%Y-%m-%d %H:%M}  {_described(entry.recipe)}"
    )


def _described(recipe: Mapping[str, Any] | None) -> str:
    """What an artifact is, as far as its recipe says."""
    if recipe is None:
        return "damaged"
    found = [str(recipe.get("kind", "artifact"))]
    # Of a model this is its name, of what is made of it a digest.
    for name in ("model", "pruning") if found == ["model"] else DESCRIBED:
        value = recipe.get(name)
        if value is not None:
            joined = "x" if name == "shape" else ", "
            found.append(joined.join(map(str, value)) if isinstance(value, list) else str(value))
    inputs = recipe.get("inputs")
    if isinstance(inputs, list):
        found += ["x".join(map(str, one["shape"])) or one["name"] for one in inputs]
    return " ".join(found)
