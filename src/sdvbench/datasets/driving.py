"""Recordings of drives: images, each with the speed and the yaw rate that the driver commanded."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from sdvbench.datasets.base import Dataset, DrivingSample
from sdvbench.datasets.driving_files import find_recordings, read_ranges, read_recording
from sdvbench.datasets.files import digest, existing_folder
from sdvbench.datasets.headers import read_header
from sdvbench.datasets.images import read_image
from sdvbench.datasets.summary import Tally
from sdvbench.errors import DatasetError, OptionError
from sdvbench.vehicle_command import STUDY, CommandRange, Commands

ROUNDING = 1e-6  # of a share of a range, where commands are stored as float32


class Driving(Dataset):
    """Recordings in JdeRobot's layouts, which `sdvbench drive record` writes too.

    root: a recording, or a folder with recordings somewhere below it, which are read one after
        another in the order of their paths. A recording is a folder with ``data.csv`` (columns v
        and w, and image_name where rows name their images) or ``data.json`` (objects with v and w),
        and its images in ``Images/``, or beside that file.
    mirrored: whether every image comes once more, mirrored, with -w: after all the others.
    scaled: required where all commands lie within 0..1: "yes" if they were already scaled by the
        study's ranges, "no" if they are in the vehicle's units.

    command_range: what networks are to call 0 and 1: the ranges in the ``recording.json`` of
        recordings that sdvbench made, else those of JdeRobot's study.

    Raises DatasetError on missing files, broken rows (named with their line), rows that contradict
    one another, and where rows and images cannot be matched.
    """

    task = "driving"
    sequential = True

    def __init__(self, root: Path | str, mirrored: bool = False, scaled: str = "") -> None:
        root = existing_folder(Path(root), "data.csv or data.json, and Images/")
        tally = Tally()
        recordings = [read_recording(file, tally) for file in find_recordings(root, tally)]
        frames = [frame for recording in recordings for frame in recording.frames]
        self._images = [image for image, _ in frames]
        commands = np.array([command for _, command in frames], np.float64)
        known = read_ranges(recordings)
        self.command_range = known or STUDY
        if known and scaled:
            problem = "means nothing for recordings that name the ranges of their commands"
            raise OptionError(f"scaled={scaled} of {root}", problem, "Leave it out")
        if not known and _is_scaled(commands, scaled, root):
            what = "commands within 0..1 were turned back into units of v and w, as scaled=yes says"
            tally.add("changed", what, self._images[0], len(commands))
            commands = STUDY.unscaled(commands)
        self._commands = commands.astype(np.float32)
        shares = self.command_range.scaled(self._commands.astype(np.float64))
        beyond = ((shares < -ROUNDING) | (shares > 1 + ROUNDING)).any(1)
        if beyond.any():
            first = self._images[int(beyond.argmax())]
            tally.add("changed", _outside(self.command_range), first, int(beyond.sum()))
        self._root, self._mirrored = root, mirrored
        kind = "driving" + " scaled" * (scaled == "yes") + " mirrored" * mirrored
        kind += f" {known.written}" if known else ""
        self.identity = digest(kind, [r.data for r in recordings], self._images, root)
        found = tally.summary(len(self._images), len(frames), "command")
        self.summary = replace(found, sizes=cache(self._sizes))

    def _sizes(self) -> Mapping[tuple[int, int], int]:
        return Counter(read_header(image).upright_px for image in self._images)

    def __len__(self) -> int:
        return len(self._images) * (2 if self._mirrored else 1)

    def __getitem__(self, index: int) -> DrivingSample:
        again, number = divmod(range(len(self))[index], len(self._images))
        path, command = self._images[number], self._commands[number].copy()
        name, image = path.relative_to(self._root).as_posix(), read_image(path)
        if again:
            name, image = f"{name} mirrored", np.ascontiguousarray(image[:, ::-1])
            command[1] = -command[1]
        return DrivingSample(name, image, command)


def _outside(known: CommandRange) -> str:
    return (
        "commands lie outside of the ranges that are scaled to 0..1, "
        f"v {known.v[0]:g} to {known.v[1]:g} and w {known.w[0]:g} to {known.w[1]:g}"
    )


def _is_scaled(commands: Commands, scaled: str, root: Path) -> bool:
    """Whether commands are shares of the study's ranges.

    Raises DatasetError where only a guess would be possible, or where ``scaled`` contradicts the
    commands; OptionError where ``scaled`` is neither yes nor no.
    """
    if scaled not in ("", "yes", "no"):
        raise OptionError(f"scaled={scaled}", "is not known", "Write scaled=yes or scaled=no")
    within = bool(((commands >= 0) & (commands <= 1)).all())
    if scaled == "yes" and not within:
        problem = "has commands beyond 0..1, which scaled ones are not"
        raise DatasetError(root, problem, "Leave out scaled=yes")
    if within and not scaled:
        problem = "has all its commands v and w within 0..1, as scaled ones are"
        remedy = "Add ?scaled=yes if they are, or ?scaled=no if they are in the vehicle's units"
        raise DatasetError(root, problem, remedy)
    return scaled == "yes"
