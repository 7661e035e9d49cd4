"""The reader of studies, such as paper.toml: a key that is wrong is named, and so is its claim."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sdvbench.claims.claim import Build, Claim, Paper
from sdvbench.claims.entry import check_engine, check_keys, read_claim, read_names, read_text
from sdvbench.claims.expand import expanded
from sdvbench.claims.figures import read_figures
from sdvbench.defaults import FOLDER
from sdvbench.defaults.layers import default, laid_over, read_toml
from sdvbench.errors import BaselineError, OptionError
from sdvbench.models import MODELS
from sdvbench.workflows import WORKFLOWS
from sdvbench.workflows.options import checked

STUDIES = ("paper.toml", "jderobot.toml")  # the first one is of all models that no other names
HEADER = ("title", "hardware", "models", "data_sets")
MORE = ("software", "setting", "memory")  # which a paper need not say
RUN = "run_models"


def read_studies(folder: Path, models: Collection[str]) -> tuple[Paper, ...]:
    """Those that a run of ``models`` is about, as ``read_paper`` reads them; of the others no more
    than the models that they name.
    """
    found = {name: _run_models(*_content(folder, name)) for name in STUDIES}
    rest = set(models).difference(*found.values())
    asked = [name for name, own in found.items() if (set(models) & set(own) if own else rest)]
    return tuple(read_paper(folder, name) for name in asked)


def read_paper(folder: Path, name: str = STUDIES[0]) -> Paper:
    """The claims that come with sdvbench, changed by the file of that name in ``folder`` where
    there is one.

    Raises BaselineError, naming the file, the claim's id and the key, for anything missing,
    unknown, of a wrong type, or claimed twice.
    """
    file, content = _content(folder, name)
    check_keys(file, "the file", content, {"paper", "options", "claim"}, ("paper", "claim"))
    header, entries = content["paper"], content["claim"]
    if not isinstance(header, dict) or not isinstance(entries, list):
        raise BaselineError(file, "has no [paper] or no [[claim]]", "Write them so")
    check_keys(file, "[paper]", header, {*HEADER, *MORE, RUN}, HEADER)
    texts = {key: read_text(file, "[paper]", header, key) for key in header if key != RUN}
    tables = read_figures(folder)
    options = _read_options(file, content.get("options", {}))
    claims: dict[str, Claim] = {}
    for number, entry in enumerate(entries, 1):
        claim = expanded(file, read_claim(file, number, entry), tables)
        if claim.id in claims:
            raise BaselineError(file, f"claim {claim.id}: there are two of this id", "Rename one")
        if claim.kind == "figures" and not (claim.enable or claim.instead):
            claim = _not_at_hand(claim, file)
        pairs = tuple((_as(options, better), _as(options, worse)) for better, worse in claim.pairs)
        claims[claim.id] = replace(claim, pairs=pairs)
    known = tuple(claims.values())
    return Paper(**texts, claims=known, run_models=_run_models(file, content), file=file)


def _run_models(file: Path, content: Mapping[str, Any]) -> tuple[str, ...]:
    """Those that the header names, each of which is known."""
    header = content.get("paper")
    if not isinstance(header, dict) or RUN not in header:  # ``read_paper`` has the rest to say
        return ()
    return read_names(file, "[paper]", header, RUN, MODELS)


def _content(folder: Path, name: str) -> tuple[Path, dict[str, Any]]:
    """The file that errors name, and what holds.

    A file whose [paper] has a title is a paper of its own. Any other changes the one that comes
    with sdvbench: tables key by key, claims by their id.
    """
    file, base = folder / name, default(name)
    if not file.is_file():
        return FOLDER / name, base
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
        problem = "[options]: is not a table of tables"
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


def _not_at_hand(claim: Claim, file: Path) -> Claim:
    """Figures that could be checked, if somebody wrote them down."""
    enable = f"write them into {file.name}, each as a claim"
    return replace(claim, missing=f"not at hand: {claim.missing}", enable=enable)


def _as(options: Mapping[str, tuple[tuple[str, Any], ...]], build: Build) -> Build:
    """``build`` with the paper's options."""
    return replace(build, options=options.get(f"{build.workflow}-{build.precision}", ()))
