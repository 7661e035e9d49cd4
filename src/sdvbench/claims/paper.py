"""The reader of baselines/paper.toml: a key that is wrong is named, and so is its claim."""

import tomllib
from pathlib import Path

from sdvbench.claims.claim import Claim, Paper
from sdvbench.claims.entry import check_keys, read_claim, read_text
from sdvbench.errors import BaselineError

NAME = "paper.toml"
HEADER = ("title", "hardware", "models", "data_sets")


def read_paper(folder: Path) -> Paper:
    """The claims in ``folder``'s paper.toml.

    Raises BaselineError, naming the file, the claim's id and the key, for anything missing,
    unknown, of a wrong type, or claimed twice.
    """
    file = folder / NAME
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BaselineError(
            file, "there is no such file", "Restore it, or point --sdv-baselines at it"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BaselineError(file, f"cannot be read ({error})", "Mend it") from error
    check_keys(file, "the file", content, {"paper", "claim"}, ("paper", "claim"))
    header, entries = content["paper"], content["claim"]
    if not isinstance(header, dict) or not isinstance(entries, list):
        raise BaselineError(file, "has no [paper] or no [[claim]]", "Write them so")
    check_keys(file, "[paper]", header, set(HEADER), HEADER)
    texts = {key: read_text(file, "[paper]", header, key) for key in HEADER}
    claims: dict[str, Claim] = {}
    for number, entry in enumerate(entries, 1):
        claim = read_claim(file, number, entry)
        if claim.id in claims:
            raise BaselineError(file, f"claim {claim.id}: there are two of this id", "Rename one")
        claims[claim.id] = claim
    return Paper(**texts, claims=tuple(claims.values()), file=file)
