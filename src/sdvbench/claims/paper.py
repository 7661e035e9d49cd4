"""The reader of paper.toml: a key that is wrong is named, and so is its claim."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sdvbench.claims.claim import Build, Claim, Paper
from sdvbench.claims.entry import check_engine, check_keys, read_claim, read_text
from sdvbench.claims.expand import expanded
from sdvbench.claims.figures import read_figures
from sdvbench.defaults import FOLDER
from sdvbench.defaults.layers import default, laid_over, read_toml
from sdvbench.errors import BaselineError, OptionError
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.options import checked

NAME = "paper.toml"
HEADER = ("title", "hardware", "models", "data_sets")
MORE = ("software", "setting", "memory")  # which a paper need not say


def read_paper(folder: Path) -> Paper:
    """The claims that come with sdvbench, changed by ``folder``'s paper.toml where there is one.

    Raises BaselineError, naming the file, the claim's id and the key, for anything missing,
    unknown, of a wrong type, or claimed twice.
    """
    file, content = _content(folder)
    check_keys(file, "the file", content, {"paper", "options", "claim"}, ("paper", "claim"))
    header, entries = content["paper"], content["claim"]
    if not isinstance(header, dict) or not isinstance(entries, list):
        raise BaselineError(file, "has no [paper] or no [[claim]]", "Write them so")
    check_keys(file, "[paper]", header, {*HEADER, *MORE}, HEADER)
    texts = {key: read_text(file, "[paper]", header, key) for key in header}
    tables = read_figures(folder)
    options = _read_options(file, content.get("options", {}))
    claims: dict[str, Claim] = {}
    for number, entry in enumerate(entries, 1):
        claim = expanded(file, read_claim(file, number, entry), tables)
        if claim.id in claims:
            raise BaselineError(file, f"claim {claim.id}: there are two of this id", "Rename one")
        pairs = tuple((_as(options, better), _as(options, worse)) for better, worse in claim.pairs)
        claims[claim.id] = replace(claim, pairs=pairs)
    return Paper(**texts, claims=tuple(claims.values()), file=file)


def _content(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The file that errors name, and what holds.

    A file whose [paper] has a title is a paper of its own. Any other changes the one that comes
    with sdvbench: tables key by key, claims by their id.
    """
    file, base = folder / NAME, default(NAME)
    if not file.is_file():
        return FOLDER / NAME, base
    own = read_toml(file)
    header, claims = own.get("paper"), own.get("claim", [])
    if isinstance(header, dict) and "title" in header:
        return file, own
    merged = laid_over(own, base)
    if isinstance(claims, list):
        by_id = {claim["id"]: claim for claim in base["claim"]}
        known = [isinstance(claim, dict) and claim.get("id") in by_id for claim in claims]
        for claim, is_known in zip(claims, known, strict=True):
            if is_known:
                by_id[claim["id"]] = laid_over(claim, by_id[claim["id"]])
        added = [claim for claim, is_known in zip(claims, known, strict=True) if not is_known]
        merged["claim"] = [*by_id.values(), *added]
    return file, merged


def _read_options(file: Path, table: Any) -> dict[str, tuple[tuple[str, Any], ...]]:
    """{"W1-int8": {"quantization": "paper"}}, each checked against what its workflow knows."""
    if not isinstance(table, dict) or not all(isinstance(one, dict) for one in table.values()):
        problem = "[options]: is no table of tables"
        raise BaselineError(file, problem, "Write it like W1-int8 = { quantization = 'paper' }")
    for name, given in table.items():
        workflow, _, precision = name.partition("-")
        check_engine(file, "[options]", workflow, precision)
        try:
            checked(workflow, WORKFLOWS[workflow].options, given)
        except OptionError as error:
            told = f"[options]: {error.thing} {error.problem}"
            raise BaselineError(file, told, error.remedy) from error
    return {name: tuple(sorted(given.items())) for name, given in table.items()}


def _as(options: Mapping[str, tuple[tuple[str, Any], ...]], build: Build) -> Build:
    """``build`` with the paper's options."""
    return replace(build, options=options.get(f"{build.workflow}-{build.precision}", ()))
