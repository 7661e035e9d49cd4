"""One claim of a study, checked key by key."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sdvbench.claims.claim import Build, Claim, Pair
from sdvbench.datasets import DATASETS
from sdvbench.errors import BaselineError
from sdvbench.metrics import growing, timed
from sdvbench.models import MODELS
from sdvbench.pruning import PRUNINGS
from sdvbench.registry import Registry
from sdvbench.workflows import WORKFLOWS

COMMON = ("id", "kind", "text", "source")

KINDS: Mapping[str, tuple[str, ...]] = {
    "cost": ("model", "pruning", "figure", "number", "decimals", "within"),
    "fewest": ("model", "pruning", "figure", "prunings"),
    "speed": ("pairs", "metric", "number", "within"),
    "order": ("pairs", "margin"),
    "memory": ("pairs", "memory", "number", "within"),
    "saved": ("table", "rows", "columns", "prunings", "within"),
    "accuracy": ("pairs", "relation", "points"),
    "loss": ("pairs", "model", "data", "number", "within"),
    "lost": ("table", "rows", "columns", "prunings"),
    "balance": ("pairs", "points", "margin"),
    "size": ("pairs", "model", "number", "within"),
    "error": ("pairs", "model", "metric", "relation", "number", "within"),
    "driven": ("pairs", "model", "score", "relation", "number", "within"),
    "figures": ("missing",),
}
OPTIONAL: Mapping[str, tuple[str, ...]] = {  # beside those of ALWAYS
    "speed": ("prunings", "up_to", "model", "data"),
    "order": ("prunings", "metric", "model", "data"),
    "memory": ("prunings", "up_to"),
    "accuracy": ("prunings", "score"),
    "loss": ("prunings", "score"),
    "lost": ("precision", "model", "data"),
    "balance": ("prunings",),
    "size": ("prunings", "up_to"),
    "error": ("prunings", "up_to"),
    "driven": ("prunings", "up_to"),
    "figures": ("enable", "instead"),
}
ALWAYS = ("note", "says")
WORDS = {
    "score": ("map", "map50"),
    "memory": ("host", "device"),
    "relation": ("keeps", "drops"),
    "figure": ("macs", "params"),
}
TRIP: Mapping[str, str] = {  # scores of a trip that claims may compare, in sentences
    "deviation_mean_m": "the mean deviation",
    "jderobot_mae": "JdeRobot's position deviation MAE",
    "decisions_hz": "the decisions a second",
    "speed_mps": "the average speed",
}
RELATIONS = ("at most", "at least")
WORDS_OF: Mapping[str, Mapping[str, tuple[str, ...]]] = {  # of kinds that have words of their own
    "error": {"relation": RELATIONS},
    "driven": {"relation": RELATIONS, "score": tuple(TRIP)},
}
NUMBERS = ("number", "within", "margin", "points")
LISTS = ("rows", "columns", "prunings", "data")


REGISTERED: Mapping[str, Registry] = {
    "model": MODELS,
    "pruning": PRUNINGS,
    "prunings": PRUNINGS,
    "data": DATASETS,
}


def read_claim(file: Path, number: int, entry: Any) -> Claim:
    if not isinstance(entry, dict):
        raise BaselineError(file, f"claim number {number}: is not a table", "Write it as [[claim]]")
    where = f"claim {entry.get('id', f'number {number}')}"
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        problem = f"{where}: kind {kind!r} is not known"
        raise BaselineError(file, problem, f"Choose from {', '.join(KINDS)}")
    needed = (*COMMON, *KINDS[kind])
    check_keys(file, where, entry, {*needed, *ALWAYS, *OPTIONAL.get(kind, ())}, needed)
    values: dict[str, Any] = {}
    for key in entry.keys() - ({"prunings"} if "pairs" in needed else set()):
        values[key] = _value(file, where, entry, key)
    if kind == "balance" and len({better for better, _ in values["pairs"]}) > 1:
        raise BaselineError(
            file, f"{where}: pairs hold several things against others", "Give all the same first"
        )
    return Claim(**values)


def _value(file: Path, where: str, entry: Mapping[str, Any], key: str) -> Any:
    """The value of ``key``, checked."""
    value = entry[key]
    if key == "pairs":
        return _pairs(file, where, entry)
    if key in NUMBERS or key == "decimals":
        kinds: Any = int if key == "decimals" else int | float
        if isinstance(value, bool) or not isinstance(value, kinds) or not value >= 0:
            whole = "a whole number" if key == "decimals" else "a number"
            raise BaselineError(file, f"{where}: {key} is not {whole} of 0 or more", "Fix it")
        if key == "within" and value >= 1:
            raise BaselineError(file, f"{where}: within is a share below 1", "Fix it")
        return value
    if key in LISTS:
        if key == "data" and isinstance(value, str):  # "coco" for ["coco"]
            entry = {**entry, key: [value]}
        return read_names(file, where, entry, key, REGISTERED.get(key))
    if key == "up_to":
        if not isinstance(value, bool):
            raise BaselineError(file, f"{where}: up_to is neither true nor false", "Fix it")
        return value
    text = read_text(file, where, entry, key)
    if text not in (words := _words(entry["kind"], key, text)):
        problem = f"{where}: {key} {text!r} is not known"
        raise BaselineError(file, problem, f"Choose from {', '.join(words)}")
    if key in REGISTERED:
        _known(file, where, REGISTERED[key], text)
    return text


def _words(kind: str, key: str, text: str) -> tuple[str, ...]:
    """What ``key`` may say in claims of this kind; ``text`` where it is free."""
    if key == "metric":
        return growing() if kind == "error" else timed()
    return {**WORDS, **WORDS_OF.get(kind, {})}.get(key, (text,))


def _pairs(file: Path, where: str, entry: Mapping[str, Any]) -> tuple[Pair, ...]:
    """["W1-int8 over Wd-fp32"], once for each of the claim's prunings."""
    prunings = _texts(file, where, entry, "prunings") if "prunings" in entry else []
    found: list[Pair] = []
    for text in _texts(file, where, entry, "pairs"):
        better, over, worse = text.partition(" over ")
        both = (better, worse)
        if not over or any(name.count("-") not in (1, 2) for name in both):
            problem = f"{where}: {text!r} in pairs is not BUILD over BUILD"
            raise BaselineError(file, problem, "Write it like 'PG-W1-int8 over orig-Wd-fp32'")
        open_ones = [name for name in both if name.count("-") == 1]
        if open_ones and not prunings:
            problem = (
                f"{where}: {open_ones[0]!r} in pairs has no pruning, and there are no prunings"
            )
            raise BaselineError(file, problem, "Add prunings = [...]")
        for pruning in prunings if open_ones else [""]:
            first, second = (_build(file, where, name, pruning) for name in both)
            found.append((first, second))
    return tuple(dict.fromkeys(found))


def _build(file: Path, where: str, name: str, pruning: str) -> Build:
    own, workflow, precision = [pruning, *name.split("-")][-3:]
    build = Build(own, workflow, precision)
    _known(file, where, PRUNINGS, build.pruning)
    check_engine(file, where, build.workflow, build.precision)
    return build


def check_engine(file: Path, where: str, workflow: str, precision: str) -> None:
    _known(file, where, WORKFLOWS, workflow)
    precisions = WORKFLOWS[workflow].precisions
    if precision not in precisions:
        problem = f"{where}: {workflow} has no precision {precision!r}"
        raise BaselineError(file, problem, f"Choose from {', '.join(precisions)}")


def _known(file: Path, where: str, registry: Registry, name: str) -> None:
    if name not in registry:
        problem = f"{where}: {registry.kind} {name!r} is not known"
        raise BaselineError(file, problem, f"Choose from {', '.join(registry)}")


def read_text(file: Path, where: str, table: Mapping[str, Any], key: str) -> str:
    value = table[key]
    if not isinstance(value, str) or not value:
        raise BaselineError(file, f"{where}: {key} is not a text", "Fix it")
    return value


def read_names(
    file: Path, where: str, table: Mapping[str, Any], key: str, registry: Registry | None
) -> tuple[str, ...]:
    """A list of texts, of which each must be in ``registry``, if any."""
    texts = _texts(file, where, table, key)
    for text in texts:
        if registry is not None:
            _known(file, where, registry, text)
    return tuple(texts)


def _texts(file: Path, where: str, table: Mapping[str, Any], key: str) -> list[str]:
    value = table[key]
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        raise BaselineError(file, f"{where}: {key} is not a list of texts", "Fix it")
    return value


def check_keys(
    file: Path, where: str, table: Mapping[str, Any], known: set[str], needed: tuple[str, ...]
) -> None:
    if unknown := sorted(table.keys() - known):
        problem = f"{where}: key {unknown[0]!r} is not known"
        raise BaselineError(file, problem, f"Choose from {', '.join(sorted(known))}")
    if missing := [key for key in needed if key not in table]:
        raise BaselineError(file, f"{where}: key {missing[0]!r} is missing", "Add it")
