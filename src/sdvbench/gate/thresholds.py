"""What is allowed: sdvbench's own thresholds.toml, overridden key by key by baselines/'s."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sdvbench.defaults.layers import default, laid_over, read_toml
from sdvbench.errors import BaselineError
from sdvbench.gate.threshold_keys import NAME, wrong_keys
from sdvbench.gate.verdict import Tier


class Thresholds:
    """Tolerances by metric, limits by metric and precision, and limits by value and cell.

    file: the folder's own, which overrides what comes with sdvbench; it need not exist.
    models: that its patterns may name, beside the registered ones.
    Raises BaselineError, naming the file and the key, for a key that is unknown or wrong.
    """

    def __init__(self, folder: Path, models: Iterable[str] = ()) -> None:
        self.file = folder / NAME
        own = read_toml(self.file) if self.file.exists() else {}
        for path, problem, remedy in wrong_keys(own, models):
            raise BaselineError(self.file, f"{'.'.join(path)} {problem}", remedy)
        self._content = laid_over(own, default(NAME))

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

    def limits(self, metric: str, precision: str, names: list[str]) -> dict[str, float]:
        """The limit of each of ``names``, for example of agreement's "box_error"."""
        return {name: self._number((metric, precision, name)) for name in names}

    def limit(self, value: str, cell: str) -> float | None:
        """What [limits] says of ``value``, such as "latency_ms", for ``cell``: the first pattern
        that matches decides. None where none does.
        """
        for pattern, number in self._content.get("limits", {}).get(value, {}).items():
            if fnmatchcase(cell, pattern):
                return float(number)
        return None

    def _pattern(self, tier: Tier, metric: str, cell: str) -> str | None:
        for pattern, table in self._tables(tier).items():
            if isinstance(table, dict) and metric in table and fnmatchcase(cell, pattern):
                return pattern
        return None

    def _tables(self, tier: Tier) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._content["tolerance"].get(tier.value, {})
        return found

    def _number(self, path: tuple[str, ...]) -> float:
        value: Any = self._content
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if value is None:
            *tables, key = path
            remedy = f"Add the key {key!r} under [{'.'.join(tables)}]"
            raise BaselineError(self.file, f"{'.'.join(path)} is missing", remedy)
        return float(value)
