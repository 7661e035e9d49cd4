"""A data set with its classes mapped onto others."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sdvbench.datasets.base import Dataset, DetectionSample, checked
from sdvbench.datasets.mapping import KEY, mapped_aliases, merge, parse_map
from sdvbench.datasets.summary import Note, Summary
from sdvbench.errors import OptionError


class Mapped(Dataset):
    """``whole`` with the classes that ``text`` names replaced: "bus:car,truck:car,tree:".

    Several classes may become one, a new name becomes a new class, and objects of a class that is
    mapped onto nothing are left out. Classes that ``text`` does not name stay. The former names are
    aliases, so that a model which knows them is still scored. Raises OptionError for text that is
    no mapping, and for a name that is no class of ``whole``.
    """

    def __init__(self, whole: Dataset, text: str) -> None:
        targets = parse_map(text)
        unknown = [name for name in targets if name not in whole.classes]
        if unknown or not targets:
            problem = f"has {unknown[0]!r}, which is no class" if unknown else "maps nothing"
            known = ", ".join(whole.classes)
            raise OptionError(f"{KEY}={text} of {whole.identity}", problem, f"Map any of {known}")
        self._whole, self._text = whole, text
        merged = merge(whole.classes, targets)
        self.classes = merged.classes
        self._index_of = np.array(
            [-1 if index is None else index for index in merged.index_of], np.int64
        )
        self.aliases = mapped_aliases(whole.aliases, whole.classes, targets)
        self.labelled, self.rate_hz = whole.labelled, whole.rate_hz
        left_out = [name for name, target in targets.items() if not target]
        self.summary = _without(whole.summary, left_out)
        self.identity = f"{whole.identity} map[{_canonical(targets)}]"

    @property
    def drawn_from(self) -> tuple[str, Sequence[int]]:
        return self._whole.drawn_from

    def others(self, count: int) -> Dataset | None:
        found = self._whole.others(count)
        return found and Mapped(found, self._text)

    def __len__(self) -> int:
        return len(self._whole)

    def __getitem__(self, index: int) -> DetectionSample:
        sample = checked(self._whole[index], DetectionSample)
        classes = self._index_of[sample.classes]
        kept = classes >= 0
        return replace(
            sample,
            boxes=sample.boxes[kept],
            classes=classes[kept],
            crowd=sample.crowd[kept],
            ignore=sample.ignore[kept],
        )


def _canonical(targets: dict[str, str]) -> str:
    return ",".join(f"{name}:{target}" for name, target in sorted(targets.items()))


def _without(summary: Summary | None, names: list[str]) -> Summary | None:
    """The summary with a note on the classes that were left out; how many objects those are is
    known only after reading all images, so the note counts classes.
    """
    if summary is None or not names:
        return summary
    what = f"classes were left out with all their objects, as {KEY} says"
    return replace(summary, notes=(*summary.notes, Note("dropped", what, len(names), names[0])))
