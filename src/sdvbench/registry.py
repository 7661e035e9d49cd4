"""Names to implementations: ours by one line each, those of users by entry points.

A registry knows every name without importing anything behind it; the import happens when a name is
first asked for, so that listing cells never loads torch, ONNX Runtime or TensorRT.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from sdvbench.errors import OptionError


class Registry(Mapping[str, Any]):
    """A lazy mapping from a name to the object at ``"module:attribute"``.

    kind: what the names are called in messages, for example "workflow".
    group: the entry-point group through which other packages add names.
    builtin: this project's own names, each with the place of its implementation.
    """

    def __init__(self, kind: str, group: str, builtin: Mapping[str, str]) -> None:
        self.kind = kind
        self.group = group
        self._builtin = dict(builtin)

    @cached_property
    def _places(self) -> dict[str, EntryPoint]:
        places = {name: EntryPoint(name, at, self.group) for name, at in self._builtin.items()}
        for entry in entry_points(group=self.group):
            taken = places.setdefault(entry.name, entry)
            if taken.value != entry.value:
                raise OptionError(
                    f"entry point {entry.name!r} of {self.group} ({entry.value})",
                    f"takes the name of another {self.kind} ({taken.value})",
                    "Rename it in the package that declares it",
                )
        return places

    @property
    def modules(self) -> tuple[str, ...]:
        """Where the implementations of this project are, each module once; none is imported."""
        return tuple(sorted({at.partition(":")[0] for at in self._builtin.values()}))

    def __getitem__(self, name: str) -> Any:
        if name not in self._places:
            raise OptionError(
                f"{self.kind} {name!r}", "is not known", f"Choose from {', '.join(self)}"
            )
        entry = self._places[name]
        try:
            return entry.load()
        except (ImportError, AttributeError) as error:
            raise OptionError(
                f"{self.kind} {name!r} ({entry.value})",
                f"cannot be imported ({error})",
                "Install what it needs, or fix the package that declares it",
            ) from error

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
