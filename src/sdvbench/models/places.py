"""Under which keys training scripts keep the weights."""

from collections.abc import Iterator, Mapping
from typing import Any

# Averaged weights come first, as they are what is deployed.
AVERAGED = ("ema", "ema_state_dict", "state_dict_ema", "model_ema", "ema_model", "shadow")
LIVE = (
    "model",
    "model_state_dict",
    "state_dict",
    "module",
    "net",
    "network",
    "weights",
    "params",
)
# Words of which one is in the name of every other key of averaged weights ("swa_state_dict", ...).
AVERAGE = {"ema", "swa", "averaged", "average"}


def averaged_places(entries: Mapping[Any, Any]) -> Iterator[str]:
    """The keys of ``entries`` that may hold averaged weights, the usual ones first."""
    yield from (key for key in AVERAGED if key in entries)
    for key in entries:
        if isinstance(key, str) and key not in AVERAGED and AVERAGE & set(key.lower().split("_")):
            yield key
