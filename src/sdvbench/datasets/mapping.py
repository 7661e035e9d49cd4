"""One's own classes: names of a data set's classes mapped onto others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sdvbench.errors import OptionError

KEY = "map"
DROPPED = ""  # the target of a class that is left out, written as nothing or as "-"
REMEDY = "Write map=NAME:CLASS,NAME:CLASS, and NAME: without a class to leave it out"


def parse_map(text: str) -> dict[str, str]:
    """The names in ``text``, such as "Bus:Car,Tram:", with the class of each; DROPPED for none.

    An empty text gives an empty mapping. Raises OptionError where a part is not NAME:CLASS, or
    where a name occurs twice.
    """
    targets: dict[str, str] = {}
    for part in text.split(",") if text.strip() else ():
        name, colon, target = (field.strip() for field in part.partition(":"))
        if not colon or not name or ":" in target:
            raise OptionError(f"{KEY}={text}", f"has {part!r}, which is not NAME:CLASS", REMEDY)
        if name in targets:
            raise OptionError(f"{KEY}={text}", f"maps {name!r} twice", REMEDY)
        targets[name] = DROPPED if target == "-" else target
    return targets


@dataclass(frozen=True)
class Merged:
    """A data set's classes after mapping.

    classes: the names that remain, in the order in which they first occur. index_of: for each class
    before, its index now; None where it was left out.
    """

    classes: tuple[str, ...]
    index_of: tuple[int | None, ...]


def merge(classes: Sequence[str], targets: Mapping[str, str]) -> Merged:
    """``classes`` with each name replaced by its target; names without one stay as they are.

    Mapping is not repeated: of "a:b,b:c", a becomes b. Raises OptionError where no class is left.
    """
    names = [targets.get(name, name) for name in classes]
    remaining = tuple(dict.fromkeys(name for name in names if name != DROPPED))
    if not remaining:
        problem = f"leaves out every class ({', '.join(classes)[:200]})"
        raise OptionError(f"the option {KEY}", problem, "Keep at least one class")
    place = {name: index for index, name in enumerate(remaining)}
    return Merged(remaining, tuple(place.get(name) for name in names))


def mapped_aliases(
    aliases: Mapping[str, str], classes: Sequence[str], targets: Mapping[str, str]
) -> dict[str, str]:
    """The aliases of a data set after mapping: those it had, and the former names of its classes.

    So a model that knows "bus" is scored on a data set where bus has become "vehicle". An alias of
    a class that was left out is gone; a name that is still a class is no alias.
    """
    remaining = set(merge(classes, targets).classes)
    former = {**aliases, **{name: name for name in classes}}
    found = {alias: targets.get(name, name) for alias, name in former.items()}
    return {a: name for a, name in found.items() if name != DROPPED and a not in remaining}
