"""What is allowed: baselines/thresholds.toml, checked key by key."""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sdvbench.errors import BaselineError
from sdvbench.gate.verdict import Tier

NAME = "thresholds.toml"


class Thresholds:
    """Tolerances by metric, and limits by metric and precision.

    Raises BaselineError, naming the file and the key, for a file or key that is missing or wrong.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / NAME
        try:
            self._content = tomllib.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise BaselineError(
                self.file, "there is no such file", "Restore it, or point --sdv-baselines at it"
            ) from error
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BaselineError(self.file, f"cannot be read ({error})", "Mend it") from error

    def tolerance(self, tier: Tier, metric: str, cell: str) -> float:
        """The share by which ``metric`` of ``cell`` may be worse than accepted.

        The first table under [tolerance.TIER] whose name, a pattern such as "*-Wd-*", matches the
        cell and that has the metric decides; else the metric's own key does.
        """
        pattern = self._pattern(tier, metric, cell)
        return self._number(("tolerance", tier.value, *([pattern] if pattern else []), metric))

    def has(self, tier: Tier, metric: str, cell: str) -> bool:
        """Whether ``metric`` of ``cell`` may be compared in ``tier`` at all."""
        return metric in self._tables(tier) or self._pattern(tier, metric, cell) is not None

    def _pattern(self, tier: Tier, metric: str, cell: str) -> str | None:
        for pattern, table in self._tables(tier).items():
            if isinstance(table, dict) and metric in table and fnmatchcase(cell, pattern):
                return pattern
        return None

    def _tables(self, tier: Tier) -> dict[str, Any]:
        found = self._content
        for part in ("tolerance", tier.value):
            inner = found.get(part, {})
            if not isinstance(inner, dict):
                raise BaselineError(self.file, f"{part} is not a table", "Mend the key")
            found = inner
        return found

    def limits(self, metric: str, precision: str, names: list[str]) -> dict[str, float]:
        """The limit of each of ``names``, for example of agreement's "box_error"."""
        return {name: self._number((metric, precision, name)) for name in names}

    def _number(self, path: tuple[str, ...]) -> float:
        value: Any = self._content
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise BaselineError(
                self.file, f"{'.'.join(path)} is not a number of 0 or more", "Add or mend the key"
            )
        return float(value)
