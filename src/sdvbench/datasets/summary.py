"""What a reader did with its files: what it found, changed and left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

# What may happen to an object, a label file or an image, in the order in which it is reported.
KINDS = ("dropped", "clipped", "ignored", "unmatched", "changed")


@dataclass(frozen=True)
class Note:
    """One thing that a reader did, and how often.

    kind: one of KINDS. "dropped": left out, although it was in the files. "clipped": cut off at the
        image's edge. "ignored": kept, but need not be detected. "unmatched": a file that belongs to
        no other. "changed": read as something else than it says, for example a polygon as a box.
    what: a sentence without its number, such as "rows repeat another one and were dropped".
    count: how often. example: the first one, a file with its line or an image.
    """

    kind: str
    what: str
    count: int
    example: str

    def __str__(self) -> str:
        return f"{self.what}: {self.count} (first: {self.example})"


@dataclass(frozen=True)
class Summary:
    """What a data set holds after reading. images, objects: how many of each are used. label: what
    an object is called, of tasks other than detection. sizes: finds out how many images have which
    width and height in pixels; None where the reader does not tell.
    """

    images: int
    objects: int
    notes: Sequence[Note] = ()
    label: str = "object"
    sizes: Callable[[], Mapping[tuple[int, int], int]] | None = None

    def count(self, kind: str) -> int:
        """How often something of ``kind`` happened."""
        return sum(note.count for note in self.notes if note.kind == kind)

    @property
    def lines(self) -> list[str]:
        """For people: the numbers first, then one line for each note."""
        numbers = counted(self.images, "image"), counted(self.objects, self.label)
        return [", ".join(numbers), *map(str, self.notes)]


def counted(number: int, what: str) -> str:
    """ "1 image", "2 images"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


@dataclass
class Tally:
    """Collects notes while a reader works."""

    _notes: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    def add(self, kind: str, what: str, example: object, count: int = 1) -> None:
        """Note ``count`` more of ``what``; the first example is kept."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is not one of {', '.join(KINDS)}")
        if count:
            before, first = self._notes.get((kind, what), (0, str(example)))
            self._notes[kind, what] = before + count, first

    def summary(self, images: int, objects: int, label: str = "object") -> Summary:
        """The collected notes in the order of KINDS."""
        notes = [
            Note(kind, what, count, example)
            for (kind, what), (count, example) in self._notes.items()
        ]
        return Summary(
            images, objects, sorted(notes, key=lambda note: KINDS.index(note.kind)), label
        )
