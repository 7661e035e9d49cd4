"""Energy of the processors, by the counters that Linux reads from Intel's and AMD's."""

from dataclasses import dataclass
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
ZONES = "intel-rapl:*"  # AMD's too; parts of a zone have a second colon, and are within it
PACKAGE = "package"


@dataclass(frozen=True)
class _Counter:
    """In microjoules; starts from 0 again after ``most``."""

    now: int
    most: int


class RaplWatch:
    """Counts from the moment it is made. folder: for tests."""

    def __init__(self, folder: Path = POWERCAP) -> None:
        self._folder = folder
        self._begin = _counters(folder)

    def energy_j(self) -> float | None:
        """Of all processors since then, whoever used them, idle cores included; memory is not.

        None where the system has no counters or lets only root read them. Too low where a counter
        started anew twice meanwhile, which takes minutes.
        """
        end = _counters(self._folder)
        if not self._begin or self._begin.keys() != end.keys():
            return None
        used = (
            end[zone].now - begin.now + (begin.most if end[zone].now < begin.now else 0)
            for zone, begin in self._begin.items()
        )
        return 1e-6 * sum(used)


def _counters(folder: Path) -> dict[str, _Counter]:
    """By zone, those of whole processors; none where one of them cannot be read."""
    found = {}
    try:
        for zone in sorted(folder.glob(ZONES)):
            name, now, most = (
                (zone / file).read_text().strip()
                for file in ("name", "energy_uj", "max_energy_range_uj")
            )
            if name.startswith(PACKAGE):
                found[zone.name] = _Counter(int(now), int(most))
    except (OSError, ValueError):
        return {}
    return found
