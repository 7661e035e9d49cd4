"""Some of the images of a data set: to train on these, and to score on the others."""

from dataclasses import replace

from sdvbench.datasets.base import Dataset, Sample
from sdvbench.datasets.summary import Note, Summary
from sdvbench.errors import OptionError


class Part(Dataset):
    """The samples of ``whole`` that ``text``, as Python writes slices, takes: ":96", "96:", "::2".

    Raises OptionError for text that is no slice, and for one that takes nothing.
    """

    def __init__(self, whole: Dataset, text: str) -> None:
        self._whole = whole
        named = f"slice={text} of {whole.identity}"
        try:
            parts = [int(part) if part.strip() else None for part in text.split(":")]
            if not 2 <= len(parts) <= 3:
                raise ValueError("it has no colon, or too many")
            self._indices = range(len(whole))[slice(*parts)]
        except ValueError as error:
            remedy = "Write it like :96, 96: or ::2"
            raise OptionError(named, f"is no slice ({error})", remedy) from error
        if not self._indices:
            problem = f"takes none of the {len(whole)} images"
            raise OptionError(named, problem, "Take some")
        self.classes, self.aliases, self.labelled = whole.classes, whole.aliases, whole.labelled
        self.summary = whole.summary and self._without_others(whole.summary, text)
        taken = self._indices
        if whole.rate_hz and taken.step > 0:  # backwards it is no sequence
            self.rate_hz = whole.rate_hz / taken.step
        self.identity = f"{whole.identity} [{taken.start}:{taken.stop}:{taken.step}]"

    def _without_others(self, summary: Summary, text: str) -> Summary:
        left_out = summary.images - len(self._indices)
        if not left_out:
            return summary
        first = next(i for i in range(summary.images) if i not in self._indices)
        what = f"images outside slice={text} were left out, with their objects"
        note = Note("dropped", what, left_out, f"image {first} of the data set")
        return replace(summary, notes=(*summary.notes, note))

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, index: int) -> Sample:
        return self._whole[self._indices[index]]
