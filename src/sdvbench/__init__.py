"""sdvbench: performance regression checks for pruned and quantized perception engines.

The public face. Every name is imported when it is first used, so that ``import sdvbench`` stays
quick and loads neither torch nor any runtime.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sdvbench.detection.evaluate import evaluate
    from sdvbench.gate.compare import compare
    from sdvbench.measurement.latency import measure
    from sdvbench.models import load_model
    from sdvbench.pruning import prune
    from sdvbench.pruning.profile import profile
    from sdvbench.recovery.recover import recover
    from sdvbench.workflows.build import build

__all__ = ["build", "compare", "evaluate", "load_model", "measure", "profile", "prune", "recover"]
__version__ = "0.1.0"

_PLACES = {
    "build": "sdvbench.workflows.build",
    "compare": "sdvbench.gate.compare",
    "evaluate": "sdvbench.detection.evaluate",
    "load_model": "sdvbench.models",
    "measure": "sdvbench.measurement.latency",
    "profile": "sdvbench.pruning.profile",
    "prune": "sdvbench.pruning",
    "recover": "sdvbench.recovery.recover",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'sdvbench' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
